#include "azure/preflight.hpp"

#include <algorithm>

#include "azure/exchange.hpp"
#include "azure/findings.hpp"
#include "azure/registry_error.hpp"
#include "common/text.hpp"

namespace berth::azure {
namespace {

constexpr std::uint64_t kGibibyte = 1U << 30U;
constexpr std::uint64_t kMaxLayer = 200 * kGibibyte;

bool is_locked(const Json& described) {
  const Json* attributes = described.find("changeableAttributes");
  return attributes != nullptr && !attributes->boolean("writeEnabled").value_or(true);
}

std::string unlock_command(const AcrHost& host, const std::string& what) {
  return "az acr repository update --name " + host.name + " " + what + " --write-enabled true";
}

common::Finding unknown_lock(const DataAnswer& answer, const common::ImageFacts& image) {
  constexpr int too_many_requests = 429;
  if (answer.status == too_many_requests)
    return {&kThrottled, "rate limited by the registry", common::retry_fix(answer.retry_after)};
  std::string why = answer.body;
  if (answer.status != 0) {
    const std::string message = registry_error(answer.body);
    why = "status " + std::to_string(answer.status) + (message.empty() ? "" : ": " + message);
  }
  return {&kNotAsked, "whether " + image.repository_path + " is locked is not known: " + why,
          answer.fix};
}

}  // namespace

bool grants(const std::optional<std::string>& actions, const std::string& action) {
  if (!actions) return true;
  const auto list = common::split(*actions, ',');
  return std::any_of(list.begin(), list.end(),
                     [&action](const auto& one) { return one == action || one == "*"; });
}

std::string data_path(const common::ImageFacts& image) {
  return "/acr/v1/" + image.repository_path;
}

std::string tag_path(const common::ImageFacts& image) {
  return data_path(image) + "/_tags/" + image.tag;
}

common::Findings offline_findings(const common::ImageFacts& image) {
  if (image.largest_blob <= kMaxLayer) return {};
  return {{&kLayerSize, "a layer has " + std::to_string(image.largest_blob / kGibibyte) +
                            " GiB, and ACR accepts " + std::to_string(kMaxLayer / kGibibyte)}};
}

common::Findings check_permissions(const AcrHost& host, const common::ImageFacts& image,
                                   const std::optional<std::string>& actions,
                                   const Identity& identity) {
  if (grants(actions, "push")) return {};
  return {{&kMayNotPush,
           identity.source + ": not authorized to push to " + image.repository_path +
               " (granted: " + (actions->empty() ? "nothing" : *actions) + ")",
           role_command(host, identity.assignee)}};
}

common::Findings check_locks(const AcrHost& host, const common::ImageFacts& image,
                             const DataAnswer& repository, const DataAnswer& tag) {
  if (repository.status == 404)
    return {{&kRepositoryMade, "this push creates repository " + image.repository_path}};
  const auto described = repository.status == 200 ? Json::parse(repository.body) : std::nullopt;
  if (!described) return {unknown_lock(repository, image)};
  const auto answer = tag.status == 200 ? Json::parse(tag.body) : std::nullopt;
  const Json* there = answer ? answer->find("tag") : nullptr;
  const std::string digest =
      there != nullptr ? there->string("digest").value_or("") : std::string();
  const bool tag_locked = there != nullptr && is_locked(*there);
  auto of_tag =
      common::check_tag(image, digest, {&kTagSame, &kTagLocked, &kTagMayBeLocked},
                        tag_locked ? "is locked against writing" : "",
                        unlock_command(host, "--image " + image.repository_path + ":" + image.tag));
  // Nothing is written then, so that no lock matters.
  if (of_tag && of_tag->kind == &kTagSame) return {*of_tag};
  common::Findings findings;
  if (is_locked(*described))
    findings.push_back({&kRepositoryLocked,
                        "repository " + image.repository_path + " is locked against writing",
                        unlock_command(host, "--repository " + image.repository_path)});
  if (of_tag) findings.push_back(std::move(*of_tag));
  if (!image.tag.empty() && tag.status != 200 && tag.status != 404)
    findings.push_back(unknown_lock(tag, image));
  return findings;
}

common::Finding firewall_finding(const AcrHost& host, const std::string& body) {
  const std::string message = registry_error(body);
  return {&kFirewall,
          host.login_server + " does not allow this machine's address" +
              (message.empty() ? "" : ": " + message),
          "az acr show --name " + host.name +
              " --query \"{public:publicNetworkAccess,rules:networkRuleSet}\""};
}

}  // namespace berth::azure
