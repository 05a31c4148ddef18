// The flavor azure: its hosts, and its requests to Azure compared with those of msal and Microsoft's own clients.
#include <doctest/doctest.h>

#include <set>

#include <berth/encoding.hpp>
#include <berth/json.hpp>

#include "azure/acr_host.hpp"
#include "azure/client_assertion.hpp"
#include "azure/credential_chain.hpp"
#include "azure/error_hints.hpp"
#include "azure/exchange.hpp"
#include "azure/findings.hpp"
#include "azure/preflight.hpp"
#include "common/text.hpp"
#include "vector_host_api.hpp"

using namespace berth;
using test::VectorHostApi;

namespace {

using Variables = std::map<std::string, std::string>;

const std::string kTenant = "11111111-1111-1111-1111-111111111111";
const std::string kClient = "22222222-2222-2222-2222-222222222222";
const std::string kPublicCloud = "https://login.microsoftonline.com";
const std::string kTokenCommand =
    "az account get-access-token --output json --resource https://containerregistry.azure.net";
const std::string kCertificate = "-----BEGIN CERTIFICATE-----\nYWJj\n-----END CERTIFICATE-----\n";  // "abc"

Variables client_with(Variables more) {
  more.insert({{"AZURE_TENANT_ID", kTenant}, {"AZURE_CLIENT_ID", kClient}});
  return more;
}

azure::AcrHost example() { return azure::parse_acr_host("example.azurecr.io").value(); }

// A machine on which no server responds.
class SilentMachine : public VectorHostApi {
 public:
  SilentMachine() : VectorHostApi({}) {}
  std::vector<common::Response> send(const std::vector<common::Request>& requests) override {
    for (const auto& request : requests) {
      urls.push_back(request.url);
      timeouts.push_back(request.timeout_ms);
    }
    return std::vector<common::Response>(requests.size(), common::Response{0, {}, {}, "no answer"});
  }
  std::vector<std::string> urls;
  std::vector<std::int64_t> timeouts;
};

// The recorded responses of a registry about a repository or a tag.
azure::DataAnswer recorded(const std::string& name, const std::string& path) {
  VectorHostApi host_api({"azure/" + name + "#2"});
  host_api.ignore_bearer = true;
  const auto answer = host_api.send_one({"GET",
                                         "https://example.azurecr.io" + path,
                                         {{"Accept", "application/json"}, {"Authorization", "Bearer of-the-test"}},
                                         {}});
  return {answer.status, answer.body, answer.header("retry-after")};
}

common::ImageFacts facts_of(const std::string& tag, const std::string& digest = {}) {
  common::ImageFacts facts;
  facts.repository_path = "team/app";
  facts.tag = tag;
  facts.digest = digest;
  return facts;
}

}  // namespace

TEST_CASE("azure: recognises the login servers of every cloud") {
  const struct {
    const char* host;
    const char* name;
    const char* authority;
  } cases[] = {
      {"contoso.azurecr.io", "contoso", "https://login.microsoftonline.com"},
      {"Contoso.AzureCR.io", "contoso", "https://login.microsoftonline.com"},
      {"contoso-9f8e.azurecr.io", "contoso", "https://login.microsoftonline.com"},
      {"contoso.westeurope.geo.azurecr.io", "contoso", "https://login.microsoftonline.com"},
      {"contoso-9f8e.china-north3.geo.azurecr.cn", "contoso", "https://login.chinacloudapi.cn"},
      {"contoso.azurecr.us", "contoso", "https://login.microsoftonline.us"},
      {"contoso.azurecr.de", "contoso", "https://login.microsoftonline.de"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.host);
    const auto host = azure::parse_acr_host(one.host);
    REQUIRE(host.has_value());
    CHECK(host->login_server == common::lower(one.host));
    CHECK(host->name == one.name);
    CHECK(host->authority == one.authority);
    CHECK_FALSE(azure::explain_acr_host(one.host).has_value());
  }
  for (const char* bad :
       {"azurecr.io", ".azurecr.io", "contoso.azurecr.com", "contoso.azurecr.io.evil.example",
        "contoso.westeurope.azurecr.io", "con_toso.azurecr.io", "contoso-.azurecr.io", "-a.azurecr.io",
        "a-b-c.azurecr.io", "x.contoso.westeurope.geo.azurecr.io", "registry.example.com", ""})
    CHECK_MESSAGE(!azure::parse_acr_host(bad).has_value(), bad);
  CHECK(azure::explain_acr_host("contoso.eastus.data.azurecr.io").value().fix == "write contoso.azurecr.io");
  CHECK(azure::explain_acr_host("contoso.eastus.azurecr.io").value().fix.find("NAME.azurecr.io") != std::string::npos);
  CHECK_FALSE(azure::explain_acr_host("registry.example.com").has_value());
}

TEST_CASE("azure: requests tokens from their sources like Microsoft's clients") {
  struct Case {
    const char* name;
    Variables variables;
    Variables files;
    std::string authority;
    const char* source;
  };
  const std::string pem = kCertificate + test::throw_away_key().pem;
  const Variables app_service{{"IDENTITY_ENDPOINT", "http://127.0.0.1/msi/token"},
                              {"IDENTITY_HEADER", "identity-header-of-the-test"}};
  const Variables secret = client_with({{"AZURE_CLIENT_SECRET", "client-secret-of-the-test"}});
  const Variables federated = client_with({{"AZURE_FEDERATED_TOKEN_FILE", "/token"}});
  const Variables token_file{{"/token", "federated-of-the-test\n"}};
  const std::string user = "33333333-3333-3333-3333-333333333333";
  Variables china = secret;
  china["AZURE_AUTHORITY_HOST"] = "login.chinacloudapi.cn/";
  Variables narrowed = secret;
  narrowed["AZURE_TOKEN_CREDENTIALS"] = "ManagedIdentityCredential";
  narrowed.erase("AZURE_CLIENT_ID");
  const Case cases[] = {
      {"token-secret", secret, {}, kPublicCloud, "environment AZURE_CLIENT_SECRET"},
      {"token-china", secret, {}, "https://login.chinacloudapi.cn", "environment AZURE_CLIENT_SECRET"},
      {"token-china", china, {}, kPublicCloud, "environment AZURE_CLIENT_SECRET"},
      {"token-certificate",
       client_with({{"AZURE_CLIENT_CERTIFICATE_PATH", "/pem"}}),
       {{"/pem", pem}},
       kPublicCloud,
       "environment AZURE_CLIENT_CERTIFICATE_PATH /pem"},
      {"token-federated", federated, token_file, kPublicCloud, "workload identity AZURE_FEDERATED_TOKEN_FILE /token"},
      {"token-federated-npm", federated, token_file, kPublicCloud, "workload identity"},
      {"identity-app-service", app_service, {}, kPublicCloud, "managed identity at IDENTITY_ENDPOINT"},
      {"identity-app-service-npm", app_service, {}, kPublicCloud, "managed identity at IDENTITY_ENDPOINT"},
      {"identity-imds", {}, {}, kPublicCloud, "managed identity of this machine"},
      {"identity-imds", narrowed, {}, kPublicCloud, "managed identity of this machine"},
      {"identity-imds-npm", {}, {}, kPublicCloud, "managed identity of this machine"},
      {"identity-imds-user", {{"AZURE_CLIENT_ID", user}}, {}, kPublicCloud, "managed identity of this machine"},
      {"identity-imds-user-npm", {{"AZURE_CLIENT_ID", user}}, {}, kPublicCloud, "managed identity of this machine"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.name);
    VectorHostApi host_api({std::string("azure/") + one.name});
    host_api.variables = one.variables;
    host_api.files = one.files;
    const auto answer = azure::CredentialChain(host_api, one.authority).find();
    CHECK(answer.problem.empty());
    REQUIRE(answer.token.has_value());
    CHECK(common::starts_with(answer.token->token, "ey"));
    CHECK(common::starts_with(answer.token->source, one.source));
  }
}

TEST_CASE("azure: reports a rejection by Entra with the source of the credentials") {
  const Variables secret = client_with({{"AZURE_CLIENT_SECRET", "wrong"}});
  Variables other = client_with({{"AZURE_CLIENT_SECRET", "client-secret-of-the-test"}});
  const Variables expired = other;
  other["AZURE_CLIENT_ID"] = "99999999-9999-9999-9999-999999999999";
  struct Case {
    const char* name;
    Variables variables;
    const char* code;
    const char* source;
    const char* fix;
  };
  const Case cases[] = {
      {"refused-secret", secret, "AADSTS7000215", "environment AZURE_CLIENT_SECRET", "set AZURE_CLIENT_SECRET"},
      {"refused-expired-secret", expired, "AADSTS7000222", "environment AZURE_CLIENT_SECRET",
       "az ad app credential reset --append --id 22222222-2222-2222-2222-222222222222"},
      {"refused-client", other, "AADSTS700016", "environment AZURE_CLIENT_SECRET", "check AZURE_CLIENT_ID"},
      {"refused-federated", client_with({{"AZURE_FEDERATED_TOKEN_FILE", "/token"}}), "AADSTS70021", "/token",
       "az ad app federated-credential list"},
      {"refused-certificate-clock", client_with({{"AZURE_CLIENT_CERTIFICATE_PATH", "/pem"}}), "AADSTS700024", "/pem",
       "set the clock"},
      {"identity-app-service-refused",
       {{"IDENTITY_ENDPOINT", "http://127.0.0.1/msi/token"}, {"IDENTITY_HEADER", "wrong"}},
       "X-IDENTITY-HEADER is missing or wrong",
       "IDENTITY_ENDPOINT",
       "AZURE_TOKEN_CREDENTIALS"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.name);
    VectorHostApi host_api({std::string("azure/") + one.name});
    host_api.variables = one.variables;
    host_api.files = {{"/token", "of-another"}, {"/pem", test::throw_away_key().pem + kCertificate}};
    const auto answer = azure::CredentialChain(host_api, kPublicCloud).find();
    CHECK_FALSE(answer.token.has_value());
    CHECK(answer.problem.find(one.code) != std::string::npos);
    CHECK(answer.problem.find(one.source) != std::string::npos);
    CHECK(answer.problem.find("Trace ID") == std::string::npos);
    CHECK_MESSAGE(answer.fix.find(one.fix) != std::string::npos, answer.fix);
    const bool clock = std::string(one.name) == "refused-certificate-clock";
    CHECK((answer.problem.find("theirs 2026-01-15T13:00:00Z") != std::string::npos) == clock);
  }
}

TEST_CASE("azure: reports broken sources with their files") {
  const std::string key = test::throw_away_key().pem;
  const auto certificate = client_with({{"AZURE_CLIENT_CERTIFICATE_PATH", "/pem"}});
  const auto federated = client_with({{"AZURE_FEDERATED_TOKEN_FILE", "/token"}});
  struct Case {
    Variables variables;
    Variables files;
    const char* problem;
    const char* fix;
  };
  const std::string encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nYWJj\n-----END ENCRYPTED PRIVATE KEY-----\n";
  const std::string other_key = "-----BEGIN PRIVATE KEY-----\nYWJj\n-----END PRIVATE KEY-----\n";
  const Case cases[] = {
      {certificate,
       {},
       "/pem, client 22222222-2222-2222-2222-222222222222: the file does not exist",
       "correct AZURE_CLIENT_CERTIFICATE_PATH"},
      {certificate, {{"/pem", " \n"}}, "the file is empty", "correct AZURE_CLIENT_CERTIFICATE_PATH"},
      {certificate, {{"/pem", "\x30\x82"}}, "it is not a PEM file", "openssl pkcs12"},
      {certificate, {{"/pem", kCertificate}}, "no private key", "openssl pkey"},
      {certificate, {{"/pem", key}}, "no certificate", "openssl x509"},
      {certificate, {{"/pem", kCertificate + encrypted}}, "encrypted", "openssl pkey"},
      {certificate, {{"/pem", kCertificate + other_key}}, "not a valid RSA key", "openssl pkey"},
      {certificate,
       {{"/pem", "-----BEGIN CERTIFICATE-----\n*\n-----END CERTIFICATE-----\n" + key}},
       "no certificate",
       "openssl x509"},
      {certificate, {{"/pem", "-----BEGIN PRIVATE KEY-----\nYWJj"}}, "no private key", "openssl pkey"},
      {federated,
       {},
       "/token, client 22222222-2222-2222-2222-222222222222: the file does not exist",
       "correct AZURE_FEDERATED_TOKEN_FILE"},
      {federated, {{"/token", ""}}, "the file is empty", "correct AZURE_FEDERATED_TOKEN_FILE"},
      {{{"AZURE_TOKEN_CREDENTIALS", "Prodd"}}, {}, "AZURE_TOKEN_CREDENTIALS is prodd", "to prod, dev, Env"},
      {{{"AZURE_AUTHORITY_HOST", "http://login.example"}}, {}, "plain http", "https://"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.problem);
    SilentMachine host_api;
    host_api.variables = one.variables;
    host_api.files = one.files;
    const auto answer = azure::CredentialChain(host_api, kPublicCloud).find();
    CHECK_FALSE(answer.token.has_value());
    CHECK_MESSAGE(answer.problem.find(one.problem) != std::string::npos, answer.problem);
    CHECK_MESSAGE(answer.fix.find(one.fix) != std::string::npos, answer.fix);
    CHECK(answer.problem.find("openssl") == std::string::npos);  // the remedy is in the fix
    CHECK(host_api.urls.empty());
  }
}

TEST_CASE("azure: an authority that does not respond is an error, and the next source is not used") {
  SilentMachine host_api;
  host_api.variables = client_with({{"AZURE_CLIENT_SECRET", "x"}});
  const auto answer = azure::CredentialChain(host_api, kPublicCloud).find();
  CHECK(answer.problem.find("login.microsoftonline.com: no answer") != std::string::npos);
  CHECK(host_api.urls.size() == 1);
}

TEST_CASE("azure: does not wait for the metadata service, unless it is requested") {
  const struct {
    const char* narrowed;
    std::vector<std::int64_t> timeouts;
    const char* tried;
  } cases[] = {
      {"",
       {1000},
       "environment: no AZURE_CLIENT_SECRET; workload identity: no AZURE_FEDERATED_TOKEN_FILE; "
       "managed identity: no response from 169.254.169.254; az: there is no program az"},
      {"Prod",
       {1000},
       "environment: no AZURE_CLIENT_SECRET; workload identity: no AZURE_FEDERATED_TOKEN_FILE; "
       "managed identity: no response from 169.254.169.254"},
      {"managedIdentityCredential", {0}, "managed identity: no response from 169.254.169.254"},
      {"dev", {}, "az: there is no program az"},
      {"EnvironmentCredential", {}, "environment: no AZURE_CLIENT_SECRET"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.narrowed);
    SilentMachine host_api;
    if (*one.narrowed != 0) host_api.variables["AZURE_TOKEN_CREDENTIALS"] = one.narrowed;
    azure::CredentialChain chain(host_api, kPublicCloud);
    const auto answer = chain.find();
    CHECK_FALSE(answer.token.has_value());
    CHECK(answer.problem.empty());
    CHECK(host_api.timeouts == one.timeouts);
    CHECK(common::joined(chain.tried(), "; ") == one.tried);
  }
}

TEST_CASE("azure: an incomplete source is an error; the next one could be another identity") {
  const struct {
    std::map<std::string, std::string> variables;
    const char* problem;
    const char* fix;
  } cases[] = {
      {{{"AZURE_CLIENT_SECRET", "x"}}, "AZURE_CLIENT_SECRET is set, but not AZURE_TENANT_ID", "set AZURE_TENANT_ID"},
      {{{"AZURE_CLIENT_CERTIFICATE_PATH", "/pem"}, {"AZURE_TENANT_ID", "t"}}, "but not AZURE_CLIENT_ID", "unset"},
      {{{"AZURE_FEDERATED_TOKEN_FILE", "/token"}, {"AZURE_TENANT_ID", "t"}}, "but not AZURE_CLIENT_ID", "unset"},
      {{{"IDENTITY_HEADER", "h"}}, "IDENTITY_HEADER is set, but not IDENTITY_ENDPOINT", "set IDENTITY_ENDPOINT"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.problem);
    VectorHostApi host_api({"azure/firewall#1"});
    host_api.variables = one.variables;
    azure::CredentialChain chain(host_api, kPublicCloud);
    const auto answer = chain.find();
    CHECK_FALSE(answer.token.has_value());
    CHECK_MESSAGE(answer.problem.find(one.problem) != std::string::npos, answer.problem);
    CHECK_MESSAGE(answer.fix.find(one.fix) != std::string::npos, answer.fix);
  }
}

TEST_CASE("azure: falls back to az on a machine without an identity") {
  VectorHostApi host_api({"azure/identity-imds-none"});
  host_api.programs[kTokenCommand] = {0, R"({"accessToken": "of-az", "tenant": "of-the-test"})", {}};
  azure::CredentialChain chain(host_api, kPublicCloud);
  const auto answer = chain.find();
  REQUIRE(answer.token.has_value());
  CHECK(answer.token->token == "of-az");
  CHECK(answer.token->tenant == "of-the-test");
  REQUIRE(chain.tried().size() == 3);
  CHECK(chain.tried()[0] == "environment: no AZURE_CLIENT_SECRET");
  CHECK(chain.tried()[2].find("Identity not found") != std::string::npos);
}

TEST_CASE("azure: reports invalid output of az") {
  const std::string expired = "e30." + base64url_encode(R"({"exp": 1768478400})") + ".x";
  const std::string revoked =
      "ERROR: AADSTS50173: The provided grant has expired. Interactive authentication is "
      "needed. Please run:\naz login --scope x";
  const struct {
    common::Output output;
    const char* problem;  // empty: az is not configured
    const char* fix;
  } cases[] = {
      {{0, "WARNING: no JSON", {}}, "printed no JSON", "az account get-access-token"},
      {{0, R"({"accessToken": 1})", {}}, "printed no JSON with an accessToken", "az account get-access-token"},
      {{0, R"({"accessToken": ")" + expired + "\"}", {}}, "has expired", "az login"},
      {{1, "", {}}, "ended with status 1", "az login"},
      {{1, "", {}, "ERROR: Please run 'az login' to setup account."}, "", ""},
      {{1, "", {}, revoked}, "ended with status 1", "az login"},
      {{1, "", {}, "ERROR: connection refused"}, "ended with status 1: ERROR: connection refused", "az account"},
      {{-1, "", "az did not end within 30 s"}, "az did not end within 30 s", "az account"},
      {{-1, "", "there is no program az", {}, true}, "", ""},
  };
  for (const auto& one : cases) {
    CAPTURE(one.output.out);
    VectorHostApi host_api({"azure/firewall#1"});
    host_api.variables["AZURE_TOKEN_CREDENTIALS"] = "AzureCliCredential";
    host_api.programs[kTokenCommand] = one.output;
    azure::CredentialChain chain(host_api, kPublicCloud);
    const auto answer = chain.find();
    CHECK_FALSE(answer.token.has_value());
    CHECK(answer.problem.empty() == (*one.problem == 0));
    CHECK(answer.problem.find(one.problem) != std::string::npos);
    CHECK(answer.fix.find(one.fix) != std::string::npos);
    CHECK(chain.tried().size() == (*one.problem == 0 ? 1 : 0));
  }
}

TEST_CASE("azure: an assertion names its certificate and is unique") {
  VectorHostApi host_api({"azure/token-certificate#1"});
  const std::string pem = "Bag Attributes\n" + test::throw_away_key().pem + kCertificate;
  const auto first = azure::client_assertion(host_api, pem, kClient, "https://login.example/token");
  const auto second = azure::client_assertion(host_api, pem, kClient, "https://login.example/token");
  CHECK(first.problem.empty());
  const auto header = Json::parse(base64_decode(common::split(first.jwt, '.')[0]).value());
  // SHA-1 of "abc", RFC 3174.
  CHECK(header->string("x5t") == base64url_encode(base64_decode("qZk+NkcGgWq6PiVxeFDCbJzQ2J0=").value()));
  CHECK(first.jwt != second.jwt);
}

TEST_CASE("azure: exchanges an Entra token for one of the registry") {
  const auto entra = VectorHostApi::first_field("azure/exchange", "access_token");
  for (const char* written : {"example.azurecr.io", "EXAMPLE.azurecr.io"}) {
    VectorHostApi host_api({"azure/exchange:1"});
    const auto exchanged =
        azure::exchange_token(host_api, azure::parse_acr_host(written).value(), {entra, kTenant, "environment"});
    REQUIRE(exchanged.token.has_value());
    CHECK(exchanged.token->expires == host_api.now() + 3 * 3600);
    CHECK(exchanged.token->source == "environment");
  }
  for (const char* name : {"azure/exchange-no-role", "azure/exchange-arm-refused"}) {
    CAPTURE(name);
    VectorHostApi host_api({name});
    const auto exchanged = azure::exchange_token(
        host_api, example(), {VectorHostApi::first_field(name, "access_token"), kTenant, "environment X"});
    CHECK_FALSE(exchanged.token.has_value());
    CHECK(exchanged.refused);
    for (const char* word : {"environment X", "401: authentication required", "another tenant"})
      CHECK_MESSAGE(exchanged.problem.find(word) != std::string::npos, exchanged.problem);
  }
  SilentMachine silent;
  const auto exchanged = azure::exchange_token(silent, example(), {"x", {}, "az"});
  CHECK_FALSE(exchanged.refused);
  CHECK(exchanged.problem == "example.azurecr.io: no answer");
}

TEST_CASE("azure: names the identity that needs a role") {
  const auto token = [](const std::string& claims) { return "e30." + base64url_encode(claims) + ".x"; };
  CHECK(azure::assignee_of(token(R"({"oid": "o", "appid": "a"})")) == "o");
  CHECK(azure::assignee_of(token(R"({"appid": "a"})")) == "a");
  CHECK(azure::assignee_of("opaque") == "OBJECT-ID");
  CHECK(azure::role_command(example(), "o") ==
        "az role assignment create --role AcrPush --assignee o --scope \"$(az acr show --name example --query id "
        "--output tsv)\"; with ABAC the role is \"Container Registry Repository Writer\"");
  CHECK(azure::assignee_of_user("22222222-2222-2222-2222-222222222222") == "22222222-2222-2222-2222-222222222222");
  CHECK(azure::assignee_of_user("00000000-0000-0000-0000-000000000000") == "OBJECT-ID");
  CHECK(azure::assignee_of_user("ci-token") == "OBJECT-ID");
}

TEST_CASE("azure: the registry's responses about repository and tag become findings") {
  const std::string taken = "sha256:a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1";
  const auto v1 = facts_of("v1");
  const auto open = recorded("repository", azure::data_path(v1));
  const auto locked = recorded("repository-locked", azure::data_path(v1));
  const auto missing = recorded("repository-missing", azure::data_path(v1));
  const auto busy = recorded("throttled", azure::data_path(v1));
  const auto tag_locked = recorded("tag-locked", azure::tag_path(v1));
  const auto tag_free = recorded("tag-free", azure::tag_path(facts_of("v2")));
  const struct {
    azure::DataAnswer repository;
    azure::DataAnswer tag;
    std::string digest;
    const char* findings;
  } cases[] = {
      {open, tag_free, "", ""},
      {open, tag_locked, "sha256:ff", "azure.tag-locked "},
      {open, tag_locked, "", "azure.tag-taken "},
      {open, tag_locked, taken, "azure.tag-same "},
      {open, busy, "", "azure.throttled "},
      {locked, tag_free, "", "azure.repository-locked "},
      {locked, tag_locked, "sha256:ff", "azure.repository-locked azure.tag-locked "},
      {locked, tag_locked, taken, "azure.tag-same "},
      {missing, {404}, "", "azure.repository-made "},
      {busy, {404}, "", "azure.throttled "},
      {{401, R"({"errors":[{"code":"UNAUTHORIZED"}]})"}, {404}, "", "azure.not-asked "},
      {{200, "<html>"}, {404}, "", "azure.not-asked "},
      {{0, "nobody answers"}, {404}, "", "azure.not-asked "},
  };
  for (const auto& one : cases) {
    CAPTURE(one.findings);
    const auto findings = azure::check_locks(example(), facts_of("v1", one.digest), one.repository, one.tag);
    CHECK(test::codes(findings) == one.findings);
    for (const auto& finding : findings) CHECK_FALSE(finding.message.empty());
  }
  CHECK(azure::check_locks(example(), v1, busy, {404}).front().fix == "try again in 9 s");
  CHECK(azure::check_locks(example(), v1, {0, "no", {}, "try"}, {404}).front().fix == "try");
  CHECK(azure::check_locks(example(), v1, open, tag_locked).front().fix ==
        "az acr repository update --name example --image team/app:v1 --write-enabled true");
  CHECK(azure::check_locks(example(), facts_of(""), open, {404}).empty());
}

TEST_CASE("azure: reads the granted actions of a token") {
  const struct {
    std::optional<std::string> granted;
    const char* findings;
  } cases[] = {{"pull,push,metadata_read", ""},
               {std::nullopt, ""},
               {"*", ""},
               {"pull,metadata_read", "azure.may-not-push "},
               {"pushy", "azure.may-not-push "},
               {"", "azure.may-not-push "}};
  for (const auto& one : cases) {
    CAPTURE(one.granted.value_or("none"));
    const auto findings = azure::check_permissions(example(), facts_of("1"), one.granted, {"password of ci", "o"});
    CHECK(test::codes(findings) == one.findings);
  }
  const auto denied = azure::check_permissions(example(), facts_of("1"), "pull", {"password of ci", "o"}).front();
  CHECK(denied.message == "password of ci: not authorized to push to team/app (granted: pull)");
  CHECK(denied.fix == azure::role_command(example(), "o"));
}

TEST_CASE("azure: reports rate limits and a firewall") {
  auto facts = facts_of("1");
  facts.largest_blob = std::uint64_t{200} << 30U;
  CHECK(azure::offline_findings(facts).empty());
  ++facts.largest_blob;
  CHECK(test::codes(azure::offline_findings(facts)) == "azure.layer-size ");

  VectorHostApi host_api({"azure/firewall"});
  const auto answer =
      host_api.send_one({"GET", "https://example.azurecr.io/v2/", {{"Accept", "application/json"}}, {}});
  const auto finding = azure::firewall_finding(example(), answer.body);
  CHECK(finding.message.find("192.0.2.1") != std::string::npos);
  CHECK(finding.fix.find("az acr show --name example") != std::string::npos);
}

TEST_CASE("azure: explains misleading errors") {
  const std::string authentication =
      "401 UNAUTHORIZED: authentication required, visit https://aka.ms/acr/authorization for more information.";
  const struct {
    const char* code;
    std::string words;
    const char* cause;  // empty: none
    const char* fix;
  } cases[] = {
      {"push.blob-denied", "405 UNSUPPORTED: The operation is disallowed on this registry, repository or image.",
       "locked", "az acr repository show --name example --repository team/app"},
      {"auth.refused", "401 UNAUTHORIZED: Admin user is disabled. Please enable it or use Entra ID.", "switched off",
       "leave the login to this flavor"},
      {"push.blob", "429 TOOMANYREQUESTS: too many requests", "rate", "--jobs"},
      {"push.blob-denied", authentication, "AcrPush", "az role assignment create --role AcrPush --assignee o"},
      {"auth.denied", authentication, "AcrPush", "az role assignment create"},
      {"auth.required", authentication, "", ""},
      {"push.blob-denied", "403 DENIED", "", ""},
  };
  for (const auto& one : cases) {
    CAPTURE(one.words);
    const auto meaning = azure::explain_error({one.code, one.words, "team/app"}, example(), "o");
    CHECK(meaning.has_value() == (*one.cause != 0));
    if (!meaning) continue;
    CHECK(meaning->cause.find(one.cause) != std::string::npos);
    CHECK(meaning->fix.find(one.fix) != std::string::npos);
  }
}

TEST_CASE("azure: every kind of finding has its own code") {
  std::set<std::string> codes;
  for (const auto* kind : azure::kFindings) {
    CHECK(std::string(kind->code).rfind("azure.", 0) == 0);
    CHECK(codes.insert(kind->code).second);
  }
}
