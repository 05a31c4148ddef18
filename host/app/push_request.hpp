// PushRequest: what to push, and where. Value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/find_target.hpp"
#include "app/network_options.hpp"
#include "image/layer_encoding.hpp"
#include "oci/platform.hpp"
#include "push/plan.hpp"

namespace berth::app {

struct PushRequest {
  // SOURCE as in containers-transports(5). With `from_daemon` the name of an image of the local
  // docker daemon, which is looked up as the destination in full first.
  std::string source = {};
  bool from_daemon = false;
  std::vector<std::string> destinations = {};  // at least one
  TargetOptions target = {};
  NetworkOptions network = {};
  std::vector<std::string> tags = {};  // in addition to that of the destination
  std::vector<oci::Platform> platforms = {};
  std::optional<std::string> digest_file =
      std::nullopt;   // a path; receives the digests, one per line
  unsigned jobs = 0;  // parallel uploads; 0: chosen by berth
  std::optional<push::ManifestForm> format =
      std::nullopt;  // of manifests that berth creates; std::nullopt: automatic
  // Of layers that berth compresses; std::nullopt: the setting of the container registries.
  std::optional<image::Encoding> compression = std::nullopt;
  std::uint64_t limit_rate = 0;  // bytes per second of all uploads; 0: no limit
  // Pushes every named image of an archive or a layout under its own tag; the destinations have
  // none.
  bool all_tags = false;
  bool no_clobber = false;
  bool use_cache = true;  // the digest cache
  bool require_verification = false;
};

}  // namespace berth::app
