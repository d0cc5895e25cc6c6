#include "nonzero/report/page_training.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "nonzero/base/error.h"
#include "nonzero/report/findings_text.h"

namespace nonzero {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kHead =
    "epoch,steps,learning_rate,loss,train_accuracy,test_loss,test_accuracy,loss_scale,skipped\n";

// Folders of runs as the trainer leaves them.
class Training : public testing::Test {
 protected:
  Training() {
    std::string name = (std::filesystem::temp_directory_path() / "nonzero-curves-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    folder_ = name;
  }
  ~Training() override { std::filesystem::remove_all(folder_); }

  // Three epochs that end at `accuracy`.
  TrainingLog run(const std::string& name, const nlohmann::json& options, double accuracy = 0.75) const {
    const std::string last = std::to_string(accuracy);
    write(name, "log.csv",
          std::string(kHead) +
              "1,4,0.05,2,0.25,3,0.125,1,0\n2,8,0.025,1,0.5,1.5,0.9,1,0\n"
              "3,12,0,0.5,0.875,1.25," +
              last + ",1,0\n");
    if (!options.is_null()) write(name, "result.json", result(options, 3).dump());
    return read_training_log(path(name));
  }
  static nlohmann::json result(const nlohmann::json& options, size_t epochs) {
    return {{"schema", "nonzero.training/1"},
            {"data", "synth10"},
            {"options", options},
            {"threads", 1},
            {"train_images", 200},
            {"test_images", 50},
            {"op_reduction", 0.5},
            {"wall_seconds", 2},
            {"epochs", nlohmann::json::array_t(epochs)}};
  }
  void write(const std::string& name, const std::string& file, const std::string& text) const {
    std::filesystem::create_directories(path(name));
    std::ofstream(path(name) + "/" + file) << text;
  }
  std::string refusal(const std::string& name) const {
    try {
      (void)read_training_log(path(name));
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  }
  [[nodiscard]] std::string path(const std::string& name) const { return folder_ + "/" + name; }

 private:
  std::string folder_;
};

const nlohmann::json kBdwp = {{"method", "bdwp"}, {"nm", "2:8"}, {"model", "resnet9"}, {"seed", 1}};
const nlohmann::json kDense = {{"method", "dense"}, {"nm", "2:8"}, {"model", "resnet9"}, {"seed", 1}};

nlohmann::json with(nlohmann::json options, const std::string& key, const nlohmann::json& value) {
  options[key] = value;
  return options;
}

std::vector<std::string> names(const FindingsLines& lines) {
  std::vector<std::string> all;
  for (const auto& series : lines.series) all.push_back(series.name);
  return all;
}

TEST_F(Training, of_one_run_shows_both_parts_of_the_data_in_each_picture) {
  const TrainingLog one = run("a", kBdwp);
  const Findings f = training_curves({&one, 1});
  ASSERT_EQ(f.lines.size(), 3u);
  EXPECT_EQ(f.title, "Training: bdwp 2:8");
  EXPECT_EQ(f.lines[0].title, "Loss");
  EXPECT_THAT(names(f.lines[0]), ElementsAre("training", "test"));
  EXPECT_THAT(f.lines[0].series[0].x, ElementsAre(1, 2, 3));
  EXPECT_THAT(f.lines[0].series[0].y, ElementsAre(2, 1, 0.5));
  EXPECT_THAT(f.lines[0].series[1].y, ElementsAre(3, 1.5, 1.25));
  EXPECT_THAT(f.lines[1].series[1].y, ElementsAre(12.5, 90, 75));
  EXPECT_EQ(f.lines[1].unit, "%");
  EXPECT_THAT(f.lines[2].series[0].y, ElementsAre(0.05, 0.025, 0));
}

TEST_F(Training, of_several_runs_shows_a_curve_for_each_and_one_for_a_shared_schedule) {
  const std::vector<TrainingLog> runs = {run("a", kBdwp), run("b", kDense)};
  const Findings f = training_curves(runs);
  ASSERT_EQ(f.lines.size(), 5u);
  for (size_t i = 0; i < 4; ++i) EXPECT_THAT(names(f.lines[i]), ElementsAre("bdwp 2:8", "dense"));
  EXPECT_EQ(f.lines[0].title, "Loss, test");
  EXPECT_EQ(f.lines[3].title, "Accuracy, training");
  EXPECT_THAT(names(f.lines[4]), ElementsAre("all"));
}

TEST_F(Training, runs_of_the_same_conditions_share_a_paragraph_and_a_schedule) {
  const std::vector<TrainingLog> runs = {run("a", kBdwp), run("b", kDense),
                                         run("c", with(kBdwp, "model", "vit"))};
  const Findings f = training_curves(runs);
  ASSERT_EQ(f.text.size(), 2u);
  EXPECT_THAT(f.text[0], testing::StartsWith("bdwp 2:8, model resnet9; dense: resnet9"));
  EXPECT_THAT(f.text[1], testing::StartsWith("bdwp 2:8, model vit: vit"));
  std::vector<TrainingLog> apart = runs;
  apart[1].learning_rate.back() = 1;
  EXPECT_THAT(names(training_curves(apart).lines[4]),
              ElementsAre("bdwp 2:8, model resnet9 and 1 more", "dense"));
}

TEST_F(Training, says_the_last_and_the_best_accuracy) {
  const TrainingLog one = run("a", kBdwp, 0.75);
  const auto row = training_curves({&one, 1}).tables.at(0).rows.at(0);
  EXPECT_THAT(
      row, ElementsAre("bdwp 2:8", "3", "75.00 %", "90.00 %", "2", "87.50 %", "1.2500", "50.0 %", "2.0 s"));
}

TEST_F(Training, is_called_after_what_tells_it_from_the_others) {
  const std::vector<TrainingLog> runs = {run("a", kBdwp), run("b", with(kBdwp, "seed", 2)), run("c", kDense)};
  EXPECT_THAT(names(training_curves(runs).lines[0]),
              ElementsAre("bdwp 2:8, seed 1", "bdwp 2:8, seed 2", "dense"));
  const std::vector<TrainingLog> same = {run("a", kBdwp), run("b", kBdwp)};
  EXPECT_THAT(names(training_curves(same).lines[0]),
              ElementsAre("bdwp 2:8, " + path("a"), "bdwp 2:8, " + path("b")));
}

TEST_F(Training, that_has_not_ended_is_called_after_its_folder) {
  const std::vector<TrainingLog> runs = {run("a", nullptr), run("b", kDense)};
  const Findings f = training_curves(runs);
  EXPECT_THAT(names(f.lines[0]), ElementsAre(path("a"), "dense"));
  EXPECT_EQ(f.tables[0].rows[0].back(), "–");
}

TEST_F(Training, is_not_told_by_the_result_of_an_earlier_one_in_its_folder) {
  write("a", "result.json", result(kDense, 20).dump());
  EXPECT_TRUE(run("a", nullptr).result.is_null());
}

TEST_F(Training, without_a_usable_log_is_refused_with_its_place) {
  EXPECT_THAT(refusal("none"), HasSubstr("log.csv"));
  write("a", "log.csv", kHead);
  EXPECT_THAT(refusal("a"), HasSubstr("no epoch"));
  write("a", "log.csv", "epoch,loss\n1,2\n");
  EXPECT_THAT(refusal("a"), HasSubstr("learning_rate"));
  write("a", "log.csv", std::string(kHead) + "1,4,0.05,2,0.25,3,0.125,1,0\n2,8,0.05,nan,0.25,3,0.125,1,0\n");
  EXPECT_THAT(refusal("a"), testing::AllOf(HasSubstr("log.csv:3"), HasSubstr("nan")));
  write("a", "log.csv", std::string(kHead) + "1,4,0.05\n");
  EXPECT_THAT(refusal("a"), testing::AllOf(HasSubstr("log.csv:2"), HasSubstr("3 fields")));
}

TEST_F(Training, beside_a_result_that_is_none_is_refused) {
  run("a", kBdwp);
  for (const char* text : {"{", "[]", R"({"schema": "nonzero.result/1"})"}) {
    write("a", "result.json", text);
    EXPECT_THAT(refusal("a"), HasSubstr("result.json")) << text;
  }
}

TEST_F(Training, is_put_on_the_page_as_lines) {
  const TrainingLog one = run("a", kBdwp);
  const auto json = findings_json(training_curves({&one, 1}), "nonzero train");
  EXPECT_EQ(json["lines"][0]["x"], "epoch");
  EXPECT_EQ(json["lines"][0]["series"][1],
            nlohmann::ordered_json({{"name", "test"}, {"x", {1, 2, 3}}, {"y", {3, 1.5, 1.25}}}));
  EXPECT_FALSE(findings_json({}, "nonzero study x").contains("lines"));
}

}  // namespace
}  // namespace nonzero
