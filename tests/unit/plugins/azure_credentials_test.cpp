// The flavor azure: its credentials, and its requests to Azure compared with those of msal and
// Microsoft's own clients.
#include <doctest/doctest.h>

#include <set>

#include <berth/encoding.hpp>
#include <berth/json.hpp>

#include "azure/acr_host.hpp"
#include "azure/client_assertion.hpp"
#include "azure/credential_chain.hpp"
#include "azure/exchange.hpp"
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
const std::string kCertificate =
    "-----BEGIN CERTIFICATE-----\nYWJj\n-----END CERTIFICATE-----\n";  // "abc"

Variables client_with(Variables more) {
  more.insert({{"AZURE_TENANT_ID", kTenant}, {"AZURE_CLIENT_ID", kClient}});
  return more;
}

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

}  // namespace

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
      {"token-china",
       secret,
       {},
       "https://login.chinacloudapi.cn",
       "environment AZURE_CLIENT_SECRET"},
      {"token-china", china, {}, kPublicCloud, "environment AZURE_CLIENT_SECRET"},
      {"token-certificate",
       client_with({{"AZURE_CLIENT_CERTIFICATE_PATH", "/pem"}}),
       {{"/pem", pem}},
       kPublicCloud,
       "environment AZURE_CLIENT_CERTIFICATE_PATH /pem"},
      {"token-federated", federated, token_file, kPublicCloud,
       "workload identity AZURE_FEDERATED_TOKEN_FILE /token"},
      {"token-federated-npm", federated, token_file, kPublicCloud, "workload identity"},
      {"identity-app-service",
       app_service,
       {},
       kPublicCloud,
       "managed identity at IDENTITY_ENDPOINT"},
      {"identity-app-service-npm",
       app_service,
       {},
       kPublicCloud,
       "managed identity at IDENTITY_ENDPOINT"},
      {"identity-imds", {}, {}, kPublicCloud, "managed identity of this machine"},
      {"identity-imds", narrowed, {}, kPublicCloud, "managed identity of this machine"},
      {"identity-imds-npm", {}, {}, kPublicCloud, "managed identity of this machine"},
      {"identity-imds-user",
       {{"AZURE_CLIENT_ID", user}},
       {},
       kPublicCloud,
       "managed identity of this machine"},
      {"identity-imds-user-npm",
       {{"AZURE_CLIENT_ID", user}},
       {},
       kPublicCloud,
       "managed identity of this machine"},
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
      {"refused-secret", secret, "AADSTS7000215", "environment AZURE_CLIENT_SECRET",
       "set AZURE_CLIENT_SECRET"},
      {"refused-expired-secret", expired, "AADSTS7000222", "environment AZURE_CLIENT_SECRET",
       "az ad app credential reset --append --id 22222222-2222-2222-2222-222222222222"},
      {"refused-client", other, "AADSTS700016", "environment AZURE_CLIENT_SECRET",
       "check AZURE_CLIENT_ID"},
      {"refused-federated", client_with({{"AZURE_FEDERATED_TOKEN_FILE", "/token"}}), "AADSTS70021",
       "/token", "az ad app federated-credential list"},
      {"refused-certificate-clock", client_with({{"AZURE_CLIENT_CERTIFICATE_PATH", "/pem"}}),
       "AADSTS700024", "/pem", "set the clock"},
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
    host_api.files = {{"/token", "of-another"},
                      {"/pem", test::throw_away_key().pem + kCertificate}};
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
  const std::string encrypted =
      "-----BEGIN ENCRYPTED PRIVATE KEY-----\nYWJj\n-----END ENCRYPTED PRIVATE KEY-----\n";
  const std::string other_key = "-----BEGIN PRIVATE KEY-----\nYWJj\n-----END PRIVATE KEY-----\n";
  const Case cases[] = {
      {certificate,
       {},
       "/pem, client 22222222-2222-2222-2222-222222222222: the file does not exist",
       "correct AZURE_CLIENT_CERTIFICATE_PATH"},
      {certificate,
       {{"/pem", " \n"}},
       "the file is empty",
       "correct AZURE_CLIENT_CERTIFICATE_PATH"},
      {certificate, {{"/pem", "\x30\x82"}}, "it is not a PEM file", "openssl pkcs12"},
      {certificate, {{"/pem", kCertificate}}, "no private key", "openssl pkey"},
      {certificate, {{"/pem", key}}, "no certificate", "openssl x509"},
      {certificate, {{"/pem", kCertificate + encrypted}}, "encrypted", "openssl pkey"},
      {certificate, {{"/pem", kCertificate + other_key}}, "not a valid RSA key", "openssl pkey"},
      {certificate,
       {{"/pem", "-----BEGIN CERTIFICATE-----\n*\n-----END CERTIFICATE-----\n" + key}},
       "no certificate",
       "openssl x509"},
      {certificate,
       {{"/pem", "-----BEGIN PRIVATE KEY-----\nYWJj"}},
       "no private key",
       "openssl pkey"},
      {federated,
       {},
       "/token, client 22222222-2222-2222-2222-222222222222: the file does not exist",
       "correct AZURE_FEDERATED_TOKEN_FILE"},
      {federated, {{"/token", ""}}, "the file is empty", "correct AZURE_FEDERATED_TOKEN_FILE"},
      {{{"AZURE_TOKEN_CREDENTIALS", "Prodd"}},
       {},
       "AZURE_TOKEN_CREDENTIALS is prodd",
       "to prod, dev, Env"},
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

TEST_CASE(
    "azure: an authority that does not respond is an error, and the next source is not used") {
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
       "managed identity: no response from 169.254.169.254; az: program az not found"},
      {"Prod",
       {1000},
       "environment: no AZURE_CLIENT_SECRET; workload identity: no AZURE_FEDERATED_TOKEN_FILE; "
       "managed identity: no response from 169.254.169.254"},
      {"managedIdentityCredential", {0}, "managed identity: no response from 169.254.169.254"},
      {"dev", {}, "az: program az not found"},
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
      {{{"AZURE_CLIENT_SECRET", "x"}},
       "AZURE_CLIENT_SECRET is set, but not AZURE_TENANT_ID",
       "set AZURE_TENANT_ID"},
      {{{"AZURE_CLIENT_CERTIFICATE_PATH", "/pem"}, {"AZURE_TENANT_ID", "t"}},
       "but not AZURE_CLIENT_ID",
       "unset"},
      {{{"AZURE_FEDERATED_TOKEN_FILE", "/token"}, {"AZURE_TENANT_ID", "t"}},
       "but not AZURE_CLIENT_ID",
       "unset"},
      {{{"IDENTITY_HEADER", "h"}},
       "IDENTITY_HEADER is set, but not IDENTITY_ENDPOINT",
       "set IDENTITY_ENDPOINT"},
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
  host_api.programs[kTokenCommand] = {
      0, R"({"accessToken": "of-az", "tenant": "of-the-test"})", {}};
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
      {{0, R"({"accessToken": 1})", {}},
       "printed no JSON with an accessToken",
       "az account get-access-token"},
      {{0, R"({"accessToken": ")" + expired + "\"}", {}}, "has expired", "az login"},
      {{1, "", {}}, "ended with status 1", "az login"},
      {{1, "", {}, "ERROR: Please run 'az login' to setup account."}, "", ""},
      {{1, "", {}, revoked}, "ended with status 1", "az login"},
      {{1, "", {}, "ERROR: connection refused"},
       "ended with status 1: ERROR: connection refused",
       "az account"},
      {{-1, "", "az did not end within 30 s"}, "az did not end within 30 s", "az account"},
      {{-1, "", "program az not found", {}, true}, "", ""},
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
  const auto second =
      azure::client_assertion(host_api, pem, kClient, "https://login.example/token");
  CHECK(first.problem.empty());
  const auto header = Json::parse(base64_decode(common::split(first.jwt, '.')[0]).value());
  // SHA-1 of "abc", RFC 3174.
  CHECK(header->string("x5t") ==
        base64url_encode(base64_decode("qZk+NkcGgWq6PiVxeFDCbJzQ2J0=").value()));
  CHECK(first.jwt != second.jwt);
}

TEST_CASE("azure: exchanges an Entra token for one of the registry") {
  const auto entra = VectorHostApi::first_field("azure/exchange", "access_token");
  for (const char* written : {"example.azurecr.io", "EXAMPLE.azurecr.io"}) {
    VectorHostApi host_api({"azure/exchange:1"});
    const auto exchanged = azure::exchange_token(host_api, azure::parse_acr_host(written).value(),
                                                 {entra, kTenant, "environment"});
    REQUIRE(exchanged.token.has_value());
    CHECK(exchanged.token->expires == host_api.now() + 3 * 3600);
    CHECK(exchanged.token->source == "environment");
  }
  for (const char* name : {"azure/exchange-no-role", "azure/exchange-arm-refused"}) {
    CAPTURE(name);
    VectorHostApi host_api({name});
    const auto exchanged = azure::exchange_token(
        host_api, azure::parse_acr_host("example.azurecr.io").value(),
        {VectorHostApi::first_field(name, "access_token"), kTenant, "environment X"});
    CHECK_FALSE(exchanged.token.has_value());
    CHECK(exchanged.refused);
    for (const char* part : {"environment X", "401: authentication required", "another tenant"})
      CHECK_MESSAGE(exchanged.problem.find(part) != std::string::npos, exchanged.problem);
  }
  SilentMachine silent;
  const auto exchanged = azure::exchange_token(
      silent, azure::parse_acr_host("example.azurecr.io").value(), {"x", {}, "az"});
  CHECK_FALSE(exchanged.refused);
  CHECK(exchanged.problem == "example.azurecr.io: no answer");
}
