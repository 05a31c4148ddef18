#include "gcp/gar_host.hpp"

#include <algorithm>

#include "cloud/text.hpp"

namespace berth::gcp {
namespace {

// Since 2025 these names lead to repositories of Artifact Registry, each in the one location that the host stood for.
constexpr struct {
  const char* host;
  const char* location;
} kContainerRegistry[] = {
    {"gcr.io", "us"}, {"us.gcr.io", "us"}, {"eu.gcr.io", "europe"}, {"asia.gcr.io", "asia"}, {"marketplace.gcr.io", ""},
};

bool is_location(std::string_view text) {
  return !text.empty() && text.front() >= 'a' && text.front() <= 'z' && text.back() != '-' &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

// What stands between `start` and `end`, when it is a location.
std::optional<std::string> location_between(const std::string& host, std::string_view start, std::string_view end) {
  if (host.size() <= start.size() + end.size() || !cloud::starts_with(host, start) || !cloud::ends_with(host, end))
    return std::nullopt;
  const auto between = host.substr(start.size(), host.size() - start.size() - end.size());
  return is_location(between) ? std::optional(between) : std::nullopt;
}

}  // namespace

std::optional<GarHost> parse_gar_host(std::string_view written) {
  const std::string host = cloud::lower(written);
  for (const auto& known : kContainerRegistry)
    if (host == known.host) return GarHost{known.location, host};
  auto location = location_between(host, "", "-docker.pkg.dev");
  if (!location) location = location_between(host, "docker.", ".rep.pkg.dev");
  if (!location) return std::nullopt;
  return GarHost{*location, {}};
}

std::string explain_gar_host(std::string_view written) {
  const std::string host = cloud::lower(written);
  if (parse_gar_host(host)) return {};
  if (host == "mirror.gcr.io") return "it mirrors Docker Hub, and takes no images";
  if (cloud::ends_with(host, ".gcr.io"))
    return "the hosts there are gcr.io, us.gcr.io, eu.gcr.io and asia.gcr.io; new repositories are at "
           "LOCATION-docker.pkg.dev";
  if (host == "docker.pkg.dev" || host == "-docker.pkg.dev")
    return "a location stands before it: europe-west1-docker.pkg.dev";
  if (!cloud::ends_with(host, ".pkg.dev")) return {};
  for (const char* format : {"npm", "maven", "python", "apt", "yum", "go", "kfp", "generic", "googet", "ruby"})
    if (cloud::ends_with(host, std::string("-") + format + ".pkg.dev"))
      return std::string("its repositories hold ") + format + " packages; images are at LOCATION-docker.pkg.dev";
  return "images are at LOCATION-docker.pkg.dev, as in europe-west1-docker.pkg.dev";
}

}  // namespace berth::gcp
