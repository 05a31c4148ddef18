#include "image/docker_daemon_source.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/escape.hpp"
#include "base/files.hpp"
#include "base/json.hpp"
#include "base/near_miss.hpp"
#include "image/docker_archive_source.hpp"
#include "image/docker_host.hpp"
#include "image/tar_index.hpp"

namespace berth::image {
namespace {

using base::Error;
using base::ErrorClass;

class FileSink final : public http::BodySink {
 public:
  explicit FileSink(int fd) : fd_(fd) {}
  base::Result<void> write(std::span<const std::byte> bytes) override {
    return base::write_all(fd_, bytes, "a temporary file");
  }
  void restart() override {
    if (::ftruncate(fd_, 0) != 0 || ::lseek(fd_, 0, SEEK_SET) != 0) std::abort();  // only a bad descriptor gets here
  }

 private:
  int fd_;
};

// What a name may hold travels in the path; the rest is escaped. Source: RFC 3986, section 2.1.
std::string path_escape(const std::string& text) {
  std::string result;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-._~/:@").find(c) != std::string_view::npos;
    result += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return result;
}

class Daemon {
 public:
  Daemon(DockerHost host, const SourceContext& context)
      : host_(std::move(host)), client_({host_.tls, limits(), host_.unix_socket}, context.cancellation, context.log) {}

  base::Result<base::UniqueFd> export_image(const std::string& name) {
    http::Request inspect;
    inspect.url = fmt::format("{}/images/{}/json", host_.url, path_escape(name));
    BERTH_TRY(const auto found, send(inspect));
    if (found.status == 404) return no_such_image(name);
    if (!found.ok()) return refused(found);
    BERTH_TRY(auto file, base::unlinked_file());
    FileSink sink(file.get());
    http::Request request;
    request.url = fmt::format("{}/images/{}/get", host_.url, path_escape(name));
    request.sink = &sink;
    BERTH_TRY(const auto response, send(request));
    if (!response.ok()) return refused(response);
    return file;
  }

 private:
  // The daemon writes its archive to disk before the first byte comes.
  static http::Limits limits() {
    http::Limits limits;
    limits.idle = std::chrono::minutes(15);
    return limits;
  }

  base::Result<http::Response> send(const http::Request& request) {
    auto response = client_.send(request);
    if (response || response.error().code() != "http.unreachable") return response;
    return Error(ErrorClass::network, "daemon.unreachable", "no docker daemon answers at " + base::escape(host_.name))
        .cause(response.error().cause())
        .fix("start docker, set DOCKER_HOST, or push from oci: or docker-archive: without a daemon");
  }

  [[nodiscard]] static Error refused(const http::Response& response) {
    const auto body = base::Json::parse(response.body, "the daemon's answer");
    const auto words = body ? body->string_or("message", "") : base::escape(response.body, 200);
    return Error(ErrorClass::server, "daemon.refused", "the docker daemon did not hand out the image")
        .cause(fmt::format("it answered {}: {}", response.status, base::escape(words)));
  }

  Error no_such_image(const std::string& name) {
    Error error(ErrorClass::not_found, "source.no-image",
                fmt::format("the docker daemon has no image {}", base::escape(name)));
    http::Request request;
    request.url = host_.url + "/images/json";
    const auto response = client_.send(request);
    const auto images = response ? base::Json::parse(response->body, "images") : base::Json();
    std::vector<std::string> names;
    if (images && images->is_array())
      for (const auto& image : *images->as_array())
        if (const auto* tags = image.find("RepoTags"); tags != nullptr && tags->is_array())
          for (const auto& tag : *tags->as_array())
            if (tag.is_string()) names.push_back(*tag.as_string());
    const auto near = base::near_miss(name, names);
    return near ? std::move(error).fix("did you mean " + base::escape(*near) + "?")
                : std::move(error).fix("docker images");
  }

  DockerHost host_;
  http::Client client_;
};

}  // namespace

base::Result<std::unique_ptr<Source>> docker_daemon_source(const std::string& name, const SourceContext& context) {
  BERTH_TRY(auto host, find_docker_host(context));
  Daemon daemon(std::move(host), context);
  BERTH_TRY(auto file, daemon.export_image(name));
  BERTH_TRY(auto index,
            TarIndex::read(std::make_shared<const base::UniqueFd>(std::move(file)), "the docker daemon's archive"));
  return docker_archive_source(std::move(index), "", context.platforms);
}

}  // namespace berth::image
