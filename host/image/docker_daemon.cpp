#include "image/docker_daemon.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/escape.hpp"
#include "base/json_parser.hpp"
#include "image/archive_file.hpp"
#include "image/selection.hpp"

namespace berth::image {
namespace {

using base::Error;
using base::ErrorClass;

// The daemon writes its archive to its own disk before it sends the first byte.
constexpr std::chrono::minutes kExportLimit{15};
constexpr std::chrono::seconds kAnswerLimit{60};

class SpoolSink final : public http::BodySink {
 public:
  explicit SpoolSink(Spool& spool) : spool_(spool) {}
  base::Result<void> write(std::span<const std::byte> bytes) override {
    return spool_.write(bytes);
  }
  void restart() override { spool_.restart(); }

 private:
  Spool& spool_;
};

// Characters of image names are sent as they are, others are escaped. Source: RFC 3986,
// section 2.1.
std::string path_escape(const std::string& text) {
  std::string result;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-._~/:@").find(c) != std::string_view::npos;
    result += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return result;
}

// "a/../b" would be another path of the API, and is not a valid image name.
bool has_dot_segment(const std::string& name) {
  const std::string framed = "/" + name + "/";
  return framed.find("/./") != std::string::npos || framed.find("/../") != std::string::npos;
}

Error bad_name(const std::string& name, std::string cause) {
  return Error(ErrorClass::usage, "daemon.image-name", "invalid image name " + base::quote(name))
      .cause(std::move(cause));
}

// Replaces error messages of the http module by messages about the daemon.
struct Rewording {
  std::string_view from;
  const char* code;
  const char* message;  // {}: the daemon's address
  const char* fix;
};
constexpr const char* kStartFix =
    "start docker, set DOCKER_HOST, or push from oci: or docker-archive: without a daemon";
constexpr std::array<Rewording, 9> kRewordings{{
    {"http.unreachable", "daemon.unreachable", "cannot connect to the Docker daemon at {}",
     kStartFix},
    {"http.connect-timeout", "daemon.unreachable", "cannot connect to the Docker daemon at {}",
     kStartFix},
    {"http.no-such-host", "daemon.unreachable",
     "cannot resolve the host of the Docker daemon at {}", kStartFix},
    {"http.certificate", "daemon.certificate",
     "the certificate of the Docker daemon at {} is not trusted",
     "add the certificate of its CA as ca.pem to the directory in DOCKER_CERT_PATH"},
    {"http.client-certificate", "daemon.client-certificate",
     "the Docker daemon at {} requires a client certificate",
     "add one that it trusts as cert.pem and key.pem to the directory in DOCKER_CERT_PATH"},
    {"http.tls", "daemon.tls", "TLS handshake with the Docker daemon at {} failed",
     "check ca.pem, cert.pem and key.pem in the directory in DOCKER_CERT_PATH"},
    {"http.plain", "daemon.plain", "the Docker daemon at {} is not serving TLS",
     "unset DOCKER_TLS_VERIFY and DOCKER_TLS, or use its TLS port"},
    {"http.lost", "daemon.lost", "connection to the Docker daemon at {} lost", ""},
    {"http.not-http", "daemon.not-docker", "no Docker daemon at {}", "check DOCKER_HOST"},
}};

}  // namespace

base::Result<std::string> DockerDaemon::find_image(const std::string& name) {
  if (has_dot_segment(name)) return bad_name(name, "it has a segment that is . or ..");
  BERTH_CHECK(agree_on_version());
  return image_id(name);
}

base::Result<platform::UniqueFd> DockerDaemon::export_image(const std::string& id) {
  BERTH_TRY(const auto limit, spool_limit(context_));
  BERTH_TRY(auto spool, Spool::create("the Docker daemon's archive", limit));
  SpoolSink sink(spool);
  http::Request request;
  request.url = endpoint("/images/" + path_escape(id) + "/get");
  request.sink = &sink;
  BERTH_TRY(const auto response, send(request, kExportLimit));
  if (!response.ok()) return refused(response, id);
  return spool.take();
}

std::string DockerDaemon::endpoint(const std::string& path) const {
  return host_.url + version_ + path;
}

// Requests without a version are deprecated. If the version is not available (because of a proxy in
// front of the socket), they are sent without it. Source: Docker Engine API, "Versioning" and
// "Ping".
base::Result<void> DockerDaemon::agree_on_version() {
  http::Request ping;
  ping.url = endpoint("/_ping");
  BERTH_TRY(const auto response, send(ping, kAnswerLimit));
  const auto* version = response.ok() ? response.header("api-version") : nullptr;
  if (version != nullptr && !version->empty() &&
      version->find_first_not_of("0123456789.") == std::string::npos)
    version_ = "/v" + *version;
  context_.log.write(base::LogLevel::step, "docker", {{"daemon", host_.name}, {"api", version_}});
  return {};
}

base::Result<std::string> DockerDaemon::image_id(const std::string& name) {
  http::Request request;
  request.url = endpoint("/images/" + path_escape(name) + "/json");
  BERTH_TRY(const auto response, send(request, kAnswerLimit));
  const auto body = base::parse_json(response.body, "the response");
  if (response.status == 404 && body && body->is_object()) return no_such_image(name);
  if (!response.ok()) return refused(response, name);
  auto id = body ? body->string_or("Id", "") : "";
  if (!id.empty() && !has_dot_segment(id)) return id;
  const auto* type = response.header("content-type");
  return Error(ErrorClass::server, "daemon.not-docker",
               "no Docker daemon at " + base::escape(host_.name))
      .cause("it responded to the request for an image with content type " +
             (type != nullptr ? base::escape(*type, 100) : std::string("none")))
      .fix("check DOCKER_HOST");
}

// One retry is enough for a transient failure: the daemon repeats its other errors.
base::Result<http::Response> DockerDaemon::send(const http::Request& request,
                                                std::chrono::milliseconds idle) {
  http::Limits limits;
  limits.idle = idle;
  limits.attempts = 2;
  http::Client client(
      {host_.tls, limits, host_.unix_socket, http::ProxyVariables::from(context_.environment), {}},
      context_.cancellation, context_.log);
  auto response = client.send(request);
  if (response) return response;
  return describe_error(std::move(response).error());
}

Error DockerDaemon::describe_error(Error error) const {
  const auto& code = error.code();
  const auto* found = std::find_if(kRewordings.begin(), kRewordings.end(), [&](const Rewording& r) {
    // All certificate errors get the same message.
    return r.from == code || (r.from == "http.certificate" && code.starts_with(r.from));
  });
  if (found == kRewordings.end()) return error;
  const std::string where = base::escape(host_.name);
  if (code == "http.unreachable" && !host_.unix_socket.empty() &&
      ::access(host_.unix_socket.c_str(), R_OK | W_OK) != 0 && errno == EACCES)
    return Error(ErrorClass::denied, "daemon.permission",
                 "not permitted to access the Docker daemon at " + where)
        .cause(error.cause())
        .fix(
            "join the group that owns the socket (sudo usermod -aG docker $USER, then log in "
            "again), or use sudo");
  return Error(error.error_class(), found->code, fmt::format(fmt::runtime(found->message), where))
      .cause(error.cause())
      .fix(found->fix);
}

Error DockerDaemon::refused(const http::Response& response, const std::string& name) const {
  const auto body = base::parse_json(response.body, "the response");
  const bool docker = body && body->find("message") != nullptr;
  const auto message = base::escape(docker ? body->string_or("message", "") : response.body, 200);
  auto cause = fmt::format("it responded {}: {}", response.status, message);
  if (docker && response.status == 400)
    return bad_name(name, "message of the Docker daemon: " + message);
  if (response.status == 401 || response.status == 403)
    return Error(ErrorClass::denied, "daemon.denied",
                 "the Docker daemon denied access to the image")
        .cause(std::move(cause));
  // the response of a TLS port to HTTP
  const bool wants_tls =
      !docker && response.status == 400 && host_.unix_socket.empty() && host_.url[4] == ':';
  return Error(ErrorClass::server, "daemon.refused", "the Docker daemon did not return the image")
      .cause(std::move(cause))
      .fix(wants_tls ? "if it uses TLS: set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH" : "");
}

// Lists the available images, and suggests a similar name.
Error DockerDaemon::no_such_image(const std::string& name) {
  const bool complete = name.find(':', name.rfind('/') + 1) != std::string::npos ||
                        name.find('@') != std::string::npos;
  const auto names = image_names();
  if (!names.empty()) {
    auto chosen = select_image(names, complete ? name : name + ":latest", "the Docker daemon");
    if (!chosen) return std::move(chosen).error();
  }
  return Error(ErrorClass::not_found, "source.no-image",
               "image " + base::escape(name, 200) + " not found in the Docker daemon")
      .fix("docker images");
}

std::vector<std::vector<std::string>> DockerDaemon::image_names() {
  http::Request request;
  request.url = endpoint("/images/json");
  const auto response = send(request, kAnswerLimit);
  const auto images = response ? base::parse_json(response->body, "images") : base::Json();
  std::vector<std::vector<std::string>> names;
  if (!images || !images->is_array()) return names;
  for (const auto& image : *images->as_array())
    if (const auto* tags = image.find("RepoTags"); tags != nullptr && tags->is_array())
      for (const auto& tag : *tags->as_array())
        if (tag.is_string() && tag.as_string()->find('<') == std::string::npos)
          names.push_back({*tag.as_string()});
  return names;
}

}  // namespace berth::image
