#include "flavor/claim.hpp"

namespace berth::flavor {

std::size_t claim_specificity(std::string_view claim, std::string_view host) {
  const auto colon = host.rfind(':');
  const auto name =
      colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos
          ? host.substr(0, colon)
          : host;
  if (claim == "*") return kAnyHost;
  if (claim == host) return 20'000;
  if (claim == name) return 10'000;
  if (!claim.starts_with("*.")) return 0;
  const auto suffix = claim.substr(1);
  for (const auto text : {host, name})
    if (text.size() > suffix.size() && text.ends_with(suffix)) return 1 + suffix.size();
  return 0;
}

}  // namespace berth::flavor
