// Challenge: one authentication scheme that a server accepts, from a WWW-Authenticate header.
// Source: RFC 9110, section 11.6.1 (several challenges in one field, tokens and quoted strings).
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/message.hpp"

namespace berth::registry {

struct Challenge {
  std::string scheme;                                           // lower case: "basic", "bearer"
  std::vector<std::pair<std::string, std::string>> parameters;  // names in lower case

  [[nodiscard]] std::string parameter(std::string_view name) const;  // empty if missing
};

// Parses the header's value. Malformed parts are skipped; the others are returned.
std::vector<Challenge> parse_challenges(std::string_view header);
// Returns the challenges of all WWW-Authenticate headers of `response`.
std::vector<Challenge> challenges_of(const http::Response& response);
// Returns the first challenge of `scheme` ("bearer"); nullptr without one.
const Challenge* find_scheme(const std::vector<Challenge>& challenges, std::string_view scheme);

}  // namespace berth::registry
