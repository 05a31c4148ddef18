// RealDaemon: a dockerd of a test's own, with its own data, socket, containerd and mounts; needs root. Ends with the
// test.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "support/command.hpp"
#include "support/temp_dir.hpp"

namespace berth::test {

class RealDaemon {
 public:
  // Returns once the daemon answers.
  RealDaemon();
  ~RealDaemon();
  RealDaemon(const RealDaemon&) = delete;
  RealDaemon& operator=(const RealDaemon&) = delete;

  // "unix:///…/docker.sock", for DOCKER_HOST.
  [[nodiscard]] std::string host() const;
  // Where everything of it lies.
  [[nodiscard]] const std::string& folder() const { return folder_.path(); }
  // docker ARGUMENTS… against this daemon; throws when it fails.
  std::string docker(const std::vector<std::string>& arguments, const std::string& input = {});
  // Imports busybox as `name`; running the image prints "hello from berth".
  void import_busybox(const std::string& name);

 private:
  TempDir folder_;
  std::unique_ptr<BackgroundCommand> daemon_;
};

}  // namespace berth::test
