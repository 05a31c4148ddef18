// Where the docker daemon listens, found as the docker command finds it.
// DOCKER_HOST wins over DOCKER_CONTEXT, that over currentContext of config.json; without any: the system's socket, and
// the rootless one where that is missing or closed to us.
// Source: docker CLI documentation, "Environment variables" and "docker context use"; what docker 20.10 and 28.2 were
// seen to do where these are silent or differ (one page has DOCKER_CONTEXT win over DOCKER_HOST; the command does not).
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

// Class usage, code "daemon.host": an address that berth cannot use, with a fix. Class not-found: "daemon.context", and
// "daemon.certificates" where DOCKER_TLS_VERIFY is set and no ca.pem is there.
base::Result<DockerHost> find_docker_host(const SourceContext& context);

}  // namespace berth::image
