// Shared by the tests of the docker daemon's source: an environment and scripted responses. The
// fake daemon is built from the documentation (Docker Engine API 1.41: "Ping", "Inspect an image",
// "Export an image", "List images"); tests/integration/daemon_test.cpp verifies the same against a
// real dockerd.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "image/open_source.hpp"
#include "image/source.hpp"
#include "support/images.hpp"
#include "support/scripted_server.hpp"
#include "support/temp_dir.hpp"

namespace berth::test {

using Variables = std::map<std::string, std::string>;

// Opens sources in an environment that has only these variables.
class DaemonClient {
 public:
  explicit DaemonClient(Variables variables = {}) : variables_(std::move(variables)) {}

  [[nodiscard]] image::SourceContext context() {
    return {cancellation,
            log_,
            [this](std::string_view name) {
              const auto found = variables_.find(std::string(name));
              return found == variables_.end() ? std::nullopt : std::optional(found->second);
            },
            {},
            known_image};
  }
  base::Result<std::unique_ptr<image::Source>> open(const std::string& name) {
    auto spec = image::SourceSpec::parse("docker-daemon:" + name);
    if (!spec) return std::move(spec).error();
    return image::open_source(*spec, context());
  }

  base::Cancellation cancellation;
  std::function<std::optional<image::RawImage>(const std::string& id)> known_image;

 private:
  Variables variables_;
  base::SilentLog log_;
};

inline Scripted pong() { return {http_answer(200, "OK", "Api-Version: 1.41\r\n")}; }
inline Scripted inspected(const std::string& id) {
  return {http_answer(200, R"({"Id":")" + id + R"(","RepoTags":[]})")};
}
inline Scripted exported(const std::string& archive) {
  return {http_answer(200, archive, "Content-Type: application/x-tar\r\n")};
}

}  // namespace berth::test
