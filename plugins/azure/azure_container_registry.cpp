// azure: Azure Container Registry, in every cloud. README.md lists the requests and the permission
// that each needs.
#include <berth/container_registry.hpp>

#include "azure/acr_host.hpp"
#include "azure/credential_chain.hpp"
#include "azure/error_hints.hpp"
#include "azure/exchange.hpp"
#include "azure/findings.hpp"
#include "azure/preflight.hpp"
#include "common/sdk_host_api.hpp"
#include "common/text.hpp"

namespace {

using namespace berth::azure;
namespace common = berth::common;
using common::report;

constexpr std::int64_t kExpiryMargin = 60;

class AzureContainerRegistry : public berth::BaseContainerRegistry,
                               public berth::CredentialProvider,
                               public berth::ErrorExplainer {
 public:
  static constexpr char FLAVOR[] = "azure";
  static constexpr char VERSION[] = "0.1.0";
  static constexpr char DESCRIPTION[] = "Azure Container Registry";
  static constexpr char SETTINGS[] = R"({"properties": {
    "login_server": {"type": "string", "description": "NAME.azurecr.io, where the uri is a domain of one's own"}}})";
  static constexpr const char* CLAIMS[] = {"*.azurecr.io", "*.azurecr.cn", "*.azurecr.us",
                                           "*.azurecr.de"};
  static constexpr const char* PERMISSIONS[] = {"env:AZURE_TOKEN_CREDENTIALS",
                                                "env:AZURE_AUTHORITY_HOST",
                                                "env:AZURE_TENANT_ID",
                                                "env:AZURE_CLIENT_ID",
                                                "env:AZURE_CLIENT_SECRET",
                                                "env:AZURE_CLIENT_CERTIFICATE_PATH",
                                                "env:AZURE_FEDERATED_TOKEN_FILE",
                                                "env:IDENTITY_ENDPOINT",
                                                "env:IDENTITY_HEADER",
                                                "file:$AZURE_CLIENT_CERTIFICATE_PATH",
                                                "file:$AZURE_FEDERATED_TOKEN_FILE",
                                                "exec:az",
                                                "http:login.microsoftonline.com",
                                                "http:login.chinacloudapi.cn",
                                                "http:login.microsoftonline.us",
                                                "http:login.microsoftonline.de",
                                                "http:$AZURE_AUTHORITY_HOST",
                                                "http:*.azurecr.io",
                                                "http:*.azurecr.cn",
                                                "http:*.azurecr.us",
                                                "http:*.azurecr.de",
                                                "http:http://169.254.169.254",
                                                "http:$IDENTITY_ENDPOINT"};
  static constexpr auto& FINDINGS = kFindings;
  static constexpr char USERNAME_HINT[] =
      "the id of an application, the name of a token, or 00000000-0000-0000-0000-000000000000";
  static constexpr char PASSWORD_HINT[] =
      "its secret, or what az acr login --expose-token prints; with credentials of Azure on this "
      "machine no login is "
      "needed";

  AzureContainerRegistry() {
    const std::string own = host();
    if (const auto fault = explain_acr_host(own))
      throw berth::Failure(kUri, describe(own + " is not a login server", *fault), fault->fix);
    const std::string login_server =
        settings().has("login_server") ? settings().string("login_server") : own;
    if (const auto host = parse_acr_host(login_server)) {
      host_ = *host;
    } else if (settings().has("login_server")) {
      const auto fault = explain_acr_host(login_server).value_or(common::HostFault());
      throw berth::Failure(
          kLoginServer, describe("login_server " + login_server + " is not a login server", fault),
          "set login_server to NAME.azurecr.io");
    } else {
      host_ = {own, "NAME", {}};
    }
  }

  berth::Credential credential(berth::CallContext& call,
                               const berth::CredentialRequest& request) override {
    if (host_.authority.empty())
      return berth::Credential::none(host_.login_server +
                                     " is not a login server: set login_server to NAME.azurecr.io");
    common::SdkHostApi host_api(call);
    if (request.previous_rejected || !refresh_ ||
        refresh_->expires <= host_api.now() + kExpiryMargin) {
      CredentialChain chain(host_api, host_.authority);
      const TokenAnswer found = chain.find();
      if (!found.problem.empty()) throw berth::Failure(found.problem, found.fix);
      const std::string tried = common::joined(chain.tried(), "; ");
      if (!tried.empty()) call.log("credentials of Azure: " + tried);
      if (!found.token) return berth::Credential::none(tried);
      exchange(host_api, *found.token);
    }
    return berth::Credential::identity_token(refresh_->token, refresh_->source, refresh_->expires);
  }

  void prepare_image_push(berth::CallContext& call, const berth::Image& image) override {
    const common::ImageFacts facts(image);
    report(call, offline_findings(facts));
    const auto registry = call.registry();
    if (call.has_errors() || !registry) return;
    std::optional<std::string> granted;
    try {
      granted = registry->granted_actions(image.repository(), kActions);
    } catch (const berth::Failure&) {
      if (!explain_refusal(call, *registry)) throw;
      return;
    }
    report(call, check_permissions(host_, facts, granted, identity(*registry)));
    if (!grants(granted, "metadata_read"))
      return report(call, check_locks(host_, facts,
                                      {0,
                                       "the credentials lack metadata_read",
                                       {},
                                       "use credentials with the role AcrPull"},
                                      {}));
    const DataAnswer repository = ask(*registry, data_path(facts), facts);
    const bool has_tag = repository.status == 200 && !facts.tag.empty();
    report(call, check_locks(host_, facts, repository,
                             has_tag ? ask(*registry, tag_path(facts), facts) : DataAnswer{404}));
  }

  std::optional<berth::Explanation> explain(berth::CallContext& /*call*/,
                                            const berth::RegistryError& error) override {
    return explain_error(error, host_, assignee_);
  }

 private:
  void exchange(common::HostApi& host_api, const EntraToken& token) {
    refresh_.reset();
    assignee_ = assignee_of(token.token);
    Exchanged exchanged = exchange_token(host_api, host_, token);
    refused_ = exchanged.refused ? exchanged.problem : std::string();
    if (!exchanged.token)
      throw berth::Failure(exchanged.problem,
                           exchanged.refused ? role_command(host_, assignee_) : exchanged.fix);
    refresh_ = std::move(exchanged.token);
  }

  Identity identity(const berth::Registry& registry) const {
    const auto account = registry.account();
    const std::string source = account ? account->source : "anonymous";
    const bool is_own = refresh_ && source.find(refresh_->source) != std::string::npos;
    return {source, is_own || !account ? assignee_ : assignee_of_user(account->username)};
  }

  // Returns false if the registry's own error is to be shown.
  bool explain_refusal(berth::CallContext& call, const berth::Registry& registry) const {
    if (!refused_.empty()) {
      call.report(kExchangeRefused, refused_, role_command(host_, assignee_));
      return true;
    }
    const auto answer = registry.get_unauthenticated("/v2/");
    constexpr int forbidden = 403;
    if (answer.status != forbidden) return false;
    report(call, common::Findings{firewall_finding(host_, answer.body)});
    return true;
  }

  static DataAnswer ask(const berth::Registry& registry, const std::string& path,
                        const common::ImageFacts& facts) {
    try {
      auto answer = registry.get(path, "repository:" + facts.repository_path + ":" + kActions);
      return {answer.status, std::move(answer.body), answer.header("retry-after")};
    } catch (const berth::Failure& failure) {
      return {0, failure.what()};
    }
  }

  AcrHost host_;
  std::optional<RefreshToken> refresh_;
  std::string refused_;  // why the registry did not take the identity
  std::string assignee_ = "OBJECT-ID";
};

}  // namespace
BERTH_PLUGIN(AzureContainerRegistry)
