#include "gcp/gar_host.hpp"

#include <algorithm>

#include "common/text.hpp"

namespace berth::gcp {
namespace {

// Since 2025 these names lead to repositories of Artifact Registry, each in the one location that
// the host stood for.
constexpr struct {
  const char* host;
  const char* location;
} kContainerRegistry[] = {
    {"gcr.io", "us"},        {"us.gcr.io", "us"},        {"eu.gcr.io", "europe"},
    {"asia.gcr.io", "asia"}, {"marketplace.gcr.io", ""},
};

bool is_location(std::string_view text) {
  return !text.empty() && text.front() >= 'a' && text.front() <= 'z' && text.back() != '-' &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
         });
}

// Returns the text between `start` and `end` if it is a location.
std::optional<std::string> location_between(const std::string& host, std::string_view start,
                                            std::string_view end) {
  if (host.size() <= start.size() + end.size() || !common::starts_with(host, start) ||
      !common::ends_with(host, end))
    return std::nullopt;
  const auto between = host.substr(start.size(), host.size() - start.size() - end.size());
  return is_location(between) ? std::optional(between) : std::nullopt;
}

}  // namespace

std::optional<GarHost> parse_gar_host(std::string_view written) {
  const std::string host = common::lower(written);
  for (const auto& known : kContainerRegistry)
    if (host == known.host) return GarHost{known.location, host};
  auto location = location_between(host, "", "-docker.pkg.dev");
  if (!location) location = location_between(host, "docker.", ".rep.pkg.dev");
  if (!location) return std::nullopt;
  return GarHost{*location, {}};
}

common::HostFault explain_gar_host(std::string_view written) {
  const std::string host = common::lower(written);
  const std::string form = "write LOCATION-docker.pkg.dev, as in europe-west1-docker.pkg.dev";
  if (parse_gar_host(host)) return {};
  if (host == "mirror.gcr.io") return {"it mirrors Docker Hub, and accepts no images", form};
  if (common::ends_with(host, ".gcr.io"))
    return {"of gcr.io there are gcr.io, us.gcr.io, eu.gcr.io and asia.gcr.io",
            form + ", or one of these"};
  if (host == "docker.pkg.dev" || host == "-docker.pkg.dev") return {"it lacks a location", form};
  for (const char* format :
       {"npm", "maven", "python", "apt", "yum", "go", "kfp", "generic", "googet", "ruby"}) {
    const std::string suffix = std::string("-") + format + ".pkg.dev";
    if (common::ends_with(host, suffix))
      return {std::string("its repositories are for ") + format + " packages",
              "write " + host.substr(0, host.size() - suffix.size()) + "-docker.pkg.dev"};
  }
  if (common::ends_with(host, ".pkg.dev")) return {"it is not LOCATION-docker.pkg.dev", form};
  return {{}, form};
}

}  // namespace berth::gcp
