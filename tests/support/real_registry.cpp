#include "support/real_registry.hpp"

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

// openssl prints what htpasswd would; the registry takes bcrypt alone, which Python's crypt makes.
std::string htpasswd(const RegistryOptions& options) {
  const auto made = run_command({"/usr/bin/python3", "-W", "ignore", "-c",
                                 "import crypt,sys; print(sys.argv[1] + ':' + crypt.crypt(sys.argv[2], "
                                 "crypt.mksalt(crypt.METHOD_BLOWFISH, rounds=16)))",
                                 options.username, options.password});
  if (made.status != 0) throw std::runtime_error("htpasswd: " + made.err);
  std::string line = made.out;
  line.replace(line.find("$2b$"), 4, "$2y$");
  return line;
}

}  // namespace

RealRegistry::RealRegistry(const RegistryOptions& options)
    : storage_(options.storage.empty() ? folder_ / "storage" : options.storage), port_(free_port()) {
  std::string config = kConfig;
  replace(config, "STORAGE", storage());
  replace(config, "ADDRESS", options.tls.empty() ? "127.0.0.1" : "");
  replace(config, "PORT", std::to_string(port_));
  replace(config, "TLS", options.tls.empty() ? "" : ", tls: " + options.tls);
  if (!options.username.empty())
    config += "auth: { htpasswd: { realm: test, path: " + folder_.write("htpasswd", htpasswd(options)) + " } }\n";
  if (!options.auth.empty()) config += "auth: " + options.auth + "\n";
  if (!options.validation.empty()) config += "validation: " + options.validation + "\n";
  const std::string log = folder_ / "log";
  process_ = std::make_unique<BackgroundCommand>(
      std::vector<std::string>{"docker-registry", "serve", folder_.write("config.yml", config)}, log);
  for (int tries = 0; tries < 300 && process_->running(); ++tries) {
    const bool ready =
        options.tls.empty()
            ? run_command({"curl", "--silent", "--output", "/dev/null", "http://" + host() + "/v2/"}).status == 0
            : accepts(port_);
    if (ready) return;
    ::poll(nullptr, 0, 20);
  }
  throw std::runtime_error("docker-registry did not start:\n" + slurp(log));
}

std::string RealRegistry::digest_seen_by_skopeo(const std::string& reference) const {
  const auto seen = run_command({"skopeo", "inspect", "--no-tags", "--tls-verify=false", "--format", "{{.Digest}}",
                                 "docker://" + host() + "/" + reference});
  return seen.status == 0 ? seen.out.substr(0, seen.out.find('\n')) : "";
}

std::string RealRegistry::fetch_blob(const std::string& repository, const std::string& digest) const {
  return run_command({"curl", "--silent", "--fail", "http://" + host() + "/v2/" + repository + "/blobs/" + digest}).out;
}

int RealRegistry::open_uploads() const {
  const auto found = run_command({"find", storage(), "-path", "*/_uploads/*", "-name", "startedat"});
  return static_cast<int>(std::count(found.out.begin(), found.out.end(), '\n'));
}

}  // namespace berth::test
