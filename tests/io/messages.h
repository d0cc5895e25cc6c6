#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "nonzero/base/error.h"

namespace nonzero::test {

// What a refused input is told; fails where nothing is refused.
template <class Action>
std::string refusal(const Action& action) {
  try {
    action();
  } catch (const InputError& error) {
    return error.what();
  }
  ADD_FAILURE() << "nothing was refused";
  return "";
}

}  // namespace nonzero::test
