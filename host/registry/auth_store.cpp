#include "registry/auth_store.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <optional>

#include "base/base64.hpp"
#include "base/files.hpp"
#include "registry/credential_helper.hpp"
#include "registry/server_names.hpp"

namespace berth::registry {
namespace {

using base::Error;
using base::ErrorClass;
using base::Json;

constexpr std::chrono::seconds kLockLimit{30};

Error unusable(const std::string& file, std::string cause) {
  return Error(ErrorClass::auth, "auth.config", file + " cannot be changed").cause(std::move(cause));
}

// The helper that is responsible for a host; empty: none, the file itself.
std::string helper_for(const Json& config, const std::string& host) {
  if (const Json* helpers = config.find("credHelpers"))
    for (const auto& key : auth_keys(host))
      if (auto name = helpers->string_or(key, ""); !name.empty()) return name;
  return config.string_or("credsStore", "");
}

Json& auths_of(Json& config) {
  Json* auths = config.find("auths");
  if (auths == nullptr || auths->is_null()) return config.set("auths", Json::object());
  return *auths;
}

// Every key that means the host.
std::vector<std::string> keys_in(const Json& auths, const std::string& host) {
  std::vector<std::string> keys = auth_keys(host);
  for (const auto& [key, entry] : *auths.as_object())
    if (is_url_of(key, host)) keys.push_back(key);
  return keys;
}

}  // namespace

base::Result<Json> AuthStore::read() const {
  struct stat status {};
  if (::lstat(file_.c_str(), &status) != 0) {
    if (errno == ENOENT) return Json::object();
    return base::file_error("read", file_, errno);
  }
  if (S_ISLNK(status.st_mode)) return unusable(file_, "it is a symbolic link").fix("put the file itself in its place");
  if (!S_ISREG(status.st_mode)) return unusable(file_, "it is not a regular file");
  if (status.st_uid != ::geteuid()) return unusable(file_, fmt::format("it belongs to user {}", status.st_uid));
  BERTH_TRY(const auto text, base::read_file(file_, base::kLargestJsonFile));
  auto config = Json::parse(text, file_);
  if (!config) return unusable(file_, config.error().cause()).fix("mend it, or move it away");
  const Json* auths = config->find("auths");
  if (!config->is_object() || (auths != nullptr && !auths->is_object() && !auths->is_null()))
    return unusable(file_, "it is not an object whose auths are an object").fix("mend it, or move it away");
  return std::move(*config);
}

base::Result<void> AuthStore::write(const Json& config) const {
  return base::write_file_atomically(file_, config.pretty(), 0600);
}

base::Result<std::string> AuthStore::keep(const std::string& host, const std::string& username,
                                          const base::Secret& password) const {
  BERTH_TRY([[maybe_unused]] const auto lock,
            base::FileLock::acquire(file_ + ".berth-lock", kLockLimit, cancellation_));
  BERTH_TRY(auto config, read());
  const std::string server = server_name(host);
  Json entry = Json::object();
  std::string where = file_;
  if (const auto name = helper_for(config, host); !name.empty()) {
    BERTH_TRY(const auto helper, CredentialHelper::named(name, cancellation_));
    BERTH_CHECK(helper.store(server, username, password));
    where = helper.program();
  } else {
    entry.set("auth", base::base64_encode(username + ":" + std::string(password.reveal())));
  }
  auths_of(config).set(server, std::move(entry));
  BERTH_CHECK(write(config));
  return where;
}

base::Result<bool> AuthStore::forget(const std::string& host) const {
  BERTH_TRY([[maybe_unused]] const auto lock,
            base::FileLock::acquire(file_ + ".berth-lock", kLockLimit, cancellation_));
  BERTH_TRY(auto config, read());
  bool found = false;
  if (const auto name = helper_for(config, host); !name.empty()) {
    BERTH_TRY(const auto helper, CredentialHelper::named(name, cancellation_));
    for (const auto& server : helper_names(host)) {
      BERTH_TRY(const auto kept, helper.get(server));
      if (!kept) continue;
      found = true;
      BERTH_CHECK(helper.erase(server));
    }
  }
  bool listed = false;
  for (const auto& key : keys_in(auths_of(config), host)) listed = auths_of(config).erase(key) || listed;
  if (listed) BERTH_CHECK(write(config));
  return found || listed;
}

}  // namespace berth::registry
