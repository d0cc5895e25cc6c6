#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nonzero {

// The candidate nearest to `word` by edit distance, or empty when none is near (over a third of
// its letters differ).
std::string nearest(std::string_view word, std::span<const std::string> candidates);

// " (did you mean 'x'?)" or "".
std::string did_you_mean(std::string_view word, std::span<const std::string> candidates);

}  // namespace nonzero
