#include "oci/digest.hpp"

#include <algorithm>

#include "base/escape.hpp"

namespace berth::oci {
namespace {

struct Form {
  std::string_view prefix;
  std::size_t hex_length;
};

constexpr Form kForms[] = {{"sha256:", 64}, {"sha512:", 128}};

bool is_lower_hex(char character) {
  return (character >= '0' && character <= '9') || (character >= 'a' && character <= 'f');
}

// OCI image-spec 1.1, descriptor.md, "Digests": the grammar for all algorithms.
bool is_well_formed(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == 0 || colon == std::string_view::npos || text.size() - colon <= 32) return false;
  const auto is_plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return std::ranges::all_of(text.substr(0, colon), is_plain) &&
         std::ranges::all_of(text.substr(colon + 1), [&](char c) {
           return is_plain(c) || (c >= 'A' && c <= 'Z') || c == '=' || c == '_' || c == '-';
         });
}

base::Error invalid(std::string_view text, std::string cause) {
  return base::Error(base::ErrorClass::usage, "digest.invalid",
                     "invalid digest " + base::quote(text, 160))
      .cause(std::move(cause));
}

}  // namespace

base::Result<Digest> Digest::parse(std::string_view text) {
  for (const auto& form : kForms) {
    if (!text.starts_with(form.prefix)) continue;
    const auto hex = text.substr(form.prefix.size());
    if (hex.size() != form.hex_length)
      return invalid(text, "expected " + std::to_string(form.hex_length) + " hex digits, found " +
                               std::to_string(hex.size()));
    if (!std::ranges::all_of(hex, is_lower_hex))
      return invalid(text, "expected lower-case hex digits only");
    return Digest(std::string(text));
  }
  if (is_well_formed(text))
    return base::Error(
               base::ErrorClass::usage, "digest.algorithm",
               "unsupported digest algorithm " + base::quote(text.substr(0, text.find(':')), 40))
        .cause("supported: sha256, sha512");
  return invalid(text, "expected sha256: or sha512:, then hex digits");
}

Algorithm Digest::algorithm() const {
  return text_.starts_with("sha512:") ? Algorithm::sha512 : Algorithm::sha256;
}

std::string_view Digest::hex() const { return std::string_view(text_).substr(text_.find(':') + 1); }

std::string Digest::brief() const {
  constexpr std::size_t kShown = 12;
  return text_.substr(0, text_.find(':') + 1 + kShown) + "…";
}

}  // namespace berth::oci
