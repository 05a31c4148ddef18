#include "base/error.hpp"

#include <doctest/doctest.h>

#include <csignal>

#include "base/result.hpp"

using berth::base::Error;
using berth::base::ErrorClass;
using berth::base::Result;

TEST_CASE("error: the class decides the exit status") {
  CHECK(Error(ErrorClass::internal, "x", "m").exit_status() == 1);
  CHECK(Error(ErrorClass::usage, "x", "m").exit_status() == 2);
  CHECK(Error(ErrorClass::validation, "x", "m").exit_status() == 3);
  CHECK(Error(ErrorClass::trust, "x", "m").exit_status() == 13);
  CHECK(Error(ErrorClass::interrupted, "x", "m").signal(SIGINT).exit_status() == 130);
  CHECK(Error(ErrorClass::interrupted, "x", "m").signal(SIGTERM).exit_status() == 143);
}

namespace {
Result<int> half(int value) {
  if (value % 2 != 0) return Error(ErrorClass::usage, "odd", "an odd number").cause("it is odd");
  return value / 2;
}
Result<int> quarter(int value) {
  BERTH_TRY(const int once, half(value));
  BERTH_TRY(const int twice, half(once));
  return twice;
}
}  // namespace

TEST_CASE("result: BERTH_TRY hands the error up unchanged") {
  CHECK(quarter(8).value() == 2);
  const auto failed = quarter(6);
  REQUIRE_FALSE(failed.has_value());
  CHECK(failed.error().code() == "odd");
  CHECK(failed.error().cause() == "it is odd");
}
