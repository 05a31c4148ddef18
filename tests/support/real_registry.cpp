#include "support/real_registry.hpp"

#include <crypt.h>
#include <poll.h>

#include <algorithm>
#include <stdexcept>

#include "support/free_port.hpp"

namespace berth::test {
namespace {

constexpr const char* kConfig = R"(version: 0.1
log: { level: error }
storage:
  delete: { enabled: true }
  filesystem: { rootdirectory: STORAGE }
http: { addr: "ADDRESS:PORT"TLS }
)";

void replace(std::string& text, const std::string& from, const std::string& to) {
  text.replace(text.find(from), from.size(), to);
}

// What `htpasswd -B` of apache2-utils prints: the registry accepts only bcrypt.
std::string htpasswd(const RegistryOptions& options) {
  struct crypt_data state = {};
  // A fixed salt is enough for tests. 22 characters, rounds 2^4 (crypt(5), "bcrypt").
  const char* hash = ::crypt_r(options.password.c_str(), "$2y$04$abcdefghijklmnopqrstuu", &state);
  if (hash == nullptr || hash[0] == '*') throw std::runtime_error("crypt_r does not know bcrypt");
  return options.username + ":" + hash + "\n";
}

}  // namespace

RealRegistry::RealRegistry(const RegistryOptions& options)
    : storage_(options.storage.empty() ? directory_ / "storage" : options.storage),
      port_(free_port()) {
  std::string config = kConfig;
  replace(config, "STORAGE", storage());
  replace(config, "ADDRESS", options.tls.empty() ? "127.0.0.1" : "");
  replace(config, "PORT", std::to_string(port_));
  replace(config, "TLS", options.tls.empty() ? "" : ", tls: " + options.tls);
  if (!options.username.empty())
    config += "auth: { htpasswd: { realm: test, path: " +
              directory_.write("htpasswd", htpasswd(options)) + " } }\n";
  if (!options.auth.empty()) config += "auth: " + options.auth + "\n";
  if (!options.validation.empty()) config += "validation: " + options.validation + "\n";
  const std::string log = directory_ / "log";
  process_ = std::make_unique<BackgroundCommand>(
      std::vector<std::string>{"docker-registry", "serve", directory_.write("config.yml", config)},
      log);
  for (int tries = 0; tries < 300 && process_->running(); ++tries) {
    const bool ready = options.tls.empty() ? run_command({"curl", "--silent", "--output",
                                                          "/dev/null", "http://" + host() + "/v2/"})
                                                     .status == 0
                                           : accepts(port_);
    if (ready) return;
    ::poll(nullptr, 0, 20);
  }
  throw std::runtime_error("docker-registry did not start:\n" + slurp(log));
}

std::string RealRegistry::digest_seen_by_skopeo(const std::string& reference) const {
  const auto seen = run_command({"skopeo", "inspect", "--no-tags", "--tls-verify=false", "--format",
                                 "{{.Digest}}", "docker://" + host() + "/" + reference});
  return seen.status == 0 ? seen.out.substr(0, seen.out.find('\n')) : "";
}

std::string RealRegistry::fetch_blob(const std::string& repository,
                                     const std::string& digest) const {
  return run_command({"curl", "--silent", "--fail",
                      "http://" + host() + "/v2/" + repository + "/blobs/" + digest})
      .out;
}

int RealRegistry::open_uploads() const {
  const auto found =
      run_command({"find", storage(), "-path", "*/_uploads/*", "-name", "startedat"});
  return static_cast<int>(std::count(found.out.begin(), found.out.end(), '\n'));
}

}  // namespace berth::test
