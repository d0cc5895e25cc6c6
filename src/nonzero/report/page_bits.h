#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nonzero/study/findings.h"

namespace nonzero {

// A layer's bit columns before and after its flip.
struct FlippedLayer {
  std::string name;
  uint64_t weights = 0, group = 0;           // group: weights of a group
  uint64_t target = 0;                       // z, zero columns asked of every group
  double zero_before = 0, zero_after = 0;    // zero columns of 8, mean over the groups
  uint64_t bits_before = 0, bits_after = 0;  // compressed, index included
  double relative_error = 0;                 // ||W - W'|| / ||W||
};

// What is left (accuracy) or lost (proxy, change of the outputs) when only this layer is flipped.
struct FlipPageCurve {
  std::string layer;
  std::vector<double> zero_columns, measure;  // of one length
};

// A step that the search took or refused.
struct FlipStep {
  std::string layer;
  uint64_t target = 0;  // z that was tried
  double gain = 0, loss = 0, total_loss = 0;
  bool accepted = false;
};

// The weights of one group, to be drawn bit by bit.
struct FlippedGroup {
  std::string title;  // which group it is
  std::vector<int8_t> before, after;
};

// What a flipped network's page shows; empty parts are left out.
struct FlipPage {
  std::string title, command;
  std::vector<std::string> text;  // paragraphs: conditions, accuracy with its standard error
  std::string measure = "accuracy", measure_unit = "%";  // of the curves
  std::string gain = "cycles saved", loss = "loss";      // of the steps
  std::vector<FlippedLayer> layers;
  std::vector<FlipPageCurve> curves;
  std::vector<FlipStep> steps;
  std::vector<FlippedGroup> groups;
};

// The same as text, tables and curves, for the terminal or a page.
Findings flip_findings(const FlipPage& report);

// One HTML file. Throws InputError where the binary carries no page.
std::string flip_page(const FlipPage& report);

}  // namespace nonzero
