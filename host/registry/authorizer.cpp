#include "registry/authorizer.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/base64.hpp"
#include "registry/api_error.hpp"
#include "registry/challenge.hpp"

namespace berth::registry {
namespace {

using base::Error;
using base::ErrorClass;

bool offers_basic(const http::Response& refusal) {
  for (const auto header : refusal.header_all("www-authenticate"))
    for (const auto& challenge : parse_challenges(header))
      if (challenge.scheme == "basic") return true;
  return false;
}

std::string offered(const http::Response& refusal) {
  std::vector<std::string> schemes;
  for (const auto header : refusal.header_all("www-authenticate"))
    for (const auto& challenge : parse_challenges(header)) schemes.push_back(challenge.scheme);
  return schemes.empty() ? "it named no way to log in" : fmt::format("it asks for {}", fmt::join(schemes, ", "));
}

}  // namespace

std::optional<base::Secret> Authorizer::header() {
  const std::lock_guard lock(mutex_);
  if (!challenged_ || !found_.credential) return std::nullopt;
  const auto& credential = *found_.credential;
  return base::Secret("Basic " +
                      base::base64_encode(credential.username + ":" + std::string(credential.password.reveal())));
}

base::Result<void> Authorizer::look_up() {
  if (looked_up_) return {};
  BERTH_TRY(found_, credentials_.credential_for(host_));
  looked_up_ = true;
  return {};
}

base::Result<void> Authorizer::answer(const http::Response& refusal, bool sent) {
  const std::lock_guard lock(mutex_);
  BERTH_CHECK(look_up());
  if (!found_.credential) {
    Error error(ErrorClass::auth, "auth.required", host_ + " wants a login");
    return std::move(error)
        .cause(fmt::format("no credentials for {} (looked in: {})", host_, fmt::join(found_.tried, ", ")))
        .registry(registry_words(refusal))
        .fix("docker login " + host_ + ", or --username USER --password-stdin");
  }
  if (sent)
    return Error(ErrorClass::auth, "auth.refused",
                 fmt::format("{} refused user {}", host_, found_.credential->username))
        .cause(found_.credential->origin)
        .registry(registry_words(refusal))
        .fix("log in again: docker login " + host_);
  if (!offers_basic(refusal))
    return Error(ErrorClass::auth, "auth.scheme", host_ + " wants a login that this berth does not know")
        .cause(offered(refusal))
        .registry(registry_words(refusal));
  challenged_ = true;
  return {};
}

std::string Authorizer::account() {
  const std::lock_guard lock(mutex_);
  return challenged_ && found_.credential ? found_.credential->origin : "anonymous";
}

std::string Authorizer::username() {
  const std::lock_guard lock(mutex_);
  return challenged_ && found_.credential ? found_.credential->username : "anonymous";
}

}  // namespace berth::registry
