#include "nonzero/base/config.h"

#include <gmock/gmock.h>
#include <rapidcheck.h>

#include "nonzero/base/error.h"
#include "support/machine.h"

namespace nonzero {
namespace {

using ::testing::HasSubstr;

using test::Machine;
using test::machine_fields;
using test::Order;

Machine read(const std::string& yaml) {
  Machine machine;
  read_config(machine_fields().all(), &machine, yaml, "m.yaml", "toy");
  return machine;
}

std::string refused(const std::string& yaml) {
  try {
    read(yaml);
  } catch (const InputError& error) {
    return error.what();
  }
  ADD_FAILURE() << "nothing was refused";
  return "";
}

TEST(Config, what_a_file_leaves_out_keeps_its_default) {
  EXPECT_EQ(read(""), Machine{});
  EXPECT_EQ(read("# only a comment\n"), Machine{});
  Machine expected;
  expected.multipliers = 256;
  EXPECT_EQ(read("accelerator: toy\nmultipliers: 256\n"), expected);
}

TEST(Config, every_type_of_field_is_read) {
  const Machine machine =
      read("multipliers: 1\nwords: 8\nclock_ghz: 1e0\npipelined: false\nmemory: hbm\norder: columns\n");
  EXPECT_EQ(machine, (Machine{1, 8, 1.0, false, "hbm", Order::kColumns}));
  EXPECT_EQ(read("words: unlimited\n").words, kUnlimited);
}

TEST(Config, what_is_written_reads_back_the_same) {
  EXPECT_TRUE(rc::check([] {
    Machine machine;
    machine.multipliers = *rc::gen::inRange<int64_t>(1, 65537);
    machine.words = *rc::gen::element<int64_t>(1, 7, kUnlimited);
    machine.clock_ghz = *rc::gen::element(0.001, 0.1, 1.0 / 3.0, 10.0);
    machine.pipelined = *rc::gen::arbitrary<bool>();
    machine.memory = *rc::gen::element<std::string>("ideal", "hbm");
    machine.order = *rc::gen::element(Order::kRows, Order::kColumns);
    RC_ASSERT(read(write_config(machine_fields().all(), &machine, "toy")) == machine);
  }));
}

TEST(Config, writing_tells_meaning_unit_range_and_source_of_every_field) {
  const Machine machine;
  const std::string text = write_config(machine_fields().all(), &machine, "toy");
  EXPECT_THAT(text, HasSubstr("accelerator: toy\n"));
  EXPECT_THAT(text, HasSubstr("# Words streamed per cycle (words/cycle)\n"
                              "# a whole number >= 1, or unlimited; source: [choice]\nwords: unlimited\n"));
  EXPECT_THAT(text, HasSubstr("# one of ideal, hbm; source: [choice]\nmemory: ideal\n"));
}

TEST(Config, an_unknown_key_names_its_line_and_the_nearest_key) {
  EXPECT_THAT(
      refused("memory: hbm\n\nmultiplers: 2\n"),
      HasSubstr(
          "m.yaml:3: unknown key 'multiplers' (did you mean 'multipliers'?); allowed: multipliers, words"));
}

TEST(Config, wrong_types_and_values_out_of_range_name_line_and_range) {
  EXPECT_THAT(refused("multipliers: many\n"),
              HasSubstr("m.yaml:1: multipliers = 'many'; allowed: a whole number from 1 to 65536"));
  EXPECT_THAT(refused("words: 2\nmultipliers: 0\n"), HasSubstr("m.yaml:2: multipliers = '0'"));
  EXPECT_THAT(refused("multipliers: 65537\n"), HasSubstr("multipliers = '65537'"));
  EXPECT_THAT(refused("multipliers: 1.5\n"), HasSubstr("multipliers = '1.5'"));
  EXPECT_THAT(refused("multipliers: 99999999999999999999\n"),
              HasSubstr("multipliers = '99999999999999999999'"));
  EXPECT_THAT(refused("multipliers: unlimited\n"), HasSubstr("multipliers = 'unlimited'"));
  EXPECT_THAT(refused("clock_ghz: nan\n"),
              HasSubstr("clock_ghz = 'nan'; allowed: a number from 0.001 to 10"));
  EXPECT_THAT(refused("clock_ghz: 11\n"), HasSubstr("clock_ghz = '11'"));
  EXPECT_THAT(refused("pipelined: yes\n"), HasSubstr("pipelined = 'yes'; allowed: true or false"));
  EXPECT_THAT(refused("memory: hbn\n"),
              HasSubstr("memory = 'hbn' (did you mean 'hbm'?); allowed: ideal, hbm"));
  EXPECT_THAT(refused("order: diagonal\n"), HasSubstr("order = 'diagonal'; allowed: rows, columns"));
}

TEST(Config, a_key_that_stands_twice_is_refused) {
  EXPECT_THAT(refused("memory: hbm\nwords: 2\nmemory: ideal\n"),
              HasSubstr("m.yaml:3: key 'memory' stands twice"));
}

TEST(Config, a_file_for_another_design_is_refused) {
  EXPECT_THAT(refused("accelerator: sigma\n"),
              HasSubstr("m.yaml:1: a configuration of 'sigma'; expected: one of 'toy'"));
}

TEST(Config, what_is_no_mapping_of_plain_values_is_refused) {
  EXPECT_THAT(refused("- a\n- b\n"), HasSubstr("not a mapping"));
  EXPECT_THAT(refused("memory: [hbm]\n"), HasSubstr("m.yaml:1: 'memory' holds a list or a mapping"));
  EXPECT_THAT(refused("memory: {a: b}\n"), HasSubstr("'memory' holds"));
  EXPECT_THAT(refused("? [a]\n: b\n"), HasSubstr("a key that is not a word"));
  EXPECT_THAT(refused("words: 2\nmemory: [hbm\n"), HasSubstr("not valid YAML"));
}

TEST(Config, set_changes_one_field) {
  Machine machine;
  set_field(machine_fields().all(), &machine, "words=8");
  EXPECT_EQ(machine.words, 8);
  EXPECT_THROW(set_field(machine_fields().all(), &machine, "words"), InputError);
  EXPECT_THROW(set_field(machine_fields().all(), &machine, "word=8"), InputError);
  EXPECT_THROW(set_field(machine_fields().all(), &machine, "words=0"), InputError);
}

TEST(Config, a_file_says_what_design_it_is_for) {
  EXPECT_EQ(accelerator_of_config("accelerator: sigma\n", "m.yaml"), "sigma");
  EXPECT_EQ(accelerator_of_config("words: 2\n", "m.yaml"), "");
  EXPECT_THROW(accelerator_of_config("accelerator: [a]\n", "m.yaml"), InputError);
}

}  // namespace
}  // namespace nonzero
