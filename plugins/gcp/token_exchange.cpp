#include "gcp/token_exchange.hpp"

#include <berth/encoding.hpp>

#include "common/text.hpp"
#include "common/time.hpp"
#include "gcp/findings.hpp"

namespace berth::gcp {
namespace {

constexpr const char* kScope = "https://www.googleapis.com/auth/cloud-platform";
constexpr const char* kAccessTokenType = "urn:ietf:params:oauth:token-type:access_token";
constexpr std::int64_t kLifetime = 3600;
constexpr std::int64_t kMaxLifetime = 7 * 24 * 3600;
constexpr std::size_t kMaxMessage = 300;

using Fields = std::vector<std::pair<std::string, std::string>>;

// Repeatable: a second token does no harm.
common::Request form_request(const std::string& url, const Fields& fields) {
  return {"POST",
          url,
          {{"Accept", "application/json"}, {"Content-Type", "application/x-www-form-urlencoded"}},
          form_encode(fields),
          0,
          true};
}

void add_basic(common::Request& request, const Client& client) {
  if (!client.id.empty())
    request.headers.emplace_back("Authorization",
                                 "Basic " + base64_encode(client.id + ":" + client.secret));
}

std::string signed_jwt(common::HostApi& host_api, const ServiceAccountKey& key) {
  const std::string now = std::to_string(host_api.now());
  const std::string end = std::to_string(host_api.now() + kLifetime);
  const std::string kid = key.key_id.empty() ? "" : R"(,"kid":)" + json_quote(key.key_id);
  const std::string header = R"({"alg":"RS256","typ":"JWT")" + kid + "}";
  const std::string claims = R"({"iss":)" + json_quote(key.email) + R"(,"scope":")" + kScope +
                             R"(","aud":)" + json_quote(key.token_uri) + R"(,"iat":)" + now +
                             R"(,"exp":)" + end + "}";
  const std::string text = base64url_encode(header) + "." + base64url_encode(claims);
  const std::string signature = host_api.rs256(key.private_key, text);
  return signature.empty() ? std::string() : text + "." + base64url_encode(signature);
}

// What follows from a response without a token.
TokenAnswer rejected(common::HostApi& host_api, const common::Response& response,
                     const TokenSource& source) {
  if (response.status == 0) return broken(source.source + ": " + response.problem);
  if (response.ok()) return broken(source.source + ": the response contains no access token");
  const std::string message = error_message(response);
  if (common::is_busy(response))
    return broken("Google returned no token for the " + source.source + ": " + message,
                  common::retry_fix(response));
  const auto server_time = common::parse_http_date(response.header("date")).value_or(0);
  const std::string clock = common::clock_skew(host_api.now(), server_time, "Google's");
  if (common::starts_with(message, "invalid_grant") && !clock.empty())
    return {std::nullopt, common::Finding{&kClock,
                                          "Google rejected the " + source.source + ": " + clock +
                                              " (" + message + ")",
                                          common::kClockFix}};
  if (response.body.find("invalid_rapt") != std::string::npos)
    return {std::nullopt,
            common::Finding{&kLogIn,
                            "the organisation requires reauthentication of the " + source.source,
                            "gcloud auth application-default login"}};
  return broken("Google rejected the " + source.source + ": " + message, source.fix);
}

// The service account that an address of IAM Credentials names.
std::string account_of(const std::string& url) {
  const auto start = url.rfind('/') + 1;
  return url.substr(start, url.rfind(':') - start);
}

}  // namespace

TokenAnswer broken(const std::string& message, const std::string& fix) {
  return {std::nullopt, common::Finding{&kCredentials, message, fix}};
}

TokenAnswer exchange_key(common::HostApi& host_api, const ServiceAccountKey& key,
                         const TokenSource& source) {
  const std::string jwt = signed_jwt(host_api, key);
  if (jwt.empty())
    return broken(source.source + ": its private_key is not an RSA key in PEM, or is truncated",
                  "gcloud iam service-accounts keys create KEY.json --iam-account=" + key.email);
  const Fields fields{{"grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"},
                      {"assertion", jwt}};
  return token_in(host_api, host_api.send_one(form_request(key.token_uri, fields)), source);
}

TokenAnswer refresh_user(common::HostApi& host_api, const std::string& url, const Client& client,
                         const std::string& refresh_token, const TokenSource& source) {
  const Fields fields{{"grant_type", "refresh_token"},
                      {"client_id", client.id},
                      {"client_secret", client.secret},
                      {"refresh_token", refresh_token}};
  return token_in(host_api, host_api.send_one(form_request(url, fields)), source);
}

TokenAnswer refresh_workforce(common::HostApi& host_api, const std::string& url,
                              const Client& client, const std::string& refresh_token,
                              const TokenSource& source) {
  auto request =
      form_request(url, {{"grant_type", "refresh_token"}, {"refresh_token", refresh_token}});
  request.repeatable =
      false;  // the response may contain another refresh token, in place of this one
  add_basic(request, client);
  return token_in(host_api, host_api.send_one(request), source);
}

TokenAnswer exchange_subject(common::HostApi& host_api, const std::string& url,
                             const Client& client, const Subject& subject,
                             const TokenSource& source) {
  Fields fields{{"grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"},
                {"audience", subject.audience},
                {"scope", kScope},
                {"requested_token_type", kAccessTokenType},
                {"subject_token", subject.token},
                {"subject_token_type", subject.token_type}};
  // Whose quota it is: the client's, or that of the project.
  if (client.id.empty() && !subject.user_project.empty())
    fields.emplace_back("options", R"({"userProject":)" + json_quote(subject.user_project) + "}");
  auto request = form_request(url, fields);
  add_basic(request, client);
  return token_in(host_api, host_api.send_one(request), source);
}

TokenAnswer impersonate(common::HostApi& host_api, const Impersonation& impersonation,
                        const AccessToken& caller) {
  std::string delegates;
  for (const auto& one : impersonation.delegates.value_or(std::vector<std::string>()))
    delegates += (delegates.empty() ? "" : ",") + json_quote(one);
  const std::string body =
      "{" + (impersonation.delegates ? R"("delegates":[)" + delegates + "]," : std::string()) +
      R"("scope":[")" + kScope + R"("],"lifetime":")" + std::to_string(impersonation.lifetime) +
      R"(s"})";
  const auto response = host_api.send_one({"POST",
                                           impersonation.url,
                                           {{"Accept", "application/json"},
                                            {"Authorization", "Bearer " + caller.token},
                                            {"Content-Type", "application/json"}},
                                           body,
                                           0,
                                           true});
  const std::string account = account_of(impersonation.url);
  const TokenSource source{"service account " + account + ", by way of " + caller.source,
                           "serviceAccount:" + account,
                           "gcloud iam service-accounts add-iam-policy-binding " + account +
                               " --member=" + (caller.member.empty() ? "MEMBER" : caller.member) +
                               " --role=roles/iam.serviceAccountTokenCreator"};
  const auto json = response.ok() ? Json::parse(response.body) : std::nullopt;
  const auto token = json ? json->string("accessToken") : std::nullopt;
  if (!token) return rejected(host_api, response, source);
  const auto expires = common::parse_time(json->string("expireTime").value_or(""));
  return {AccessToken{*token, expires.value_or(0), source.source, source.member}, {}};
}

TokenAnswer token_in(common::HostApi& host_api, const common::Response& response,
                     const TokenSource& source) {
  const auto json = response.ok() ? Json::parse(response.body) : std::nullopt;
  const auto token = json ? json->string("access_token") : std::nullopt;
  if (!token) return rejected(host_api, response, source);
  const double lifetime = json->number("expires_in").value_or(0);
  const bool is_valid = lifetime > 0 && lifetime < static_cast<double>(kMaxLifetime);
  return {AccessToken{*token, is_valid ? host_api.now() + static_cast<std::int64_t>(lifetime) : 0,
                      source.source, source.member},
          {}};
}

bool is_googles(const std::string& url) {
  if (!common::starts_with(url, "https://")) return false;
  const std::string host = common::host_of_url(url);
  return host == "accounts.google.com" ||
         (common::ends_with(host, ".googleapis.com") &&
          host.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-") == std::string::npos);
}

std::string error_message(const common::Response& response) {
  const auto json = Json::parse(response.body);
  const auto plain = "status " + std::to_string(response.status);
  if (!json) return plain;
  if (const auto code = json->string("error")) {
    const auto why = json->string("error_description");
    return *code + (why ? ": " + why->substr(0, kMaxMessage) : "");
  }
  const Json* error = json->find("error");
  if (error == nullptr || !error->string("message")) return plain;
  return error->string("status").value_or(plain) + ": " +
         error->string("message")->substr(0, kMaxMessage);
}

}  // namespace berth::gcp
