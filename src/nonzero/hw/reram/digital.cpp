#include "nonzero/hw/reram/digital.h"

#include "nonzero/base/math.h"

namespace nonzero::hw {
namespace {

// Diagonals in one array, whose operations follow each other.
uint64_t in_one_array(uint64_t diagonals, uint64_t head_dim) { return ceil_div(diagonals, head_dim); }

uint64_t shifts(const StoredDiagonal& diagonal) { return diagonal.in_window && diagonal.index != 0 ? 1 : 0; }

}  // namespace

ReramOpCycles ReramOpCycles::aritpim_serial() {
  ReramOpCycles cycles;
  cycles.multiply = 11586;
  cycles.add = 3997;
  cycles.divide = 19909;
  cycles.work_cells = 76;
  return cycles;
}

ReramOps& ReramOps::operator+=(const ReramOps& other) {
  multiplications += other.multiplications;
  additions += other.additions;
  divisions += other.divisions;
  shifts += other.shifts;
  copies += other.copies;
  searches += other.searches;
  exponentials += other.exponentials;
  return *this;
}

ReramOps operator*(ReramOps ops, uint64_t times) {
  for (uint64_t* count : {&ops.multiplications, &ops.additions, &ops.divisions, &ops.shifts, &ops.copies,
                          &ops.searches, &ops.exponentials})
    *count *= times;
  return ops;
}

uint64_t ReramDigitalModule::cycles(const ReramOps& ops) const {
  return ops.multiplications * cycles_.multiply + ops.additions * cycles_.add +
         ops.divisions * cycles_.divide + ops.shifts * cycles_.shift + ops.copies * cycles_.copy +
         ops.searches * cycles_.search + ops.exponentials * cycles_.exponential;
}

uint64_t ReramDigitalModule::row_blocks(uint64_t tokens) const { return ceil_div(tokens, shape_.rows); }

uint64_t ReramDigitalModule::arrays_needed(uint64_t tokens, uint64_t head_dim) const {
  return head_dim * row_blocks(tokens);
}

uint64_t ReramDigitalModule::cells_needed(uint64_t diagonals, uint64_t head_dim) const {
  return shape_.word_bits * (3 + in_one_array(diagonals, head_dim) + 1) + cycles_.work_cells;
}

ReramOps ReramDigitalModule::score(const StoredDiagonal& diagonal) {
  ReramOps ops;
  ops.shifts = shifts(diagonal);
  ops.copies = 2 * diagonal.grey_in_block;
  ops.multiplications = 1;
  return ops;
}

ReramOps ReramDigitalModule::add_slices(uint64_t diagonals, uint64_t head_dim) {
  ReramOps ops;
  ops.additions = in_one_array(diagonals, head_dim) * (head_dim - 1);
  return ops;
}

ReramOps ReramDigitalModule::softmax(uint64_t diagonals, uint64_t head_dim) {
  const uint64_t mine = in_one_array(diagonals, head_dim);
  ReramOps ops;
  ops.searches = mine;                             // maximum of every diagonal
  ops.exponentials = mine;                         // e^x = 2^(x log2 e): subtract the maximum, multiply, 2^x
  ops.multiplications = mine + 1;                  // … and Z times the inverse sums
  ops.shifts = mine;                               // to their rows, for the sums
  ops.additions = 2 * mine + ceil_log2(head_dim);  // subtractions, sums, and the tree over the arrays
  ops.divisions = 1;
  return ops;
}

ReramOps ReramDigitalModule::weigh(const StoredDiagonal& diagonal) {
  ReramOps ops;
  ops.multiplications = 1;
  ops.shifts = shifts(diagonal);
  ops.copies = diagonal.grey_in_block;
  ops.additions = (diagonal.holds_normal() ? 1 : 0) + diagonal.grey_of_row;
  return ops;
}

ReramOps ReramDigitalModule::score_rows(uint64_t rows, uint64_t elements, uint64_t tokens,
                                        uint64_t head_dim) const {
  ReramOps ops = add_slices(rows, head_dim);
  ops.multiplications = rows;
  ops.copies = 2 * ceil_div(elements, row_blocks(tokens));
  return ops;
}

ReramOps ReramDigitalModule::weigh_rows(uint64_t rows, uint64_t elements, uint64_t tokens) const {
  ReramOps ops;
  ops.multiplications = rows;
  ops.additions = rows;
  ops.copies = ceil_div(elements, row_blocks(tokens));
  return ops;
}

}  // namespace nonzero::hw
