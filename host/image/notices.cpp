#include "image/notices.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>
#include <vector>

#include "base/escape.hpp"

namespace berth::image {
namespace {

constexpr std::size_t kMaxShownNames = 3;

// Returns HOST for "https://HOST/…"; other text is returned unchanged.
std::string host_of(const std::string& url) {
  const auto scheme = url.find("://");
  const auto begin = scheme == std::string::npos ? 0 : scheme + 3;
  return base::escape(url.substr(begin, url.find('/', begin) - begin), 100);
}

template <typename List>
std::string listed(const List& names) {
  std::vector<std::string> shown(names.begin(), names.size() > kMaxShownNames
                                                    ? std::next(names.begin(), kMaxShownNames)
                                                    : names.end());
  if (names.size() > kMaxShownNames) shown.emplace_back("…");
  return fmt::format("{}", fmt::join(shown, ", "));
}

// Returns "2 attestations of the selected platforms are".
std::string attestations(std::size_t count) {
  return count == 1 ? "1 attestation of the selected platforms"
                    : fmt::format("{} attestations of the selected platforms", count);
}

}  // namespace

Notice foreign_layers_notice(const std::map<std::string, oci::Descriptor>& layers) {
  std::vector<std::string> names;
  std::set<std::string> hosts;
  for (const auto& [digest, layer] : layers) {
    names.push_back(layer.digest.brief());
    if (!layer.urls.empty()) hosts.insert(host_of(layer.urls.front()));
  }
  const bool one = layers.size() == 1;
  const auto where =
      hosts.empty()
          ? fmt::format("the source does not have {}, and no URL is known", one ? "it" : "them")
          : fmt::format("clients fetch {} from {}", one ? "it" : "them", listed(hosts));
  return {hosts.empty(), "source.foreign-layer",
          fmt::format("{} foreign layer{} not uploaded ({}): {}", layers.size(),
                      one ? " is" : "s are", listed(names), where)};
}

Notice absent_attestations_notice(std::size_t count) {
  return {true, "source.attestations",
          fmt::format("{} omitted: the source does not have {}", attestations(count),
                      count == 1 ? "it" : "them")};
}

Notice attestations_notice(std::size_t count) {
  return {true, "source.attestations",
          fmt::format("{} omitted: a single manifest cannot have any", attestations(count)),
          "to push them, omit --platform or select several platforms"};
}

}  // namespace berth::image
