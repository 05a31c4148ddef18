#include "flavor/provided_credential.hpp"

#include <berth/abi.h>
#include <fmt/format.h>

#include <algorithm>

#include "base/escape.hpp"

namespace berth::flavor {
namespace {

using base::Error;
using base::ErrorClass;
using registry::Credential;

constexpr std::size_t kMaxUsername = 255;
constexpr std::size_t kMaxReason = 200;
constexpr std::chrono::seconds kRenewBefore{30};
constexpr std::chrono::hours kFarAway{24 * 365};

std::optional<Credential::Kind> kind_of(std::int32_t kind) {
  if (kind == BERTH_CREDENTIAL_PASSWORD) return Credential::Kind::password;
  if (kind == BERTH_CREDENTIAL_IDENTITY_TOKEN) return Credential::Kind::identity_token;
  if (kind == BERTH_CREDENTIAL_REGISTRY_TOKEN) return Credential::Kind::registry_token;
  return std::nullopt;
}

// RFC 7617: a user name contains no colon; neither user name nor password contains control
// characters.
bool is_username(std::string_view text) {
  return !text.empty() && text.size() <= kMaxUsername && base::is_clean_text(text) &&
         text.find(':') == std::string_view::npos;
}

bool is_secret(std::string_view text, Credential::Kind kind) {
  if (text.empty() || text.size() > channel::kMaxSecret) return false;
  if (kind == Credential::Kind::password) return base::is_clean_text(text);
  return std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7F; });
}

std::string source_of(const Credential& credential, const std::string& flavor,
                      const std::string& from) {
  const char* kind =
      credential.kind == Credential::Kind::identity_token ? "identity token" : "registry token";
  const std::string what = credential.kind == Credential::Kind::password
                               ? fmt::format("password of {}", base::escape(credential.username))
                               : std::string(kind);
  return from.empty() ? fmt::format("{}, from flavor {}", what, flavor)
                      : fmt::format("{}, from flavor {}: {}", what, flavor, from);
}

}  // namespace

std::optional<std::chrono::steady_clock::time_point> renewal_time(
    std::int64_t expires, std::chrono::system_clock::time_point now,
    std::chrono::steady_clock::time_point steady_now) {
  const std::int64_t since_epoch =
      std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  if (expires <= since_epoch || expires - since_epoch > std::chrono::seconds(kFarAway).count())
    return std::nullopt;
  const std::chrono::seconds left(expires - since_epoch);
  return steady_now + left - std::min<std::chrono::steady_clock::duration>(kRenewBefore, left / 2);
}

base::Result<ProvidedCredential> validate_credential(channel::GetCredential::Response response,
                                                     const std::string& flavor,
                                                     const std::string& path) {
  auto bad = [&](std::string cause) {
    return Error(ErrorClass::plugin, "plugin.bad-credential",
                 fmt::format("plugin {} returned invalid credentials", path))
        .cause(std::move(cause));
  };
  if (!response.credential)
    return ProvidedCredential{std::nullopt, base::escape(response.reason, kMaxReason)};
  auto& provided = *response.credential;
  const auto kind = kind_of(provided.kind);
  if (!kind)
    return ProvidedCredential{
        std::nullopt,
        fmt::format("this version of berth does not support its credentials of kind {}",
                    provided.kind)};
  if (!is_secret(provided.secret.reveal(), *kind))
    return bad("their secret is empty, longer than 64 KiB, or has characters that cannot be sent");
  const bool password = *kind == Credential::Kind::password;
  if (password && !is_username(provided.username))
    return bad("invalid user name " + base::quote(provided.username, 80));
  Credential credential{password ? std::move(provided.username) : std::string(),
                        std::move(provided.secret),
                        {},
                        *kind};
  credential.source = source_of(credential, flavor, base::escape(provided.source, kMaxReason));
  credential.renew_at = renewal_time(provided.expires_at, std::chrono::system_clock::now(),
                                     std::chrono::steady_clock::now());
  return ProvidedCredential{std::move(credential), {}};
}

Error broken_source(const std::string& flavor, const channel::PluginError& error) {
  return Error(ErrorClass::auth, "auth.flavor",
               fmt::format("flavor {} cannot get credentials", flavor))
      .cause(base::escape(error.message))
      .fix(base::escape(error.fix));
}

}  // namespace berth::flavor
