#include "aws/ecr_host.hpp"

#include <algorithm>

#include "common/text.hpp"

namespace berth::aws {
namespace {

struct Suffix {
  std::string_view registry;  // ends a registry's host, after the region
  bool dual_stack;
  std::string_view api;  // ends its interfaces' hosts
};

constexpr Suffix kSuffixes[] = {
    {"amazonaws.com", false, "amazonaws.com"},
    {"on.aws", true, "api.aws"},
    {"amazonaws.com.cn", false, "amazonaws.com.cn"},
    {"on.amazonwebservices.com.cn", true, "api.amazonwebservices.com.cn"},
    {"amazonaws.eu", false, "amazonaws.eu"},
    {"c2s.ic.gov", false, "c2s.ic.gov"},
    {"sc2s.sgov.gov", false, "sc2s.sgov.gov"},
    {"cloud.adc-e.uk", false, "cloud.adc-e.uk"},
    {"csp.hci.ic.gov", false, "csp.hci.ic.gov"},
};

constexpr std::size_t kAccountDigits = 12;

bool is_region(std::string_view text) {
  if (text.empty() || text.front() == '-' || text.front() == '_') return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

bool take(std::string_view& text, std::string_view start) {
  if (!common::starts_with(text, start)) return false;
  text.remove_prefix(start.size());
  return true;
}

EcrHost public_host(bool dual_stack) {
  EcrHost host;
  host.is_public = true;
  host.region = "us-east-1";
  host.dual_stack = dual_stack;
  host.api_host =
      dual_stack ? "ecr-public.us-east-1.api.aws" : "api.ecr-public.us-east-1.amazonaws.com";
  host.sts_host = dual_stack ? "sts.us-east-1.api.aws" : "sts.us-east-1.amazonaws.com";
  return host;
}

}  // namespace

std::optional<EcrHost> parse_ecr_host(std::string_view written) {
  const std::string lower = common::lower(written);
  if (lower == "public.ecr.aws") return public_host(false);
  if (lower == "ecr-public.aws.com") return public_host(true);
  std::string_view rest = lower;
  EcrHost host;
  host.account = rest.substr(0, rest.find('.'));
  if (host.account.size() != kAccountDigits || !common::all_digits(host.account))
    return std::nullopt;
  rest.remove_prefix(host.account.size());
  if (!take(rest, ".dkr.ecr") && !take(rest, ".dkr-ecr")) return std::nullopt;
  host.fips = take(rest, "-fips");
  if (!take(rest, ".")) return std::nullopt;
  host.region = rest.substr(0, rest.find('.'));
  rest.remove_prefix(host.region.size());
  if (!is_region(host.region) || !take(rest, ".")) return std::nullopt;
  const auto* suffix = std::find_if(std::begin(kSuffixes), std::end(kSuffixes),
                                    [rest](const Suffix& one) { return one.registry == rest; });
  if (suffix == std::end(kSuffixes)) return std::nullopt;
  host.dual_stack = suffix->dual_stack;
  const std::string end = "." + host.region + "." + std::string(suffix->api);
  const std::string service = host.fips ? "ecr-fips" : "ecr";
  host.api_host = (host.dual_stack ? service : "api." + service) + end;
  host.sts_host = "sts" + end;
  return host;
}

common::HostFault explain_ecr_host(std::string_view written) {
  const std::string host = common::lower(written);
  const std::string forms = "write ACCOUNT.dkr.ecr.REGION.amazonaws.com or public.ecr.aws/ALIAS";
  const auto dkr = std::min(host.find(".dkr.ecr"), host.find(".dkr-ecr"));
  if (dkr == std::string::npos || parse_ecr_host(host)) return {{}, forms};
  const std::string account = host.substr(0, dkr);
  const std::string account_fix =
      "write the ID that this prints: aws sts get-caller-identity --query Account --output text";
  if (!common::all_digits(account))
    return {"an account ID is 12 digits, not " + account, account_fix};
  if (account.size() != kAccountDigits)
    return {"an account ID has 12 digits, " + account + " has " + std::to_string(account.size()),
            account_fix};
  return {"no partition of AWS has such hosts", forms};
}

}  // namespace berth::aws
