#include "image/docker_host.hpp"

#include <fmt/format.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/filesystem.hpp>

#include "base/escape.hpp"
#include "base/file_io.hpp"
#include "base/file_trust.hpp"
#include "base/json_parser.hpp"
#include "http/origin.hpp"
#include "oci/hasher.hpp"

namespace berth::image {
namespace {

using base::Error;
using base::ErrorClass;

std::string variable(const SourceContext& context, std::string_view name) {
  return context.environment(name).value_or("");
}

std::string docker_directory(const SourceContext& context) {
  const auto directory = variable(context, "DOCKER_CONFIG");
  return directory.empty() ? variable(context, "HOME") + "/.docker" : directory;
}

bool exists(const std::string& path) {
  boost::system::error_code error;
  return boost::filesystem::exists(path, error);
}

std::string trim(const std::string& text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  return first == std::string::npos
             ? ""
             : text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

void use_certificates(const std::string& directory, http::Tls& tls) {
  if (exists(directory + "/ca.pem")) tls.ca_file = directory + "/ca.pem";
  if (exists(directory + "/cert.pem")) tls.client_certificate = directory + "/cert.pem";
  if (exists(directory + "/key.pem")) tls.client_key = directory + "/key.pem";
}

std::string default_socket(const SourceContext& context) {
  const auto runtime = variable(context, "XDG_RUNTIME_DIR");
  std::string system = "/var/run/docker.sock";
  if (::access(system.c_str(), R_OK | W_OK) != 0 && !runtime.empty() &&
      exists(runtime + "/docker.sock"))
    return runtime + "/docker.sock";
  return system;
}

Error no_address(const std::string& text, std::string cause) {
  return Error(ErrorClass::usage, "daemon.host",
               "unsupported Docker daemon address " + base::quote(text))
      .cause(std::move(cause))
      .fix("write unix:///PATH or tcp://HOST:PORT");
}

base::Result<DockerHost> socket_host(const std::string& text, const std::string& path) {
  if (path.size() >= sizeof sockaddr_un::sun_path)
    return no_address(text, fmt::format("the path of a socket has at most {} bytes",
                                        sizeof sockaddr_un::sun_path - 1));
  DockerHost host;
  host.name = text;
  host.url = "http://localhost";
  host.unix_socket = path;
  return host;
}

// Completes "HOST:PORT/PATH" as the docker command does: localhost, and port 2375, or 2376 with
// TLS.
base::Result<DockerHost> tcp_host(const std::string& text, const std::string& rest, bool tls) {
  if (rest.find_first_of("?#\\") != std::string::npos)
    return no_address(text, "it has more than a host and a port");
  std::string authority = rest.substr(0, rest.find('/'));
  std::string path = rest.substr(authority.size());
  while (!path.empty() && path.back() == '/') path.pop_back();
  if (authority.empty() || authority.front() == ':') authority.insert(0, "localhost");
  const auto bracket = authority.rfind(']');
  const bool has_port =
      authority.find(':', bracket == std::string::npos ? 0 : bracket) != std::string::npos;
  if (!has_port) authority += tls ? ":2376" : ":2375";
  DockerHost host;
  host.name = text;
  host.url = (tls ? "https://" : "http://") + authority + path;
  const auto origin = http::Origin::of(host.url);
  if (!origin) return no_address(text, origin.error().cause());
  return host;
}

// Parses `typed`, in the form of DOCKER_HOST; an empty text is the daemon's default address.
base::Result<DockerHost> parse_host(const std::string& typed, bool tls,
                                    const SourceContext& context) {
  const std::string text = trim(typed);
  const auto scheme_end = text.find("://");
  const std::string scheme = scheme_end == std::string::npos ? "tcp" : text.substr(0, scheme_end);
  const std::string rest = scheme_end == std::string::npos ? text : text.substr(scheme_end + 3);
  if (text.empty() && !tls)
    return socket_host("unix://" + default_socket(context), default_socket(context));
  if (text.empty()) return tcp_host("tcp://localhost:2376", "", tls);
  if (scheme == "unix") return socket_host(text, rest.empty() ? default_socket(context) : rest);
  if (scheme == "ssh")
    return Error(ErrorClass::usage, "daemon.host", "Docker daemons over SSH are not supported")
        .cause("the daemon's address is " + base::quote(text))
        .fix("docker save NAME | berth push docker-archive:- DESTINATION");
  if (text.front() == '/')
    return no_address(text, "it is a path without a scheme")
        .fix("write unix://" + base::escape(text));
  if (scheme == "tcp" || scheme == "http" || scheme == "https")
    return tcp_host(text, rest, tls || scheme == "https");
  return no_address(text, "unsupported scheme " + base::quote(scheme));
}

// Reads contexts/meta/<sha256 of the name>/meta.json. Source: docker CLI, context store.
base::Result<base::Json> read_context(const std::string& name, const std::string& path) {
  const auto text = base::read_file(path, base::kMaxJsonFile);
  if (!text && text.error().error_class() == ErrorClass::not_found)
    return Error(ErrorClass::not_found, "daemon.context",
                 "docker context " + base::quote(name) + " not found")
        .cause(base::escape(path) + " does not exist")
        .fix("docker context ls");
  if (!text) return text.error().clone();
  auto meta = base::parse_json(*text, path);
  if (meta) return std::move(*meta);
  return Error(ErrorClass::usage, "daemon.context",
               "docker context " + base::quote(name) + " is malformed")
      .cause(meta.error().message() + ": " + meta.error().cause());
}

base::Result<DockerHost> from_context(const std::string& name, const std::string& directory,
                                      const SourceContext& context) {
  const std::string id(oci::digest_of(name).hex());
  const auto file = fmt::format("{}/contexts/meta/{}/meta.json", directory, id);
  base::warn_of_untrusted_file(file, context.log);
  BERTH_TRY(const auto meta, read_context(name, file));
  const base::Json* endpoints = meta.find("Endpoints");
  const base::Json* endpoint = endpoints != nullptr ? endpoints->find("docker") : nullptr;
  if (endpoint == nullptr)
    return Error(ErrorClass::not_found, "daemon.context",
                 "docker context " + base::quote(name) + " has no docker endpoint");
  http::Tls tls;
  use_certificates(fmt::format("{}/contexts/tls/{}/docker", directory, id), tls);
  const base::Json* skip = endpoint->find("SkipTLSVerify");
  tls.verify = skip == nullptr || !skip->as_bool().value_or(false);
  const bool secure = !tls.ca_file.empty() || !tls.client_certificate.empty() || !tls.verify;
  BERTH_TRY(auto host, parse_host(endpoint->string_or("Host", ""), secure, context));
  host.tls = std::move(tls);
  host.name += fmt::format(" (docker context {})", base::quote(name));
  return host;
}

std::string chosen_context(const SourceContext& context, const std::string& directory) {
  auto name = variable(context, "DOCKER_CONTEXT");
  if (name.empty())
    if (const auto text = base::read_file(directory + "/config.json", base::kMaxJsonFile))
      if (const auto config = base::parse_json(*text, "config.json"))
        name = config->string_or("currentContext", "");
  return name == "default" ? "" : name;
}

// Uses DOCKER_HOST with the certificates of DOCKER_CERT_PATH, else of the configuration directory.
base::Result<DockerHost> from_variables(const std::string& typed, const std::string& directory,
                                        const SourceContext& context) {
  const bool verify = !variable(context, "DOCKER_TLS_VERIFY").empty();
  const bool secure = verify || !variable(context, "DOCKER_TLS").empty();
  BERTH_TRY(auto host, parse_host(typed, secure, context));
  if (host.url.rfind("https:", 0) != 0) return host;
  const auto chosen = variable(context, "DOCKER_CERT_PATH");
  const auto& certificates = chosen.empty() ? directory : chosen;
  use_certificates(certificates, host.tls);
  host.tls.verify = verify || !secure;  // not verified only if DOCKER_TLS is set without it
  if (!verify || !host.tls.ca_file.empty()) return host;
  return Error(ErrorClass::not_found, "daemon.certificates",
               "ca.pem not found in " + base::quote(certificates))
      .cause("DOCKER_TLS_VERIFY is set")
      .fix("set DOCKER_CERT_PATH to the directory with ca.pem, cert.pem and key.pem");
}

}  // namespace

base::Result<DockerHost> find_docker_host(const SourceContext& context) {
  const auto directory = docker_directory(context);
  const auto typed = variable(context, "DOCKER_HOST");
  const auto name = typed.empty() ? chosen_context(context, directory) : "";
  return name.empty() ? from_variables(typed, directory, context)
                      : from_context(name, directory, context);
}

}  // namespace berth::image
