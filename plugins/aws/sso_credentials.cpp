#include "aws/sso_credentials.hpp"

#include <berth/encoding.hpp>
#include <berth/json.hpp>

#include "aws/process_credentials.hpp"
#include "cloud/sha1.hpp"
#include "cloud/text.hpp"
#include "cloud/time.hpp"

namespace berth::aws {
namespace {

struct SignOn {
  std::string region;
  std::string cache_file;  // named after the session, or, without one, after its start page
};

std::optional<SignOn> sign_on_of(const Profiles& profiles, const std::string& profile) {
  if (const auto session = profiles.get(profile, "sso_session")) {
    const auto region = profiles.sso_session(*session, "sso_region");
    if (!region) return std::nullopt;
    return SignOn{*region, "~/.aws/sso/cache/" + hex(cloud::sha1(*session)) + ".json"};
  }
  const auto start = profiles.get(profile, "sso_start_url");
  const auto region = profiles.get(profile, "sso_region");
  if (!start || !region) return std::nullopt;
  return SignOn{*region, "~/.aws/sso/cache/" + hex(cloud::sha1(*start)) + ".json"};
}

KeysAnswer role_credentials(const cloud::Response& response, const std::string& source) {
  if (response.status == 401)
    return {std::nullopt, source + ": the single sign-on was refused; sign on again: aws sso login"};
  if (!response.ok())
    return {std::nullopt, source + ": " +
                              (response.status == 0 ? response.problem
                                                    : "status " + std::to_string(response.status) + ", " +
                                                          response.body.substr(0, 200))};
  const auto json = Json::parse(response.body);
  const Json* keys = json ? json->find("roleCredentials") : nullptr;
  if (keys == nullptr || !keys->string("accessKeyId") || !keys->string("secretAccessKey"))
    return {std::nullopt, source + ": the answer has no roleCredentials"};
  return {
      Keys{*keys->string("accessKeyId"), *keys->string("secretAccessKey"), keys->string("sessionToken").value_or(""),
           static_cast<std::int64_t>(keys->number("expiration").value_or(0) / 1000), source},
      {}};
}

}  // namespace

KeysAnswer sso_keys(cloud::Machine& machine, const Profiles& profiles, const std::string& profile) {
  const std::string source = "single sign-on of " + profiles.place(profile);
  const auto role = profiles.get(profile, "sso_role_name");
  const auto sign_on = sign_on_of(profiles, profile);
  if (!role || !sign_on)
    return {std::nullopt, source + ": it lacks sso_role_name, sso_region, or sso_session and sso_start_url"};
  const std::string login = "aws sso login --profile " + profile;
  const cloud::File file = machine.file(sign_on->cache_file);
  if (!file.problem.empty()) return {std::nullopt, sign_on->cache_file + ": " + file.problem};
  if (!file.found) return {std::nullopt, source + ": nobody has signed on: " + login};
  const auto cache = Json::parse(file.text);
  const auto token = cache ? cache->string("accessToken") : std::nullopt;
  const auto expires = cache ? cloud::parse_time(cache->string("expiresAt").value_or("")) : std::nullopt;
  if (!token || !expires) return {std::nullopt, sign_on->cache_file + " is broken; sign on again: " + login};
  if (*expires <= machine.now())
    return exported_keys(machine, profile, source + " ended at " + cloud::extended_time(*expires) + ": " + login);
  const std::string url = "https://portal.sso." + sign_on->region + ".amazonaws.com/federation/credentials?" +
                          form({{"role_name", *role}, {"account_id", *profiles.get(profile, "sso_account_id")}});
  return role_credentials(machine.send_one({"GET", url, {{"x-amz-sso_bearer_token", *token}}, {}}), source);
}

}  // namespace berth::aws
