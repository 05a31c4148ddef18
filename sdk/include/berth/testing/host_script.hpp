// Internal to testing.hpp: the functions of Host.
#pragma once

#include <berth/testing/host.hpp>

namespace berth {
namespace testing {

inline Host& Host::uri(const std::string& uri) {
  destroy();
  script_.uri = uri;
  return *this;
}
inline Host& Host::setting(const std::string& key, const std::string& value) {
  destroy();
  script_.settings[key] = value;
  return *this;
}
inline Host& Host::environment(const std::string& name, const std::string& value) {
  script_.environment[name] = value;
  return *this;
}
inline Host& Host::file(const std::string& path, const std::string& content) {
  script_.files[path] = content;
  return *this;
}
inline Host& Host::program(const std::vector<std::string>& argv, const ProgramResult& result) {
  script_.programs[argv] = result;
  return *this;
}
inline Host& Host::http(const std::string& method, const std::string& url,
                        const HttpResponse& response) {
  script_.http.add(method + " " + url, response);
  return *this;
}
inline Host& Host::registry(const std::string& method, const std::string& path,
                            const RegistryResponse& response) {
  script_.registry.add(method + " " + path, response);
  return *this;
}
inline Host& Host::tag(const std::string& repository, const std::string& tag,
                       const std::string& digest) {
  script_.tags[repository + ":" + tag] = digest;
  return *this;
}
inline Host& Host::blob(const std::string& repository, const std::string& digest,
                        std::uint64_t bytes) {
  script_.blobs[repository + "@" + digest] = bytes;
  return *this;
}
inline Host& Host::grants(const std::string& actions) {
  script_.granted = actions;
  return *this;
}
inline Host& Host::account(const std::string& username, const std::string& source) {
  script_.account = Account{username, source};
  return *this;
}
inline Host& Host::signature(const std::string& data, const std::string& signature) {
  script_.signatures[data] = signature;
  return *this;
}
inline Host& Host::registry_fails(std::optional<RegistryFault> fault) {
  script_.fault = std::move(fault);
  return *this;
}
inline Host& Host::push_fails(std::optional<RegistryFault> fault) {
  script_.push_fault = std::move(fault);
  return *this;
}
inline Host& Host::offline(bool offline) {
  script_.offline = offline;
  return *this;
}
inline Host& Host::allow_side_effects(bool allowed) {
  script_.side_effects = allowed;
  return *this;
}
inline Host& Host::cancel(bool cancelled) {
  script_.cancelled = cancelled;
  return *this;
}
inline Host& Host::clock(std::int64_t milliseconds_since_epoch) {
  script_.now = milliseconds_since_epoch;
  return *this;
}

}  // namespace testing
}  // namespace berth
