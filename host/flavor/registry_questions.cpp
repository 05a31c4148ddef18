#include "flavor/registry_questions.hpp"

#include <berth/abi.h>

#include <algorithm>

#include "base/base64.hpp"
#include "base/escape.hpp"
#include "http/normal_path.hpp"
#include "oci/grammar.hpp"
#include "oci/reference.hpp"
#include "registry/scope_set.hpp"

namespace berth::flavor {
namespace {

using base::Json;

constexpr std::size_t kLongestQuestion = 2048;
// A rejected lookup of the flavor leaves the credentials in use: it must not make the push that
// follows lose them.
constexpr auto kRestricted = registry::Need::restricted;

Json answered(std::int64_t status) { return Json::object({{"status", status}}); }

std::string asked_for(const Json& question, std::string_view key) {
  return question.string_or(key, "").substr(0, kLongestQuestion);
}

base::Error not_askable(const std::string& what, std::string why) {
  return base::Error(base::ErrorClass::plugin, "plugin.question", "invalid request of the flavor: " + what)
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

base::Result<Json> RegistryQuestions::answer(const std::string& what, const Json& question) const {
  auto answered = answer_one(what, question);
  if (answered || (answered.error().code() != "auth.denied" && answered.error().code() != "auth.required"))
    return answered;
  // A rejected HEAD has no body, so it does not show why the credentials are rejected. GET /v2/
  // does.
  auto pinged = session_.access().ping(uri_path_);
  return pinged || pinged.error().error_class() != base::ErrorClass::auth ? std::move(answered)
                                                                          : std::move(pinged).error();
}

base::Result<Json> RegistryQuestions::answer_one(const std::string& what, const Json& question) const {
  if (what == "registry.manifest") return manifest(question);
  if (what == "registry.blob") return blob(question);
  if (what == "registry.granted") return granted(question);
  if (what == "registry.upload") return upload(question);
  if (what == "registry.ask") return ask(question);
  if (what == "registry.account") return account();
  if (what == "registry.may_create")
    return answered(permissions_.side_effects ? BERTH_STATUS_OK : BERTH_STATUS_REFUSED);
  if (what != "registry.probe") return not_askable(what, "the host does not support this request");
  BERTH_CHECK(session_.access().ping(uri_path_));
  return answered(BERTH_STATUS_OK);
}

// Returns the repository with the path of the URI in front of it. The plugin names repositories
// relative to the URI, so that it cannot access others. An empty name is the URI itself.
base::Result<std::string> RegistryQuestions::full_repository(const Json& question) const {
  const std::string below = asked_for(question, "repository");
  if (below.empty() && !uri_path_.empty()) return uri_path_;
  BERTH_CHECK(oci::check_repository(below));
  return uri_path_.empty() ? below : uri_path_ + "/" + below;
}

base::Result<Json> RegistryQuestions::manifest(const Json& question) const {
  BERTH_TRY(const auto repository, full_repository(question));
  const std::string reference = asked_for(question, "reference");
  if (!oci::Digest::parse(reference)) BERTH_CHECK(oci::check_tag(reference));
  BERTH_TRY(const auto manifest, session_.manifests().head(repository, reference, kRestricted));
  if (!manifest) return answered(BERTH_STATUS_NOT_FOUND);
  if (manifest->digest)
    return Json::object({{"status", std::int64_t{BERTH_STATUS_OK}}, {"digest", manifest->digest->str()}});
  BERTH_TRY(const auto fetched, session_.manifests().fetch(repository, reference, kRestricted));
  if (!fetched) return answered(BERTH_STATUS_NOT_FOUND);
  return Json::object({{"status", std::int64_t{BERTH_STATUS_OK}}, {"digest", fetched->digest.str()}});
}

base::Result<Json> RegistryQuestions::blob(const Json& question) const {
  BERTH_TRY(const auto repository, full_repository(question));
  BERTH_TRY(const auto digest, oci::Digest::parse(asked_for(question, "digest")));
  BERTH_TRY(const auto size, session_.blobs().size(repository, digest, kRestricted));
  if (!size) return answered(BERTH_STATUS_NOT_FOUND);
  return Json::object({{"status", std::int64_t{BERTH_STATUS_OK}}, {"bytes", *size}});
}

base::Result<void> RegistryQuestions::check_side_effects(bool expected) const {
  if (permissions_.side_effects || !expected) return {};
  return base::Error(base::ErrorClass::validation, "check.may-create", "the request may create a repository")
      .fix("allow it with berth check --probe");
}

base::Result<Json> RegistryQuestions::granted(const Json& question) const {
  const std::string actions = asked_for(question, "actions");
  // The plugin's own statement about side effects is trusted only if the user trusts the plugin.
  BERTH_CHECK(
      check_side_effects(question.is_true("may_create") || (!permissions_.trusted && !registry::only_reads(actions))));
  BERTH_TRY(const auto repository, full_repository(question));
  if (actions.empty() || actions.find_first_not_of("abcdefghijklmnopqrstuvwxyz_,*") != std::string::npos)
    return not_askable("granted", "invalid actions " + base::quote(actions, 80));
  BERTH_TRY(const auto granted, session_.access().request_actions(repository, actions));
  if (!granted) return answered(BERTH_STATUS_NOT_FOUND);
  return Json::object({{"status", std::int64_t{BERTH_STATUS_OK}}, {"granted", *granted}});
}

base::Result<Json> RegistryQuestions::account() const {
  BERTH_TRY(const auto credential, session_.access().current_credential());
  if (!credential) return answered(BERTH_STATUS_NOT_FOUND);
  return Json::object({{"status", std::int64_t{BERTH_STATUS_OK}},
                       {"username", base::escape(credential->username)},
                       {"source", credential->source}});
}

base::Result<Json> RegistryQuestions::upload(const Json& question) const {
  BERTH_CHECK(check_side_effects(true));
  BERTH_TRY(const auto repository, full_repository(question));
  BERTH_CHECK(session_.uploads().check_push_permission(repository));
  return answered(BERTH_STATUS_OK);
}

// Paths outside of the distribution API are product-specific and allowed. Within it, only the
// repositories of this container registry may be accessed.
base::Result<void> RegistryQuestions::check_below(const std::string& path, const std::string& scope) const {
  if (const auto normal = http::check_normal_path(path); !normal)
    return not_askable("path " + base::quote(path, 80), normal.error().cause());
  if (!is_plain(scope)) return not_askable("scope " + base::quote(scope, 80), "it has spaces or control characters");
  const std::string mine = uri_path_.empty() ? "" : "/" + uri_path_;
  const std::string_view plain = std::string_view(path).substr(0, path.find('?'));
  if (is_of_api(plain) && plain != "/v2/" && !(plain.starts_with("/v2/") && is_below(plain.substr(3), mine)))
    return not_askable("path " + base::quote(path, 80), "it is outside the container registry's URI");
  if (!scope.empty() && !is_scope_below(scope, mine))
    return not_askable("scope " + base::quote(scope, 80), "its repository is outside the container registry's URI");
  return {};
}

base::Result<Json> RegistryQuestions::ask(const Json& question) const {
  const std::string method = asked_for(question, "method");
  if (method != "GET" && method != "HEAD")
    return not_askable("method " + base::quote(method, 40), "only GET and HEAD are allowed");
  registry::RawRequest own{method == "HEAD" ? http::Method::head : http::Method::get, asked_for(question, "path"),
                           asked_for(question, "scope"), question.is_true("anonymous"), uri_path_};
  BERTH_CHECK(check_below(own.path, own.scope));
  if (!own.scope.empty())
    BERTH_CHECK(check_side_effects(!permissions_.trusted && !registry::only_reads(actions_of(own.scope))));
  BERTH_TRY(const auto response, session_.send_raw(own));
  std::string head;
  for (const auto& [name, value] : response.headers) head += name + ": " + base::escape(value) + "\n";
  return Json::object({{"status", std::int64_t{BERTH_STATUS_OK}},
                       {"http_status", std::int64_t{response.status}},
                       {"head", head},
                       {"body", base::base64_encode(response.body)}});
}

}  // namespace berth::flavor
