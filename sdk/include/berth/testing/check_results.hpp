// Internal to testing.hpp: validates what a flavor returns, as berth does.
#pragma once

#include <string>

#include <berth/container_registry.hpp>

namespace berth {
namespace testing {
namespace detail {

inline bool is_printable(const std::string& text, char first) {
  for (const char c : text)
    if (c < first && static_cast<unsigned char>(c) < 0x80) return false;
  return text.find('\x7f') == std::string::npos;
}

// Returns why the credential violates the contract; empty if it does not.
inline std::string credential_problem(const berth_credential& credential) {
  const std::string secret = berth::detail::copy(credential.secret);
  const std::string username = berth::detail::copy(credential.username);
  const bool is_password = credential.kind == BERTH_CREDENTIAL_PASSWORD;
  if (credential.kind < BERTH_CREDENTIAL_PASSWORD ||
      credential.kind > BERTH_CREDENTIAL_REGISTRY_TOKEN)
    return "the kind of the credential is unknown";
  if (secret.empty() || secret.size() > 65536)
    return "the secret of the credential is empty, or longer than 64 KiB";
  if (!is_printable(secret, is_password ? ' ' : '!'))
    return "the secret of the credential has characters that cannot be sent";
  if (is_password && (username.empty() || username.size() > 255 ||
                      username.find(':') != std::string::npos || !is_printable(username, ' ')))
    return "a user name has 1 to 255 bytes, without colon and control characters: " + username;
  return {};
}

// Returns why the rules violate the contract; empty if they do not.
inline std::string upload_rules_problem(const berth_upload_rules& rules) {
  if (rules.monolithic != 0 && (rules.max_chunk_size != 0 || rules.min_chunk_size != 0))
    return "monolithic uploads cannot be combined with chunk sizes";
  if (rules.max_chunk_size != 0 && rules.max_chunk_size < 65536)
    return "max_chunk_size is less than 64 KiB";
  if (rules.min_chunk_size > std::uint64_t{32} << 20U) return "min_chunk_size exceeds 32 MiB";
  if (rules.max_chunk_size != 0 && rules.min_chunk_size > rules.max_chunk_size)
    return "min_chunk_size exceeds max_chunk_size";
  return {};
}

}  // namespace detail
}  // namespace testing
}  // namespace berth
