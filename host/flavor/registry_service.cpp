#include "flavor/registry_service.hpp"

#include <algorithm>

#include "base/escape.hpp"
#include "channel/protocol.hpp"
#include "http/normal_path.hpp"
#include "oci/grammar.hpp"
#include "oci/reference.hpp"
#include "registry/scope_set.hpp"

namespace berth::flavor {
namespace {

using base::Json;

// A rejected lookup of the flavor leaves the credentials in use: it must not make the push that
// follows lose them.
constexpr auto kRestricted = registry::Need::restricted;

base::Error invalid_request(const std::string& what, std::string why) {
  return base::Error(base::ErrorClass::plugin, "plugin.question",
                     "invalid request of the flavor: " + what)
      .cause(std::move(why));
}

bool is_plain(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

// Whether `path` belongs to the distribution API. Compared without case, because some servers
// ignore the case of paths.
bool is_of_api(std::string_view path) {
  const auto lower = oci::to_lower(path.substr(0, 4));
  return lower == "/v2" || lower == "/v2/";
}

// Whether `path` is `base` or below it.
bool is_below(std::string_view path, std::string_view base) {
  return path.starts_with(base) && (path.size() == base.size() || path[base.size()] == '/');
}

std::string_view actions_of(std::string_view scope) { return scope.substr(scope.rfind(':') + 1); }

// Whether `scope` is "repository:NAME:ACTIONS" with NAME, written as "/NAME", at or below `base`.
bool is_scope_below(std::string_view scope, std::string_view base) {
  constexpr std::string_view kKind = "repository:";
  if (!scope.starts_with(kKind)) return false;
  scope.remove_prefix(kKind.size());
  return is_below("/" + std::string(scope.substr(0, scope.rfind(':'))), base);
}

}  // namespace

base::Result<std::optional<Json>> RegistryService::handle(std::string_view method,
                                                          const Json& params) const {
  auto served = channel::serve<channel::RegistryCalls>(
      method, params, [this](const auto& request) { return serve(request); });
  if (served ||
      (served.error().code() != "auth.denied" && served.error().code() != "auth.required"))
    return served;
  // A rejected HEAD has no body, so it does not show why the credentials are rejected. GET /v2/
  // does.
  auto pinged = session_.access().ping(uri_path_);
  return pinged || pinged.error().error_class() != base::ErrorClass::auth
             ? std::move(served)
             : std::move(pinged).error();
}

RegistryService::Response<channel::ProbeRegistry> RegistryService::serve(
    const channel::ProbeRegistry::Request& /*request*/) const {
  BERTH_CHECK(session_.access().ping(uri_path_));
  return std::optional(channel::Empty());
}

RegistryService::Response<channel::SideEffectsAllowed> RegistryService::serve(
    const channel::SideEffectsAllowed::Request& /*request*/) const {
  return std::optional(channel::SideEffectsAllowed::Response{permissions_.side_effects});
}

// Returns the repository with the path of the URI in front of it. The plugin names repositories
// relative to the URI, so that it cannot access others. An empty name is the URI itself.
base::Result<std::string> RegistryService::repository_path(const std::string& below) const {
  if (below.empty() && !uri_path_.empty()) return uri_path_;
  BERTH_CHECK(oci::check_repository(below));
  return uri_path_.empty() ? below : uri_path_ + "/" + below;
}

RegistryService::Response<channel::ManifestDigest> RegistryService::serve(
    const channel::ManifestDigest::Request& request) const {
  using Response = channel::ManifestDigest::Response;
  BERTH_TRY(const auto repository, repository_path(request.repository));
  if (!oci::Digest::parse(request.reference)) BERTH_CHECK(oci::check_tag(request.reference));
  BERTH_TRY(const auto manifest,
            session_.manifests().head(repository, request.reference, kRestricted));
  if (!manifest) return std::optional<Response>();
  if (manifest->digest) return std::optional(Response{manifest->digest->str()});
  BERTH_TRY(const auto fetched,
            session_.manifests().fetch(repository, request.reference, kRestricted));
  return fetched ? std::optional(Response{fetched->digest.str()}) : std::nullopt;
}

RegistryService::Response<channel::BlobSize> RegistryService::serve(
    const channel::BlobSize::Request& request) const {
  BERTH_TRY(const auto repository, repository_path(request.repository));
  BERTH_TRY(const auto digest, oci::Digest::parse(request.digest));
  BERTH_TRY(const auto size, session_.blobs().size(repository, digest, kRestricted));
  return size ? std::optional(channel::BlobSize::Response{*size}) : std::nullopt;
}

base::Result<void> RegistryService::check_side_effects(bool expected) const {
  if (permissions_.side_effects || !expected) return {};
  return base::Error(base::ErrorClass::validation, "check.may-create",
                     "the request may create a repository")
      .fix("allow it with berth check --probe");
}

RegistryService::Response<channel::GrantedActions> RegistryService::serve(
    const channel::GrantedActions::Request& request) const {
  // The plugin's own statement about side effects is trusted only if the user trusts the plugin.
  BERTH_CHECK(
      check_side_effects(request.has_side_effects ||
                         (!permissions_.trusted && !registry::only_reads(request.actions))));
  BERTH_TRY(const auto repository, repository_path(request.repository));
  if (request.actions.empty() ||
      request.actions.find_first_not_of("abcdefghijklmnopqrstuvwxyz_,*") != std::string::npos)
    return invalid_request("granted", "invalid actions " + base::quote(request.actions, 80));
  BERTH_TRY(auto granted, session_.access().request_actions(repository, request.actions));
  return granted ? std::optional(channel::GrantedActions::Response{std::move(*granted)})
                 : std::nullopt;
}

RegistryService::Response<channel::GetAccount> RegistryService::serve(
    const channel::GetAccount::Request& /*request*/) const {
  BERTH_TRY(const auto credential, session_.access().current_credential());
  if (!credential) return std::optional<channel::GetAccount::Response>();
  return std::optional(
      channel::GetAccount::Response{base::escape(credential->username), credential->source});
}

RegistryService::Response<channel::CheckPushPermission> RegistryService::serve(
    const channel::CheckPushPermission::Request& request) const {
  BERTH_CHECK(check_side_effects(true));
  BERTH_TRY(const auto repository, repository_path(request.repository));
  BERTH_CHECK(session_.uploads().check_push_permission(repository));
  return std::optional(channel::Empty());
}

// Paths outside of the distribution API are product-specific and allowed. Within it, only the
// repositories of this container registry may be accessed.
base::Result<void> RegistryService::check_below(const std::string& path,
                                                const std::string& scope) const {
  if (const auto normal = http::check_normal_path(path); !normal)
    return invalid_request("path " + base::quote(path, 80), normal.error().cause());
  if (!is_plain(scope))
    return invalid_request("scope " + base::quote(scope, 80),
                           "it has spaces or control characters");
  const std::string mine = uri_path_.empty() ? "" : "/" + uri_path_;
  const std::string_view plain = std::string_view(path).substr(0, path.find('?'));
  if (is_of_api(plain) && plain != "/v2/" &&
      !(plain.starts_with("/v2/") && is_below(plain.substr(3), mine)))
    return invalid_request("path " + base::quote(path, 80),
                           "it is outside the container registry's URI");
  if (!scope.empty() && !is_scope_below(scope, mine))
    return invalid_request("scope " + base::quote(scope, 80),
                           "its repository is outside the container registry's URI");
  return {};
}

RegistryService::Response<channel::SendToRegistry> RegistryService::serve(
    const channel::SendToRegistry::Request& request) const {
  if (request.method != "GET" && request.method != "HEAD")
    return invalid_request("method " + base::quote(request.method, 40),
                           "only GET and HEAD are allowed");
  registry::RawRequest own{request.method == "HEAD" ? http::Method::head : http::Method::get,
                           request.path, request.scope, request.unauthenticated, uri_path_};
  BERTH_CHECK(check_below(own.path, own.scope));
  if (!own.scope.empty())
    BERTH_CHECK(
        check_side_effects(!permissions_.trusted && !registry::only_reads(actions_of(own.scope))));
  BERTH_TRY(auto response, session_.send_raw(own));
  channel::SendToRegistry::Response result{response.status, {}, std::move(response.body)};
  for (const auto& [name, value] : response.headers)
    result.headers += name + ": " + base::escape(value) + "\n";
  return std::optional(std::move(result));
}

}  // namespace berth::flavor
