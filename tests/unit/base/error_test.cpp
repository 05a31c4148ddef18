#include "base/error.hpp"

#include <doctest/doctest.h>

#include <cerrno>
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

TEST_CASE("result: BERTH_TRY returns the error unchanged") {
  CHECK(quarter(8).value() == 2);
  const auto failed = quarter(6);
  REQUIRE_FALSE(failed.has_value());
  CHECK(failed.error().code() == "odd");
  CHECK(failed.error().cause() == "it is odd");
}

TEST_CASE("error: every class has its name and its status") {
  struct Row {
    ErrorClass error_class;
    const char* name;
    int status;
  };
  const Row rows[] = {
      {ErrorClass::internal, "internal", 1},
      {ErrorClass::usage, "usage", 2},
      {ErrorClass::validation, "validation", 3},
      {ErrorClass::auth, "auth", 4},
      {ErrorClass::denied, "denied", 5},
      {ErrorClass::not_found, "not-found", 6},
      {ErrorClass::network, "network", 7},
      {ErrorClass::stall, "stall", 8},
      {ErrorClass::server, "server", 9},
      {ErrorClass::integrity, "integrity", 10},
      {ErrorClass::disk, "disk", 11},
      {ErrorClass::plugin, "plugin", 12},
      {ErrorClass::trust, "trust", 13},
      {ErrorClass::interrupted, "interrupted", 130},
  };
  for (const auto& row : rows) {
    CHECK(berth::base::class_name(row.error_class) == row.name);
    CHECK(Error(row.error_class, "x", "m").exit_status() == row.status);
  }
}

TEST_CASE("error: returns its members, and a copy is independent") {
  auto error = Error(ErrorClass::denied, "code", "message")
                   .cause("cause")
                   .registry("message")
                   .fix("fix")
                   .note("while uploading")
                   .note("while pushing");
  const auto copy = error.clone();
  error = Error(ErrorClass::usage, "other", "other");
  CHECK(copy.error_class() == ErrorClass::denied);
  CHECK(copy.code() == "code");
  CHECK(copy.message() == "message");
  CHECK(copy.cause() == "cause");
  CHECK(copy.registry() == "message");
  CHECK(copy.fix() == "fix");
  CHECK(copy.notes() == std::vector<std::string>{"while uploading", "while pushing"});
  CHECK(error.notes().empty());
}

TEST_CASE("error: maps errno to not-found or disk, with its message") {
  const auto missing = berth::base::file_error("open", "/x", ENOENT);
  CHECK(missing.error_class() == ErrorClass::not_found);
  CHECK(missing.code() == "file.missing");
  CHECK(missing.message() == "cannot open \"/x\"");
  CHECK(missing.cause() == "no such file or directory");
  const auto full = berth::base::file_error("write", "/x", ENOSPC);
  CHECK(full.error_class() == ErrorClass::disk);
  CHECK(full.cause() == "no space left on device");
}

TEST_CASE("result: supports implicit conversion and move-only values") {
  const Result<std::string> text = "literal";
  CHECK(*text == "literal");
  Result<std::unique_ptr<int>> owned = std::make_unique<int>(7);
  CHECK(**owned == 7);
  const auto taken = std::move(owned).value();
  CHECK(*taken == 7);
  const Result<void> nothing;
  CHECK(nothing.has_value());
}
