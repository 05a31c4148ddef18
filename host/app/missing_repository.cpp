#include "app/missing_repository.hpp"

#include <algorithm>
#include <string_view>

#include "base/escape.hpp"

namespace berth::app {
namespace {

bool is_number(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// "localhost", "r.example", "localhost:5000", "[::1]:5000"; with BareHost::host also
// "registry:5000".
bool is_host(std::string_view text, BareHost bare) {
  const auto colon = text.starts_with('[') ? text.find(':', text.find(']')) : text.find(':');
  const auto name = text.substr(0, colon);
  const bool is_name =
      name == "localhost" || name.starts_with('[') || name.find('.') != std::string_view::npos;
  if (colon == std::string_view::npos) return is_name;
  const auto port = text.substr(colon + 1);
  if (!is_number(port) || port.size() > 5) return false;
  // A shorter number is a tag.
  return is_name || (bare == BareHost::host && port.size() >= 4 && !name.empty());
}

base::Error error_for(const std::string& destination, std::string_view registry,
                      std::string_view tag) {
  const std::string repository =
      registry.empty() || registry.ends_with('/') ? "REPOSITORY" : "/REPOSITORY";
  return base::Error(base::ErrorClass::usage, "destination.repository",
                     base::quote(destination, 200) + " has no repository")
      .cause("a destination is HOST[:PORT]/REPOSITORY[:TAG] or NAME/REPOSITORY[:TAG]")
      .fix("write " + std::string(registry) + repository +
           (tag.empty() ? ":TAG" : std::string(tag)));
}

}  // namespace

std::optional<base::Error> missing_repository(const std::string& destination, BareHost bare) {
  std::string_view text = destination;
  if (const auto scheme = text.find("://"); scheme != std::string_view::npos)
    text.remove_prefix(scheme + 3);
  if (text.starts_with("oci:")) return std::nullopt;
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) {
    if (!is_host(text, bare)) return std::nullopt;
    return error_for(destination, text, {});
  }
  const auto rest = text.substr(slash + 1);
  if (!rest.empty() && rest.front() != ':' && rest.front() != '@') return std::nullopt;
  return error_for(destination, text.substr(0, slash + 1), rest);
}

}  // namespace berth::app
