// find_members: locates members of a JSON object without interpreting the rest of the document.
// For documents that are sent byte for byte and of which little is needed (image configs). Values
// that are not requested may have invalid UTF-8, unpaired surrogates, duplicate keys, numbers out
// of range and any depth, as in Go's encoding/json; but the whole text must be valid JSON grammar.
// Iterative: a level of nesting takes one bit. Source: RFC 8259.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/json_value.hpp"
#include "base/result.hpp"

namespace berth::base {

struct JsonMember {
  std::string_view
      text;  // the value as written, a part of the document; the last one if the key is repeated
  bool conflicting = false;  // the key is repeated with different values
};

// Returns one element per name, in that order; std::nullopt if the object has no such member.
// `what` names the document in the error. Class validation, code "json.invalid", also if the
// document is not an object.
Result<std::vector<std::optional<JsonMember>>> find_members(
    std::string_view text, std::string_view what, std::span<const std::string_view> names);

// Parses the value of a member with the limits and rules of parse_json(), except that invalid UTF-8
// becomes U+FFFD.
Result<Json> parse_member(const JsonMember& member, std::string_view what);

}  // namespace berth::base
