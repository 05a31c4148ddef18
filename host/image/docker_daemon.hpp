// DockerDaemon: a client of the Docker Engine API, for images.
// Source: Docker Engine API, "Inspect an image" and "Export an image".
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "http/client.hpp"
#include "image/docker_host.hpp"
#include "image/source.hpp"
#include "image/source_context.hpp"
#include "platform/unique_fd.hpp"

namespace berth::image {

// Used by one thread at a time. Errors: class network, stall, server or denied, codes "daemon.…",
// whose messages are about the daemon, not a registry.
class DockerDaemon {
 public:
  // The references of `context` must outlive this object.
  DockerDaemon(DockerHost host, SourceContext context)
      : host_(std::move(host)), context_(std::move(context)) {}

  // Returns the image's ID: the digest of its config, or of its manifest or index if the daemon
  // uses containerd's image store. Class not-found, code "source.no-image", with a similar name.
  base::Result<std::string> find_image(const std::string& name);
  // Returns the image as an archive, in an unlinked temporary file. Requires an ID of find_image():
  // a name without a tag would return all tags of the repository, and a tag may move between the
  // two requests.
  base::Result<platform::UniqueFd> export_image(const std::string& id);

 private:
  [[nodiscard]] std::string endpoint(const std::string& path) const;
  base::Result<void> agree_on_version();
  base::Result<std::string> image_id(const std::string& name);
  base::Result<http::Response> send(const http::Request& request, std::chrono::milliseconds idle);
  [[nodiscard]] base::Error describe_error(base::Error error) const;
  [[nodiscard]] base::Error refused(const http::Response& response, const std::string& name) const;
  base::Error no_such_image(const std::string& name);
  std::vector<std::vector<std::string>> image_names();

  DockerHost host_;
  SourceContext context_;
  std::string version_;  // "/v1.41"; empty: not known
};

}  // namespace berth::image
