#include "image/docker_host.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <boost/filesystem.hpp>

#include "base/escape.hpp"
#include "base/files.hpp"
#include "base/json.hpp"
#include "oci/hasher.hpp"

namespace berth::image {
namespace {

using base::Error;
using base::ErrorClass;

constexpr std::size_t kConfigLimit = std::size_t{4} << 20U;

std::string variable(const SourceContext& context, std::string_view name) {
  return context.environment(name).value_or("");
}

std::string docker_folder(const SourceContext& context) {
  const auto folder = variable(context, "DOCKER_CONFIG");
  return folder.empty() ? variable(context, "HOME") + "/.docker" : folder;
}

bool exists(const std::string& path) {
  boost::system::error_code error;
  return boost::filesystem::exists(path, error);
}

void use_certificates(const std::string& folder, http::Tls& tls) {
  if (exists(folder + "/ca.pem")) tls.ca_file = folder + "/ca.pem";
  if (exists(folder + "/cert.pem")) tls.client_certificate = folder + "/cert.pem";
  if (exists(folder + "/key.pem")) tls.client_key = folder + "/key.pem";
}

base::Result<DockerHost> parse_host(const std::string& text, bool tls) {
  DockerHost host;
  host.name = text;
  const auto scheme_end = text.find("://");
  const std::string scheme = scheme_end == std::string::npos ? "" : text.substr(0, scheme_end);
  const std::string rest = scheme_end == std::string::npos ? text : text.substr(scheme_end + 3);
  if (scheme == "unix") {
    host.url = "http://localhost";
    host.unix_socket = rest;
    return host;
  }
  if (scheme == "ssh")
    return Error(ErrorClass::usage, "daemon.host", "berth does not reach a docker daemon over ssh")
        .cause("the daemon's address is " + base::quote(text))
        .fix("docker save NAME -o FILE.tar, then push docker-archive:FILE.tar");
  if (scheme == "tcp" || scheme == "http" || scheme == "https") {
    const bool secure = tls || scheme == "https";
    const bool has_port =
        rest.find(':', rest.rfind(']') == std::string::npos ? 0 : rest.rfind(']')) != std::string::npos;
    host.url = fmt::format("{}://{}{}", secure ? "https" : "http", rest, has_port ? "" : (secure ? ":2376" : ":2375"));
    return host;
  }
  return Error(ErrorClass::usage, "daemon.host",
               base::quote(text) + " is no address of a docker daemon that berth can reach")
      .fix("write unix:///PATH or tcp://HOST:PORT");
}

// contexts/meta/<sha256 of the name>/meta.json. Source: docker CLI, context store.
base::Result<DockerHost> from_context(const std::string& name, const std::string& folder) {
  const std::string id(oci::digest_of(name).hex());
  const std::string path = fmt::format("{}/contexts/meta/{}/meta.json", folder, id);
  auto text = base::read_file(path, kConfigLimit);
  if (!text)
    return Error(ErrorClass::not_found, "daemon.context", "there is no docker context " + base::quote(name))
        .cause(text.error().message())
        .fix("docker context ls");
  BERTH_TRY(const auto meta, base::Json::parse(*text, path));
  const base::Json* endpoints = meta.find("Endpoints");
  const base::Json* endpoint = endpoints != nullptr ? endpoints->find("docker") : nullptr;
  if (endpoint == nullptr)
    return Error(ErrorClass::not_found, "daemon.context",
                 "the docker context " + base::quote(name) + " has no docker endpoint");
  http::Tls tls;
  use_certificates(fmt::format("{}/contexts/tls/{}/docker", folder, id), tls);
  const base::Json* skip = endpoint->find("SkipTLSVerify");
  tls.verify = skip == nullptr || !skip->as_bool().value_or(false);
  const bool secure = !tls.ca_file.empty() || !tls.client_certificate.empty() || !tls.verify;
  BERTH_TRY(auto host, parse_host(endpoint->string_or("Host", ""), secure));
  host.tls = tls;
  return host;
}

std::string chosen_context(const SourceContext& context, const std::string& folder) {
  auto name = variable(context, "DOCKER_CONTEXT");
  if (name.empty())
    if (const auto text = base::read_file(folder + "/config.json", kConfigLimit))
      if (const auto config = base::Json::parse(*text, "config.json")) name = config->string_or("currentContext", "");
  return name == "default" ? "" : name;
}

std::string default_socket(const SourceContext& context) {
  const auto runtime = variable(context, "XDG_RUNTIME_DIR");
  const std::string system = "/var/run/docker.sock";
  if (::access(system.c_str(), R_OK | W_OK) != 0 && !runtime.empty() && exists(runtime + "/docker.sock"))
    return runtime + "/docker.sock";
  return system;
}

}  // namespace

base::Result<DockerHost> find_docker_host(const SourceContext& context) {
  const auto folder = docker_folder(context);
  const auto typed = variable(context, "DOCKER_HOST");
  if (typed.empty()) {
    const auto name = chosen_context(context, folder);
    return name.empty() ? parse_host("unix://" + default_socket(context), false) : from_context(name, folder);
  }
  const bool verify = !variable(context, "DOCKER_TLS_VERIFY").empty();
  const auto certificates = variable(context, "DOCKER_CERT_PATH");
  const bool secure = verify || !variable(context, "DOCKER_TLS").empty();
  BERTH_TRY(auto host, parse_host(typed, secure));
  if (secure) {
    use_certificates(certificates.empty() ? folder : certificates, host.tls);
    host.tls.verify = verify;
  }
  return host;
}

}  // namespace berth::image
