// The one place that takes secrets out of what is shown: traces, errors, findings, and what others said.
#pragma once

#include <string>
#include <string_view>

#include "base/secret.hpp"

namespace berth::base {

// A URL without what may be secret: user information goes, the value of every query parameter except `digest`, `from`,
// `mount`, `scope`, `service`, `n`, `last` becomes "…".
std::string redact_url(std::string_view url);

// Free text without what looks like a secret, wherever it came from: URLs as redact_url() has them; the values of
// headers that authenticate and of cookies, to the end of the line; what follows "Basic " and "Bearer " and is no word;
// JSON web tokens; the values of what is called a password, token, secret or signature in NAME=VALUE and in JSON.
// Everything that goes to standard error or into an error's JSON passes through here.
std::string redact(std::string_view text);

// Every occurrence of a secret that is known becomes "…". One of less than four bytes is left: it is in every text.
std::string redact(std::string text, const Secret& known);

}  // namespace berth::base
