// What Session accepts and returns. Values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "http/message.hpp"
#include "oci/digest.hpp"

namespace berth::registry {

// Whether the caller needs the response. If an optional request is refused, the credentials stay in use.
// `restricted`: optional, for a plugin; a challenge cannot extend its token to another repository, or to writing.
enum class Need { required, optional, restricted };

// What a registry reported about a manifest in its response to HEAD or PUT.
struct ManifestAnswer {
  std::optional<oci::Digest> digest;  // of Docker-Content-Digest, else (PUT) of Location; std::nullopt if in neither
  std::string media_type;
  std::uint64_t size = 0;
  bool created = false;  // PUT: 201
};

struct FetchedManifest {
  std::string bytes;
  std::string media_type;
  oci::Digest digest;  // computed from the bytes
};

// What is known about an account's access without having written anything.
struct Access {
  enum class Login {
    none,        // there are no credentials; none were required so far
    unverified,  // there are credentials, and no request that required them
    verified,    // the registry, or its token service, accepted the credentials
  };
  Login login = Login::none;
  bool push = false;  // a token grants push; false: not known
};

// A request of a plugin to the registry's own host.
struct OwnQuestion {
  http::Method method = http::Method::get;  // or HEAD
  std::string path;                         // "/acr/v1/team/app?n=1"
  std::string scope{};                      // token scope that the request needs: "repository:team/app:metadata_read"
  bool anonymous = false;                   // send without the user's credentials
  std::string within{};                     // see TokenScope::within
};

}  // namespace berth::registry
