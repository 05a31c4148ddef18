#include "azure/acr_host.hpp"

#include <algorithm>

#include "common/text.hpp"

namespace berth::azure {
namespace {

struct Partition {
  std::string_view suffix;
  const char* authority;
};

constexpr Partition kPartitions[] = {
    {".azurecr.io", "https://login.microsoftonline.com"},
    {".azurecr.cn", "https://login.chinacloudapi.cn"},
    {".azurecr.us", "https://login.microsoftonline.us"},
    {".azurecr.de", "https://login.microsoftonline.de"},
};

bool is_label(std::string_view text, bool hyphens) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [hyphens](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (hyphens && c == '-');
  });
}

}  // namespace

std::optional<AcrHost> parse_acr_host(std::string_view written) {
  const std::string host = common::lower(written);
  const auto* partition =
      std::find_if(std::begin(kPartitions), std::end(kPartitions),
                   [&host](const Partition& one) { return common::ends_with(host, one.suffix); });
  if (partition == std::end(kPartitions)) return std::nullopt;
  const auto labels =
      common::split(std::string_view(host).substr(0, host.size() - partition->suffix.size()), '.');
  const bool regional = labels.size() == 3 && labels[2] == "geo" && is_label(labels[1], true);
  if (labels.size() != 1 && !regional) return std::nullopt;
  // Names of registries have no hyphen: what follows one is the tenant's.
  const std::string name = labels[0].substr(0, labels[0].find('-'));
  const bool has_tenant = name.size() < labels[0].size();
  if (!is_label(name, false) || (has_tenant && !is_label(labels[0].substr(name.size() + 1), false)))
    return std::nullopt;
  return AcrHost{host, name, partition->authority};
}

std::optional<common::HostFault> explain_acr_host(std::string_view written) {
  const std::string host = common::lower(written);
  if (host.find(".azurecr.") == std::string::npos || parse_acr_host(host)) return std::nullopt;
  const std::string name = host.substr(0, host.find('.'));
  if (host.find(".data.azurecr.") != std::string::npos)
    return common::HostFault{"it is a data endpoint, which serves layers",
                             "write " + name + host.substr(host.find(".azurecr."))};
  return common::HostFault{
      {},
      "write NAME.azurecr.io, NAME-TENANT.azurecr.io or NAME.REGION.geo.azurecr.io (in other "
      "clouds azurecr.cn, azurecr.us or azurecr.de)"};
}

}  // namespace berth::azure
