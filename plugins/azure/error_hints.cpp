#include "azure/error_hints.hpp"

#include "azure/exchange.hpp"

namespace berth::azure {

std::optional<Explanation> explain_error(const RegistryError& error, const AcrHost& host,
                                         const std::string& assignee) {
  if (error.message_contains("operation is disallowed"))
    return Explanation{
        "the repository or the tag is locked or in quarantine, or the registry's storage is used "
        "up",
        "az acr repository show --name " + host.name + " --repository " + error.repository +
            " --query changeableAttributes; az acr show-usage --name " + host.name};
  if (error.message_contains("admin user is disabled"))
    return Explanation{"the login is that of the registry's admin user, which is switched off",
                       "leave the login to this flavor: with Azure's own credentials on this "
                       "machine none is needed"};
  if (error.message_contains("toomanyrequests"))
    return Explanation{"the rate of requests of the registry or of this identity is used up",
                       "push again later, or with fewer --jobs"};
  const bool denied = error.code == "push.blob-denied" || error.code == "push.manifest-denied" ||
                      error.code == "auth.denied";
  if (denied && error.message_contains("authentication required"))
    return Explanation{
        "the credentials are accepted, but lack the role AcrPush, or with ABAC Container Registry "
        "Repository Writer",
        role_command(host, assignee)};
  return std::nullopt;
}

}  // namespace berth::azure
