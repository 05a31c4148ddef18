// Determines the docker daemon's address as the docker command does.
// DOCKER_HOST takes precedence over DOCKER_CONTEXT, and that over currentContext of config.json.
// Without any: the system's socket; if that is missing or not accessible, the rootless one. Source:
// docker CLI documentation, "Environment variables" and "docker context use"; where these are
// unclear or differ, the observed behaviour of docker 20.10 and 28.2 (one page gives DOCKER_CONTEXT
// precedence over DOCKER_HOST; the command does not).
#pragma once

#include <string>

#include "http/client.hpp"
#include "image/source.hpp"
#include "image/source_context.hpp"

namespace berth::image {

struct DockerHost {
  std::string
      url;  // "http://localhost" for sockets, else "http://HOST:PORT" or "https://HOST:PORT"
  std::string name;         // as the user wrote it, for errors
  std::string unix_socket;  // empty: TCP
  http::Tls tls;
};

// Class usage, code "daemon.host": an unsupported address, with a fix. Class not-found:
// "daemon.context", and "daemon.certificates" if DOCKER_TLS_VERIFY is set and ca.pem is missing.
base::Result<DockerHost> find_docker_host(const SourceContext& context);

}  // namespace berth::image
