#include "registry/token_cache.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/redact.hpp"
#include "registry/token_claims.hpp"

namespace berth::registry {
namespace {

// If a registry keeps responding with 401, one more token is requested than it should need.
constexpr int kMaxUnaccepted = 2;
// Per scope: before the push, and once more after it, since the repository may be new.
constexpr int kMaxOptionalRenewals = 2;

ScopeSet requested_scopes(const TokenScope& scope) {
  ScopeSet scopes(scope.scope);
  scopes.add(scope.mount_scope);
  return scopes;
}

}  // namespace

bool TokenEntry::is_sent_in(const base::Secret* header) const {
  return header != nullptr && token && bearer_header(token->value).reveal() == header->reveal();
}

bool TokenEntry::is_rejection_final(const std::string& needed, const AuthState& state,
                                    bool anonymous) const {
  if (state.optional && optional_renewals >= kMaxOptionalRenewals) return true;
  const int rejected = state.writes ? unaccepted_writes : unaccepted;
  if (state.replaced || rejected >= kMaxUnaccepted) return true;
  if (rejected == 0) return false;
  if (anonymous || state.optional) return true;
  if (needed.find(' ') != std::string::npos) return false;
  const auto grants = granted_actions(token->value, needed);
  return grants &&
         !ScopeSet(needed.substr(0, needed.rfind(':') + 1) + *grants).covers(ScopeSet(needed));
}

void TokenCache::use_service(const Challenge& challenge, http::AddressKind address) {
  const auto named = challenge.parameter("realm");
  if (named == named_realm_ && challenge.parameter("service") == service_.service) return;
  for (auto& [key, entry] : entries_) entry.token.reset();
  const auto realm = resolve_realm(named, origin_);
  service_ = {.realm = realm,
              .service = challenge.parameter("service"),
              .scopes = {},
              .addresses = realm_addresses(realm, origin_, address),
              .own_realm = own_realm(realm, origin_)};
  named_realm_ = named;
}

TokenEntry& TokenCache::entry(const TokenScope& scope) {
  auto& entry = entries_[scope.key()];
  if (entry.scopes.empty()) entry.scopes = requested_scopes(scope);
  return entry;
}

const Token* TokenCache::find_own(const TokenScope& scope) const {
  const auto own = entries_.find(scope.key());
  return own != entries_.end() && own->second.token ? &*own->second.token : nullptr;
}

const Token* TokenCache::find(const TokenScope& scope) const {
  if (const auto* own = find_own(scope)) return own;
  const auto scopes = requested_scopes(scope);
  for (const auto& [key, entry] : entries_)
    if (entry.token && !scopes.empty() && entry.scopes.covers(scopes)) return &*entry.token;
  return nullptr;
}

bool TokenCache::lacks_push(const TokenScope& scope) const {
  const auto* token = find(scope);
  if (token == nullptr || !token->denies_push) return false;
  return ScopeSet(scope.scope)
      .covers(ScopeSet("repository:" + repository_of(scope.scope) + ":push"));
}

bool TokenCache::lacks_mount(const TokenScope& scope) const {
  const auto* token = find(scope);
  if (token == nullptr || scope.mount_scope.empty()) return false;
  const auto granted = granted_actions(token->value, scope.mount_scope);
  return granted && only_reads(*granted) && granted->find("pull") == std::string::npos;
}

base::Result<void> TokenCache::fetch(TokenEntry& entry, Credential* credential) {
  if (credential != nullptr) BERTH_CHECK(check_realm(named_realm_, origin_, true));
  TokenRequest request = service_;
  request.scopes = entry.scopes.list();
  BERTH_TRY(auto token, fetch_token(pool_, host_, request, credential));
  log_.write(base::LogLevel::step, "token",
             {{"host", host_}, {"scope", fmt::format("{}", fmt::join(request.scopes, " "))}});
  // The service that the challenge named does not work: from now on that of the registry's own
  // origin.
  if (token.realm != service_.realm)
    service_ = {.realm = token.realm, .service = service_.service, .scopes = {}};
  if (token.identity && credential != nullptr &&
      credential->kind == Credential::Kind::identity_token)
    credential->password = token.identity->clone();
  entry.token = std::move(token);
  ++entry.unaccepted;
  ++entry.unaccepted_writes;
  return {};
}

void TokenCache::observe_accepted(const base::Secret& sent, bool reads) {
  for (auto& [key, entry] : entries_) {
    if ((entry.unaccepted == 0 && entry.unaccepted_writes == 0) || !entry.is_sent_in(&sent))
      continue;
    entry.unaccepted = 0;
    if (!reads) entry.unaccepted_writes = 0;
  }
}

void TokenCache::drop_tokens() {
  for (auto& [key, entry] : entries_) entry = {.scopes = entry.scopes, .token = std::nullopt};
}

std::string TokenCache::redacted(std::string text) const {
  for (const auto& [key, entry] : entries_)
    if (entry.token) text = base::redact(std::move(text), entry.token->value);
  return text;
}

}  // namespace berth::registry
