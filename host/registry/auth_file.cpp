#include "registry/auth_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>

#include "base/escape.hpp"
#include "base/file_io.hpp"
#include "base/file_trust.hpp"
#include "base/json_parser.hpp"
#include "platform/open_file.hpp"
#include "registry/auth_entry.hpp"
#include "registry/auth_helper.hpp"
#include "registry/credential_helper.hpp"

namespace berth::registry {
namespace {

using base::Json;
using Found = std::optional<Credential>;

bool is_blank(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

bool looks_like_entry(const Json& value) {
  return value.find_any_case("auth") != nullptr ||
         value.find_any_case("identitytoken") != nullptr ||
         (value.find_any_case("username") != nullptr && value.find_any_case("password") != nullptr);
}

}  // namespace

base::Error AuthFile::broken(std::string cause) const {
  auto error = base::Error(base::ErrorClass::auth, "auth.config",
                           "cannot read credentials from " + options_.location)
                   .cause(std::move(cause));
  if (options_.text) return std::move(error).fix("correct or unset " + options_.location);
  if (options_.variable.empty()) return std::move(error).fix("fix or remove the file");
  return std::move(error).fix(
      fmt::format("fix the file, or {}, which points to it", options_.variable));
}

// Returns std::nullopt if the file does not exist.
base::Result<std::optional<std::string>> AuthFile::read_text() {
  using Text = std::optional<std::string>;
  if (options_.text) return Text(*options_.text);
  const auto& path = options_.location;
  struct stat status {};
  const platform::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  const int failed = file && ::fstat(file.get(), &status) == 0 ? 0 : errno;
  if (failed == 0 && platform::is_null_device(status)) return Text();
  const bool named = !options_.variable.empty();
  if (failed == ENOENT && named) note_ = ": no such file";
  if (failed == ENOENT) return Text();
  if (failed != 0 && !named) note_ = ": " + base::errno_text(failed);
  if ((failed == EACCES || failed == ENOTDIR) && !named) return Text();
  if (failed == ENOTDIR)
    return broken(fmt::format("{} names a file; it must name a directory", options_.variable));
  if (failed != 0) return broken(base::errno_text(failed));
  // A pipe would block until its writer opens it.
  if (!S_ISREG(status.st_mode)) return broken("it is not a regular file");
  if (options_.log != nullptr) base::warn_of_untrusted_file(path, *options_.log);
  auto text = base::read_rest(file.get(), path, base::kMaxJsonFile);
  if (!text) return broken(text.error().cause());
  return Text(std::move(*text));
}

// Returns an empty object if the file does not exist or is empty.
base::Result<Json> AuthFile::read_document() {
  BERTH_TRY(const auto text, read_text());
  if (!text) return Json::object();
  if (is_blank(*text)) {
    note_ = ": empty";
    return Json::object();
  }
  auto config = base::parse_json_lenient(*text, options_.location, kAuthFileLimits);
  if (!config && options_.text && text->front() == '/')
    return broken("it contains a path; it must contain the text of a config.json")
        .fix("REGISTRY_AUTH_FILE=" + *text);
  if (!config) return broken(config.error().cause());
  if (config->is_null()) return Json::object();
  if (!config->is_object()) return broken("it is not a JSON object");
  return std::move(*config);
}

base::Result<Found> AuthFile::ask_helper(const Json& config, const std::string& host) {
  auto named = helper_for(config, host);
  if (!named) return broken(named.error().cause());
  if (named->name.empty()) return Found();
  BERTH_TRY(auto helper, CredentialHelper::named(named->name, cancellation_));
  // The config.json may come from another machine. docker continues without credentials, skopeo
  // with `auths`.
  if (named->field == "credsStore" && !helper.is_installed()) {
    note_ = fmt::format(", its credsStore {} is not installed", helper.program());
    return Found();
  }
  auto credential = HelperSource(std::move(helper)).find({host, {}});
  if (!credential && credential.error().error_class() == base::ErrorClass::auth) {
    auto cause = fmt::format("{}; configured by {} in {}", credential.error().cause(), named->field,
                             options_.location);
    return std::move(credential).error().cause(std::move(cause));
  }
  if (credential && *credential) (*credential)->source += ", configured in " + options_.location;
  return credential;
}

// Fails if this host has an entry at the top level instead of in `auths`, which is the format of
// ~/.dockercfg.
base::Result<void> AuthFile::check_top_level(const Json& config,
                                             const CredentialRequest& request) const {
  const auto& members = *config.as_object();
  for (const auto* member :
       matching_members(members, request.host, request.repository, KeyRule::containers))
    if (member->second.is_object() && looks_like_entry(member->second))
      return broken(fmt::format("entry {0} is not inside \"auths\": {{\"auths\": {{{0}: …}}}}",
                                base::quote(member->first)));
  return {};
}

bool AuthFile::is_wanted(const Found& found) const {
  return found && (options_.username.empty() || found->username == options_.username);
}

base::Result<Found> AuthFile::find_in(const Json& entries, const CredentialRequest& request) {
  for (const auto* member :
       matching_members(*entries.as_object(), request.host, request.repository, options_.keys)) {
    auto entry = read_auth_entry(member->second, options_.location, member->first);
    if (!entry.problem.empty())
      return broken(fmt::format("entry {}: {}", base::quote(member->first), entry.problem))
          .fix("berth login " + request.host +
               ", or fix the entry: auth is the base64 of USER:PASSWORD");
    if (!entry.note.empty())
      note_ = fmt::format(", entry {}: {}", base::escape(member->first), entry.note);
    if (is_wanted(entry.credential)) return std::move(entry.credential);
  }
  return Found();
}

base::Result<Found> AuthFile::find(const CredentialRequest& request) {
  note_.clear();
  BERTH_TRY(const auto config, read_document());
  if (options_.legacy) return find_in(config, request);
  BERTH_TRY(auto stored, ask_helper(config, request.host));
  if (is_wanted(stored)) return stored;
  const Json* entries = config.find_any_case("auths");
  if (entries != nullptr && !entries->is_object() && !entries->is_null())
    return broken("\"auths\" is not an object");
  if (entries != nullptr && entries->is_object()) {
    BERTH_TRY(auto found, find_in(*entries, request));
    if (found) return found;
  }
  BERTH_CHECK(check_top_level(config, request));
  return Found();
}

}  // namespace berth::registry
