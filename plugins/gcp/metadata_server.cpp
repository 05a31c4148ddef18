#include "gcp/metadata_server.hpp"

#include "common/text.hpp"

namespace berth::gcp {
namespace {

constexpr const char* kAddress = "169.254.169.254";
constexpr int kNotFound = 404;
constexpr std::size_t kMaxShown = 120;

// Other clouds have a server at the same address.
bool is_googles_server(const common::Response& response) {
  return response.header("metadata-flavor") == "Google";
}

// The service account of the machine as its server names it: an email address; on GKE also
// "projects/P/serviceAccounts/EMAIL", if its annotation is so
// (GoogleCloudPlatform/docker-credential-gcr#119), and without a service account the pool of its
// identities, "P.svc.id.goog".
struct Account {
  std::string name;
  bool is_email = false;  // and nothing else

  static std::optional<Account> parse(const std::string& text) {
    constexpr const char* kPlain =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@.-_+/";
    if (text.empty() || text.find_first_not_of(kPlain) != std::string::npos) return std::nullopt;
    return Account{text,
                   text.find('@') != std::string::npos && text.find('/') == std::string::npos};
  }
  [[nodiscard]] std::string path() const { return is_email ? name : "default"; }
  [[nodiscard]] std::string description() const {
    return (name.find('@') != std::string::npos ? "service account " : "workload identity ") + name;
  }
  [[nodiscard]] std::string member() const {
    return name.find('@') != std::string::npos
               ? "serviceAccount:" + name.substr(name.rfind('/') + 1)
               : "";
  }
};

// "status 403: This metadata endpoint is concealed"
std::string reason(const common::Response& response) {
  if (response.status == 0) return response.problem;
  const std::string text(common::trimmed(response.body).substr(0, kMaxShown));
  return "status " + std::to_string(response.status) +
         (text.empty() || text[0] == '<' ? "" : ": " + text);
}

struct Server {
  std::string host;
  bool configured;  // by GCE_METADATA_HOST

  [[nodiscard]] std::string name() const {
    return "metadata server " + host + (configured ? " (GCE_METADATA_HOST)" : "");
  }
  [[nodiscard]] TokenAnswer broken(const std::string& why) const {
    return gcp::broken(name() + ": " + why, configured
                                                ? "unset GCE_METADATA_HOST"
                                                : "export NO_GCE_CHECK=true, to do without it");
  }
};

Server find_server(common::HostApi& host_api) {
  const auto host = host_api.environment_variable("GCE_METADATA_HOST");
  return {host.value_or(kAddress), host.has_value()};
}

}  // namespace

TokenAnswer metadata_token(common::HostApi& host_api, std::string& absent) {
  if (common::lower(host_api.environment_variable("NO_GCE_CHECK").value_or("")) == "true") {
    absent = "NO_GCE_CHECK is true";
    return {};
  }
  const Server server = find_server(host_api);
  const std::string accounts =
      "http://" + server.host + "/computeMetadata/v1/instance/service-accounts/";
  const std::vector<std::pair<std::string, std::string>> headers{{"Metadata-Flavor", "Google"}};
  const auto about = host_api.send_one(
      {"GET", accounts + "default/?recursive=true", headers, {}, common::kMetadataTimeout});
  if (about.status == 0 || !is_googles_server(about)) {
    absent =
        about.status == 0 ? about.problem : "the server at " + server.host + " is not Google's";
    return server.configured ? server.broken(absent) : TokenAnswer();
  }
  if (about.status == kNotFound) {
    absent = "this machine has no service account";
    return {};
  }
  if (!about.ok()) return server.broken(reason(about));
  const auto json = Json::parse(about.body);
  const auto account = Account::parse(json ? json->string("email").value_or("") : "");
  if (!account) return server.broken("its response names no service account");
  const auto token = host_api.send_one({"GET", accounts + account->path() + "/token", headers, {}});
  if (!token.ok()) return server.broken("no token for " + account->name + ": " + reason(token));
  return token_in(
      host_api, token,
      {account->description() + " of this machine, from the " + server.name(), account->member()});
}

}  // namespace berth::gcp
