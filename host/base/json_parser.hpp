// Parses JSON (RFC 8259). A parsed document is safe to copy and to write: it is within the limits,
// its keys are unique, and its strings are UTF-8. Implemented with nlohmann_json's SAX parser,
// which no other file includes.
#pragma once

#include <string_view>

#include "base/json_value.hpp"
#include "base/result.hpp"

namespace berth::base {

// Maximum size of a JSON configuration file.
inline constexpr std::size_t kMaxJsonFile = std::size_t{4} << 20U;

struct JsonLimits {
  std::size_t bytes = kMaxJsonFile;
  std::size_t depth = 64;
  std::size_t values = 1'000'000;
};

// `what` names the document in the error ("the manifest"). Class validation, code "json.invalid",
// with the byte offset in the cause, for malformed JSON, duplicate keys, documents beyond the
// limits, invalid UTF-8 and text after the document; callers change the class if necessary.
Result<Json> parse_json(std::string_view text, std::string_view what,
                        const JsonLimits& limits = {});

// Like parse_json(), but accepts what Go's encoding/json accepts, for files of other tools: invalid
// UTF-8 (replaced by U+FFFD), duplicate keys (the last one counts), text after the document. Also
// accepts a UTF-8 byte order mark, which Go rejects.
Result<Json> parse_json_lenient(std::string_view text, std::string_view what,
                                const JsonLimits& limits = {});

}  // namespace berth::base
