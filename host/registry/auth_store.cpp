#include "registry/auth_store.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/filesystem.hpp>

#include "base/base64.hpp"
#include "base/file_io.hpp"
#include "base/json_edit.hpp"
#include "base/json_parser.hpp"
#include "registry/auth_helper.hpp"
#include "registry/credential_helper.hpp"
#include "registry/credential_keys.hpp"

namespace berth::registry {
namespace {

using base::Error;
using base::ErrorClass;
using base::Json;

constexpr std::chrono::seconds kLockLimit{30};

// Returns the path with symbolic links resolved; the file need not exist.
std::string follow_links(const std::string& path) {
  boost::filesystem::path followed(path);
  boost::system::error_code error;
  constexpr int kMaxLinks = 40;  // the kernel's limit
  for (int links = 0; links < kMaxLinks && boost::filesystem::is_symlink(followed, error);
       ++links) {
    const auto target = boost::filesystem::read_symlink(followed, error);
    followed = target.is_absolute() ? target : followed.parent_path() / target;
  }
  return followed.string();
}

// Returns the key of a top-level member as written in the file.
std::string spelled(const Json& config, const char* name) {
  const Json* member = config.find_any_case(name);
  for (const auto& [key, value] : *config.as_object())
    if (&value == member) return key;
  return name;
}

// Returns the text with an entry for `server` whose only secret is `auth`; without `auth`, it has
// none. Its other fields stay.
std::string with_entry(std::string text, const Json& config, const std::string& server,
                       const std::optional<std::string>& auth) {
  const std::string auths = spelled(config, "auths");
  const Json* entries = config.find(auths);
  const Json* entry = entries != nullptr ? entries->find(server) : nullptr;
  std::string path[] = {auths, server, ""};
  if (entry == nullptr || !entry->is_object()) {
    auto fresh = auth ? Json::object({{"auth", *auth}}) : Json::object();
    return base::set_json_member(text, std::span(path, 2), fresh);
  }
  for (const auto& member : *entry->as_object()) {
    const auto secret = Json::object({{member.first, Json()}});
    for (const char* field : {"auth", "username", "password", "identitytoken", "registrytoken"})
      if (secret.find_any_case(field) != nullptr && !(auth && member.first == "auth")) {
        path[2] = member.first;
        text = base::erase_json_member(text, path);
      }
  }
  path[2] = "auth";
  return auth ? base::set_json_member(text, path, *auth) : text;
}

}  // namespace

AuthStore::AuthStore(const std::string& file, const base::Cancellation& cancellation)
    : file_(follow_links(file)), cancellation_(cancellation) {}

Error AuthStore::unusable(std::string cause) const {
  return Error(ErrorClass::auth, "auth.config", "cannot change " + file_)
      .cause(std::move(cause))
      .fix("fix or remove the file");
}

// Returns whether the file exists.
base::Result<bool> AuthStore::check_file() const {
  struct stat status {};
  if (::lstat(file_.c_str(), &status) != 0) {
    if (errno == ENOENT) return false;
    return base::file_error("read", file_, errno);
  }
  if (S_ISLNK(status.st_mode)) return unusable("too many levels of symbolic links");
  if (!S_ISREG(status.st_mode)) return unusable("it is not a regular file");
  if (status.st_uid != ::geteuid())
    return unusable(fmt::format("it is owned by user {}", status.st_uid))
        .fix("set DOCKER_CONFIG to a directory of this user");
  return true;
}

// The lock is next to the file. The file is checked first: no lock file must be created next to a
// device.
base::Result<base::FileLock> AuthStore::lock() const {
  BERTH_TRY([[maybe_unused]] const bool exists, check_file());
  return base::FileLock::acquire(file_ + ".berth-lock", kLockLimit, cancellation_);
}

base::Result<AuthStore::Document> AuthStore::read() const {
  const Document none{"{}\n", Json::object()};
  BERTH_TRY(const bool exists, check_file());
  if (!exists) return none;
  BERTH_TRY(auto text, base::read_file(file_, base::kMaxJsonFile));
  if (text.find_first_not_of(" \t\r\n\xEF\xBB\xBF") == std::string::npos) return none;
  auto config = base::parse_json_lenient(text, file_, kAuthFileLimits);
  if (!config) return unusable(config.error().cause());
  if (!config->is_object()) return unusable("it is not a JSON object");
  const Json* auths = config->find_any_case("auths");
  if (auths != nullptr && !auths->is_object() && !auths->is_null())
    return unusable("\"auths\" is not an object");
  return Document{std::move(text), std::move(*config)};
}

base::Result<std::string> AuthStore::store(const std::string& host, const std::string& username,
                                           const base::Secret& password) const {
  BERTH_TRY([[maybe_unused]] const auto held, lock());
  BERTH_TRY(auto document, read());
  const std::string server = server_name(host);
  auto helper = helper_for(document.config, host);
  if (!helper) return unusable(helper.error().cause());
  std::string where = file_;
  std::optional<std::string> auth;
  if (!helper->name.empty()) {
    BERTH_TRY(const auto program, CredentialHelper::named(helper->name, cancellation_));
    BERTH_CHECK(program.store(server, username, password));
    where = program.program();
  } else {
    auth = base::base64_encode(username + ":" + std::string(password.reveal()));
  }
  BERTH_CHECK(base::write_file_atomically(
      file_, with_entry(std::move(document.text), document.config, server, auth), 0600));
  return where;
}

base::Result<bool> AuthStore::erase_from_helper(const Json& config, const std::string& host) const {
  auto helper = helper_for(config, host);
  if (!helper) return unusable(helper.error().cause());
  if (helper->name.empty()) return false;
  BERTH_TRY(const auto program, CredentialHelper::named(helper->name, cancellation_));
  bool found = false;
  for (const auto& server : helper_names(host)) {
    BERTH_TRY(const auto stored, program.get(server));
    if (!stored) continue;
    found = true;
    BERTH_CHECK(program.erase(server));
  }
  return found;
}

base::Result<bool> AuthStore::erase(const std::string& host) const {
  BERTH_TRY([[maybe_unused]] const auto held, lock());
  BERTH_TRY(const auto document, read());
  BERTH_TRY(const bool erased, erase_from_helper(document.config, host));
  const Json* auths = document.config.find_any_case("auths");
  if (auths == nullptr || auths->is_null()) return erased;
  std::string text = document.text;
  bool listed = false;
  std::string path[] = {spelled(document.config, "auths"), ""};
  for (const auto& [key, entry] : *auths->as_object()) {
    if (!is_host_key(key, host)) continue;
    path[1] = key;
    text = base::erase_json_member(text, path);
    listed = true;
  }
  if (listed) BERTH_CHECK(base::write_file_atomically(file_, text, 0600));
  return erased || listed;
}

}  // namespace berth::registry
