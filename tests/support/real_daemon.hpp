// RealDaemon: a dockerd with its own data, socket, containerd and mounts; requires root. Stopped by
// the destructor.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "support/command.hpp"
#include "support/temp_dir.hpp"

namespace berth::test {

class RealDaemon {
 public:
  // Returns once the daemon responds.
  RealDaemon();
  ~RealDaemon();
  RealDaemon(const RealDaemon&) = delete;
  RealDaemon& operator=(const RealDaemon&) = delete;

  // "unix:///…/docker.sock", for DOCKER_HOST.
  [[nodiscard]] std::string host() const;
  // The directory of all its files.
  [[nodiscard]] const std::string& directory() const { return directory_.path(); }
  // Runs docker ARGUMENTS… against this daemon; throws if it fails.
  std::string docker(const std::vector<std::string>& arguments, const std::string& input = {});
  // Imports busybox as `name`; running the image prints "hello from berth".
  void import_busybox(const std::string& name);

 private:
  TempDir directory_;
  std::unique_ptr<BackgroundCommand> daemon_;
};

}  // namespace berth::test
