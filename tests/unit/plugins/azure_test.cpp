// The flavor azure: its hosts, what it reads from the registry, and its findings.
#include <doctest/doctest.h>

#include <set>

#include <berth/encoding.hpp>
#include <berth/json.hpp>

#include "azure/acr_host.hpp"
#include "azure/error_hints.hpp"
#include "azure/exchange.hpp"
#include "azure/findings.hpp"
#include "azure/preflight.hpp"
#include "common/text.hpp"
#include "vector_host_api.hpp"

using namespace berth;
using test::VectorHostApi;

namespace {

azure::AcrHost example() { return azure::parse_acr_host("example.azurecr.io").value(); }

// The recorded responses of a registry about a repository or a tag.
azure::DataAnswer recorded(const std::string& name, const std::string& path) {
  VectorHostApi host_api({"azure/" + name + "#2"});
  host_api.ignore_bearer = true;
  const auto answer =
      host_api.send_one({"GET",
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
        "contoso.westeurope.azurecr.io", "con_toso.azurecr.io", "contoso-.azurecr.io",
        "-a.azurecr.io", "a-b-c.azurecr.io", "x.contoso.westeurope.geo.azurecr.io",
        "registry.example.com", ""})
    CHECK_MESSAGE(!azure::parse_acr_host(bad).has_value(), bad);
  CHECK(azure::explain_acr_host("contoso.eastus.data.azurecr.io").value().fix ==
        "write contoso.azurecr.io");
  CHECK(azure::explain_acr_host("contoso.eastus.azurecr.io").value().fix.find("NAME.azurecr.io") !=
        std::string::npos);
  CHECK_FALSE(azure::explain_acr_host("registry.example.com").has_value());
}

TEST_CASE("azure: names the identity that needs a role") {
  const auto token = [](const std::string& claims) {
    return "e30." + base64url_encode(claims) + ".x";
  };
  CHECK(azure::assignee_of(token(R"({"oid": "o", "appid": "a"})")) == "o");
  CHECK(azure::assignee_of(token(R"({"appid": "a"})")) == "a");
  CHECK(azure::assignee_of("opaque") == "OBJECT-ID");
  CHECK(azure::role_command(example(), "o") ==
        "az role assignment create --role AcrPush --assignee o --scope \"$(az acr show --name "
        "example --query id "
        "--output tsv)\"; with ABAC the role is \"Container Registry Repository Writer\"");
  CHECK(azure::assignee_of_user("22222222-2222-2222-2222-222222222222") ==
        "22222222-2222-2222-2222-222222222222");
  CHECK(azure::assignee_of_user("00000000-0000-0000-0000-000000000000") == "OBJECT-ID");
  CHECK(azure::assignee_of_user("ci-token") == "OBJECT-ID");
}

TEST_CASE("azure: the registry's responses about repository and tag become findings") {
  const std::string taken =
      "sha256:a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1";
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
      {{0, "no response"}, {404}, "", "azure.not-asked "},
  };
  for (const auto& one : cases) {
    CAPTURE(one.findings);
    const auto findings =
        azure::check_locks(example(), facts_of("v1", one.digest), one.repository, one.tag);
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
    const auto findings =
        azure::check_permissions(example(), facts_of("1"), one.granted, {"password of ci", "o"});
    CHECK(test::codes(findings) == one.findings);
  }
  const auto denied =
      azure::check_permissions(example(), facts_of("1"), "pull", {"password of ci", "o"}).front();
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
  const auto answer = host_api.send_one(
      {"GET", "https://example.azurecr.io/v2/", {{"Accept", "application/json"}}, {}});
  const auto finding = azure::firewall_finding(example(), answer.body);
  CHECK(finding.message.find("192.0.2.1") != std::string::npos);
  CHECK(finding.fix.find("az acr show --name example") != std::string::npos);
}

TEST_CASE("azure: explains misleading errors") {
  const std::string authentication =
      "401 UNAUTHORIZED: authentication required, visit https://aka.ms/acr/authorization for more "
      "information.";
  const struct {
    const char* code;
    std::string message;
    const char* cause;  // empty: none
    const char* fix;
  } cases[] = {
      {"push.blob-denied",
       "405 UNSUPPORTED: The operation is disallowed on this registry, repository or image.",
       "locked", "az acr repository show --name example --repository team/app"},
      {"auth.refused",
       "401 UNAUTHORIZED: Admin user is disabled. Please enable it or use Entra ID.",
       "switched off", "leave the login to this flavor"},
      {"push.blob", "429 TOOMANYREQUESTS: too many requests", "rate", "--jobs"},
      {"push.blob-denied", authentication, "AcrPush",
       "az role assignment create --role AcrPush --assignee o"},
      {"auth.denied", authentication, "AcrPush", "az role assignment create"},
      {"auth.required", authentication, "", ""},
      {"push.blob-denied", "403 DENIED", "", ""},
  };
  for (const auto& one : cases) {
    CAPTURE(one.message);
    const auto meaning = azure::explain_error({one.code, one.message, "team/app"}, example(), "o");
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
