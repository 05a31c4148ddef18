#include "gcp/credential_file.hpp"

#include <algorithm>
#include <initializer_list>

#include "common/text.hpp"
#include "gcp/external_identity.hpp"

namespace berth::gcp {
namespace {

constexpr const char* kTokenUrl = "https://oauth2.googleapis.com/token";
constexpr const char* kExchangeUrl = "https://sts.googleapis.com/v1/token";
constexpr const char* kWorkforceUrl = "https://sts.googleapis.com/v1/oauthtoken";
constexpr const char* kLogInAgain = "gcloud auth application-default login";

// Credentials, and the file that they are in.
struct Document {
  const Json& json;
  std::string place;  // the file's name, and the part of it
  std::string fix;    // what replaces it

  [[nodiscard]] std::string text(const char* member, const char* otherwise = "") const {
    return json.string(member).value_or(otherwise);
  }
  [[nodiscard]] Client client() const { return {text("client_id"), text("client_secret")}; }
};

// Why the document cannot be used: a member is missing, or an address is not Google's. Secrets are
// sent only to Google.
std::optional<TokenAnswer> validate(const Document& document,
                                    std::initializer_list<const char*> required) {
  for (const char* member : required)
    if (!document.json.string(member))
      return broken(document.place + ": " + document.text("type") + " without " + member,
                    document.fix);
  for (const char* address : {"token_uri", "token_url", "service_account_impersonation_url"})
    if (const auto url = document.json.string(address); url && !is_googles(*url))
      return broken(document.place + ": its " + address + " is " + *url +
                        ", which is not an address of Google",
                    document.fix);
  return std::nullopt;
}

TokenAnswer of_service_account(common::HostApi& host_api, const Document& document) {
  if (auto fault = validate(document, {"client_email", "private_key"})) return *fault;
  const std::string email = document.text("client_email");
  const ServiceAccountKey key{email, document.text("private_key_id"), document.text("private_key"),
                              document.text("token_uri", kTokenUrl)};
  return exchange_key(host_api, key,
                      {"key of " + email + " in " + document.place, "serviceAccount:" + email,
                       "gcloud iam service-accounts keys list --iam-account=" + email});
}

TokenAnswer of_user(common::HostApi& host_api, const Document& document) {
  if (auto fault = validate(document, {"client_id", "client_secret", "refresh_token"}))
    return *fault;
  const std::string account = document.text("account");
  return refresh_user(
      host_api, document.text("token_uri", kTokenUrl), document.client(),
      document.text("refresh_token"),
      {"login in " + document.place, account.empty() ? "" : "user:" + account, kLogInAgain});
}

TokenAnswer of_workforce_user(common::HostApi& host_api, const Document& document) {
  if (auto fault = validate(document, {"client_id", "client_secret", "refresh_token"}))
    return *fault;
  return refresh_workforce(host_api, document.text("token_url", kWorkforceUrl), document.client(),
                           document.text("refresh_token"),
                           {"login in " + document.place, {}, kLogInAgain});
}

TokenAnswer token_from_external_account(common::HostApi& host_api, const Document& document) {
  if (auto fault = validate(document, {"audience", "subject_token_type"})) return *fault;
  const SubjectToken subject = subject_token(host_api, document.json, document.place);
  if (!subject.problem.empty()) return broken(subject.problem, subject.fix);
  const TokenSource source{"workload identity of " + document.place,
                           {},
                           "check that the pool and its provider exist and accept the issuer: " +
                               document.text("audience")};
  TokenAnswer answer = exchange_subject(
      host_api, document.text("token_url", kExchangeUrl), document.client(),
      {document.text("audience"), subject.token, document.text("subject_token_type"),
       document.text("workforce_pool_user_project")},
      source);
  const auto url = document.json.string("service_account_impersonation_url");
  if (!answer.token || !url) return answer;
  Impersonation impersonation{*url};
  if (const Json* more = document.json.find("service_account_impersonation"))
    impersonation.lifetime =
        static_cast<std::int64_t>(std::clamp(more->number("token_lifetime_seconds").value_or(3600),
                                             1.0, 43'200.0));  // what Google allows at most
  return impersonate(host_api, impersonation, *answer.token);
}

TokenAnswer of_type(common::HostApi& host_api, const Document& document) {
  const std::string type = document.text("type");
  if (type == "service_account") return of_service_account(host_api, document);
  if (type == "authorized_user") return of_user(host_api, document);
  if (type == "external_account") return token_from_external_account(host_api, document);
  if (type == "external_account_authorized_user") return of_workforce_user(host_api, document);
  if (type.empty())
    return broken(
        document.place +
            " has no type: it is not a file of credentials (an OAuth client's secret is not one)",
        document.fix);
  return broken(document.place + ": credentials of type " + type + " are not supported",
                document.fix);
}

TokenAnswer of_impersonated(common::HostApi& host_api, const Document& document) {
  if (auto fault = validate(document, {"service_account_impersonation_url"})) return *fault;
  const Json* source = document.json.find("source_credentials");
  if (source == nullptr || !source->is_object())
    return broken(document.place + " has no source_credentials", document.fix);
  const TokenAnswer caller =
      of_type(host_api, {*source, document.place + ", source_credentials", document.fix});
  if (!caller.token) return caller;
  std::vector<std::string> delegates;
  if (const Json* named = document.json.find("delegates"))
    for (const auto& one : named->items()) delegates.push_back(one.text());
  return impersonate(host_api,
                     {document.text("service_account_impersonation_url"), 3600, delegates},
                     *caller.token);
}

}  // namespace

TokenAnswer token_of_file(common::HostApi& host_api, const std::string& text,
                          const CredentialFile& file) {
  int line = 0;
  const auto json = Json::parse(text, &line);
  if (text.empty()) return broken(file.name + " is empty", file.fix);
  if (!json)
    return broken(file.name + ", line " + std::to_string(line) + ": not valid JSON", file.fix);
  if (!json->is_object()) return broken(file.name + ": not a JSON object", file.fix);
  const Document document{*json, file.name, file.fix};
  if (document.text("type") == "impersonated_service_account")
    return of_impersonated(host_api, document);
  return of_type(host_api, document);
}

}  // namespace berth::gcp
