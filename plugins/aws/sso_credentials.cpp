#include "aws/sso_credentials.hpp"

#include <berth/encoding.hpp>
#include <berth/json.hpp>

#include "aws/process_credentials.hpp"
#include "common/sha1.hpp"
#include "common/text.hpp"
#include "common/time.hpp"

namespace berth::aws {
namespace {

struct SignOn {
  std::string region;
  std::string cache_file;  // named after the session, or, without one, after its start page
  std::string missing;     // the key that the files lack; empty: none
};

SignOn sign_on_of(const Profiles& profiles, const std::string& profile) {
  const auto session = profiles.get(profile, "sso_session");
  const auto region =
      session ? profiles.sso_session(*session, "sso_region") : profiles.get(profile, "sso_region");
  const auto start = session ? session : profiles.get(profile, "sso_start_url");
  if (!start) return {{}, {}, "sso_session or sso_start_url"};
  if (!region)
    return {{}, {}, session ? "sso_region in [sso-session " + *session + "]" : "sso_region"};
  return {*region, "~/.aws/sso/cache/" + hex(common::sha1(*start)) + ".json", {}};
}

KeysAnswer role_credentials(const common::Response& response, const std::string& source,
                            const std::string& login) {
  if (response.status == 401)
    return {std::nullopt, source + ": the single sign-on has ended or was revoked", login};
  if (!response.ok()) {
    const std::string shown = response.status == 0 ? "" : ", " + response.body.substr(0, 200);
    std::string fix = login;
    if (response.status == 403)
      fix = "check sso_account_id and sso_role_name: aws sso list-accounts";
    if (common::is_busy(response)) fix = common::retry_fix(response);
    return {std::nullopt, source + ": " + common::failure_of(response) + shown, fix};
  }
  const auto json = Json::parse(response.body);
  const Json* keys = json ? json->find("roleCredentials") : nullptr;
  const auto id = keys != nullptr ? keys->string("accessKeyId") : std::nullopt;
  const auto secret = keys != nullptr ? keys->string("secretAccessKey") : std::nullopt;
  if (!id || !secret)
    return {std::nullopt, source + ": the response has no roleCredentials", login};
  return {
      Keys{*id, *secret, keys->string("sessionToken").value_or(""),
           static_cast<std::int64_t>(keys->number("expiration").value_or(0) / 1000), source, login},
      {}};
}

}  // namespace

KeysAnswer sso_keys(common::HostApi& host_api, const Profiles& profiles,
                    const std::string& profile) {
  const std::string source = "single sign-on of " + profiles.source(profile);
  const auto role = profiles.get(profile, "sso_role_name");
  const auto account = profiles.get(profile, "sso_account_id");
  SignOn sign_on = sign_on_of(profiles, profile);
  if (!account) sign_on.missing = "sso_account_id";
  if (!role) sign_on.missing = "sso_role_name";
  if (!sign_on.missing.empty())
    return {std::nullopt, source + " lacks " + sign_on.missing,
            "aws configure sso --profile " + profile};
  const std::string login = "aws sso login --profile " + profile;
  const common::File file = host_api.file(sign_on.cache_file);
  if (!file.problem.empty())
    return {std::nullopt, source + ": " + sign_on.cache_file + ": " + file.problem, login};
  if (!file.found) return {std::nullopt, source + ": not signed on", login};
  const auto cache = Json::parse(file.text);
  const auto token = cache ? cache->string("accessToken") : std::nullopt;
  const auto expires =
      cache ? common::parse_time(cache->string("expiresAt").value_or("")) : std::nullopt;
  if (!token || !expires)
    return {std::nullopt, source + ": " + sign_on.cache_file + " is damaged", login};
  if (*expires <= host_api.now())
    return exported_keys(host_api, profile,
                         source + " expired at " + common::extended_time(*expires), login);
  const std::string url = "https://portal.sso." + sign_on.region +
                          ".amazonaws.com/federation/credentials?" +
                          form_encode({{"role_name", *role}, {"account_id", *account}});
  return role_credentials(host_api.send_one({"GET", url, {{"x-amz-sso_bearer_token", *token}}, {}}),
                          source, login);
}

}  // namespace berth::aws
