// Where the docker daemon listens, found as the docker command finds it.
// Source: docker CLI documentation, "Environment variables" and "Docker contexts". DOCKER_HOST wins over
// DOCKER_CONTEXT, that over currentContext of config.json; without any: the rootless socket where the system's is
// missing.
#pragma once

#include <string>

#include "http/client.hpp"
#include "image/source.hpp"

namespace berth::image {

struct DockerHost {
  std::string url;          // "http://localhost" for sockets, else "http://HOST:PORT" or "https://HOST:PORT"
  std::string name;         // as the user wrote it, for errors
  std::string unix_socket;  // empty: TCP
  http::Tls tls;
};

// Class usage, code "daemon.host": a scheme that berth does not speak, with a fix. Class not-found, "daemon.context".
base::Result<DockerHost> find_docker_host(const SourceContext& context);

}  // namespace berth::image
