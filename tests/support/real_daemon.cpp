#include "support/real_daemon.hpp"

#include <poll.h>

#include <stdexcept>

namespace berth::test {

// unshare(1) becomes dockerd, in a separate mount namespace: mounts of the daemon (its data, its
// containers' root and network) are invisible outside, and removed with it even if it is killed.
RealDaemon::RealDaemon() {
  daemon_ = std::make_unique<BackgroundCommand>(
      std::vector<std::string>{
          "unshare", "--mount", "--propagation", "private", "dockerd", "--iptables=false",
          "--bridge=none", "--storage-driver=vfs", "--data-root", directory_ / "data",
          "--exec-root", directory_ / "exec", "--pidfile", directory_ / "pid", "--host", host()},
      directory_ / "log");
  const std::vector<std::string> ping{"curl",
                                      "--silent",
                                      "--fail",
                                      "--output",
                                      "/dev/null",
                                      "--unix-socket",
                                      directory_ / "docker.sock",
                                      "http://localhost/_ping"};
  for (int tries = 0; tries < 1200 && daemon_->running(); ++tries) {
    if (run_command(ping).status == 0) return;
    ::poll(nullptr, 0, 50);
  }
  throw std::runtime_error("dockerd did not start:\n" + slurp(directory_ / "log"));
}

// The daemon stops its containerd itself if it has time to.
RealDaemon::~RealDaemon() { daemon_->stop(std::chrono::seconds(20)); }

std::string RealDaemon::host() const { return "unix://" + (directory_ / "docker.sock"); }

std::string RealDaemon::docker(const std::vector<std::string>& arguments,
                               const std::string& input) {
  std::vector<std::string> argv{"docker", "--host", host()};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  CommandOptions options;
  options.environment = {{"DOCKER_CONFIG", directory_ / "config"}};
  options.input = input;
  const auto result = run_command(argv, options);
  if (result.status != 0)
    throw std::runtime_error("docker " + arguments.front() + ": " + result.err);
  return result.out;
}

void RealDaemon::import_busybox(const std::string& name) {
  const auto tar = run_command({"tar", "--create", "--directory", "/", "bin/busybox"});
  if (tar.status != 0) throw std::runtime_error("tar: " + tar.err);
  docker({"import", "--change", R"(CMD ["/bin/busybox","echo","hello from berth"])", "-", name},
         tar.out);
}

}  // namespace berth::test
