// What a registry and its token service send to have requests authenticated.
#include <algorithm>

#include "fuzz/target.hpp"
#include "http/message.hpp"
#include "registry/api_error.hpp"
#include "registry/challenge.hpp"
#include "registry/token_claims.hpp"

namespace berth::fuzz {
namespace {

bool has_upper_case(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

void check_token(std::string_view text) {
  const base::Secret token{std::string(text)};
  static_cast<void>(registry::granted_actions(token, "repository:a/b:pull,push"));
  if (const auto lifetime = registry::token_lifetime(token))
    require(*lifetime == *lifetime, "a lifetime is a number");
}

void check_error(std::string_view text) {
  http::Response response;
  response.status = 403;
  response.body = text;
  static_cast<void>(registry::parse_api_errors(response));
  require(!registry::error_message(response).empty(), "a rejection is described");
}

}  // namespace

void run_challenge(std::string_view input) {
  for (const auto& challenge : registry::parse_challenges(input)) {
    require(!challenge.scheme.empty() && !has_upper_case(challenge.scheme),
            "a scheme is in lower case");
    for (const auto& [name, value] : challenge.parameters) {
      require(!name.empty() && !has_upper_case(name), "a parameter's name is in lower case");
      require(value.size() <= input.size(), "a value is a part of the header");
    }
  }
  check_token(input);
  check_error(input);
}

}  // namespace berth::fuzz
