// Removes secrets from everything that is shown: traces, errors, findings, and text from registries
// and plugins.
#pragma once

#include <string>
#include <string_view>

#include "base/secret.hpp"

namespace berth::base {

// Returns a URL without secrets: removes user information, and replaces the value of every query
// parameter by "…", except for `digest`, `from`, `mount`, `scope`, `service`, `n` and `last`.
std::string redact_url(std::string_view url);

// Returns text without what looks like a secret: URLs as in redact_url(); the values of
// authentication and cookie headers, to the end of the line; tokens after "Basic " and "Bearer ";
// JSON web tokens; the values of names such as password, token, secret and signature in NAME=VALUE
// and in JSON. Applied to everything that is written to standard error or into an error's JSON.
std::string redact(std::string_view text);

// Replaces every occurrence of a known secret by "…". Ignores secrets shorter than four bytes,
// which occur in any text.
std::string redact(std::string text, const Secret& known);

}  // namespace berth::base
