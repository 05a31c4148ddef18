#include "base/error_codes.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cctype>

using namespace berth::base;

namespace {

bool is_code(const std::string& text) {
  return !text.empty() && std::islower(static_cast<unsigned char>(text.front())) != 0 &&
         text.back() != '-' && text.back() != '.' &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-.") == std::string::npos &&
         std::count(text.begin(), text.end(), '.') <= 1;
}

}  // namespace

TEST_CASE("error codes: each code is listed once, sorted") {
  const auto& codes = error_codes();
  const auto not_before = [](const ErrorCode& left, const ErrorCode& right) {
    return left.code >= right.code;
  };
  const auto wrong = std::adjacent_find(codes.begin(), codes.end(), not_before);
  CHECK_MESSAGE(wrong == codes.end(), wrong->code);
  CHECK(codes.size() > 190);
}

TEST_CASE("error codes: a meaning is a sentence, a remedy an imperative without a full stop") {
  for (const auto& row : error_codes()) {
    CAPTURE(row.code);
    CHECK(is_code(row.code));
    CHECK(row.meaning.find('{') == std::string::npos);
    CHECK(row.meaning.ends_with('.'));
    CHECK(row.remedy.size() > 5);
    CHECK_FALSE(row.remedy.ends_with('.'));
    CHECK(std::isupper(static_cast<unsigned char>(row.remedy.front())) == 0);
    CHECK(row.remedy != row.meaning);
    CHECK_FALSE(row.reported_as.severities().empty());
  }
}

TEST_CASE("error codes: a code is found by its whole name") {
  const auto* moved = find_error_code("push.moved");
  REQUIRE(moved != nullptr);
  CHECK(moved->reported_as.classes() == std::vector{ErrorClass::integrity});
  CHECK(moved->reported_as.severities() == std::vector<std::string_view>{"error"});
  CHECK(find_error_code("push") == nullptr);
  CHECK(find_error_code("push.move") == nullptr);
  CHECK(find_error_code("push.moved2") == nullptr);
  CHECK(find_error_code("") == nullptr);
}

TEST_CASE("error codes: a code may be that of errors of several classes, and of findings") {
  const auto* unverified = find_error_code("push.unverified");
  REQUIRE(unverified != nullptr);
  CHECK(unverified->reported_as.classes() == std::vector{ErrorClass::auth, ErrorClass::denied,
                                                         ErrorClass::not_found,
                                                         ErrorClass::server});
  CHECK(unverified->reported_as.severities() == std::vector<std::string_view>{"error", "warning"});
  const auto* layers = find_error_code("source.foreign-layer");
  REQUIRE(layers != nullptr);
  CHECK(layers->reported_as.classes().empty());
  CHECK(layers->reported_as.severities() == std::vector<std::string_view>{"warning", "info"});
}

TEST_CASE(
    "error codes: each request has a code of each outcome, and a row of its own has precedence") {
  const auto* denied = find_error_code("push.blob-denied");
  REQUIRE(denied != nullptr);
  CHECK(denied->meaning ==
        "During the upload of a blob, the registry responded that the account is not authorized "
        "(403).");
  CHECK(find_error_code("registry.ping-failed") != nullptr);
  const auto* range = find_error_code("registry.manifest-digest");
  REQUIRE(range != nullptr);
  CHECK(range->meaning == "The bytes of a downloaded manifest do not match its digest.");
}
