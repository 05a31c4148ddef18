// Shared by the cases about layouts, indexes and registries as sources: registries, berth with its
// own home directory, and access to what was stored.
#pragma once

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <map>
#include <string>
#include <vector>

#include "base/json_parser.hpp"
#include "image/layout_fixture.hpp"
#include "support/berth.hpp"
#include "support/images.hpp"
#include "support/real_registry.hpp"
#include "support/scripted_server.hpp"

namespace berth::test {

constexpr int kUsage = 2;
constexpr int kValidation = 3;
constexpr int kNotFound = 6;
constexpr int kServer = 9;
constexpr int kIntegrity = 10;

inline const std::string kOciManifest(oci::media_type::kOciManifest);
inline const std::string kOciIndex(oci::media_type::kOciIndex);

inline base::Json parse_json(const std::string& text) {
  return base::parse_json(text, "a document").value();
}
inline std::string digest_of(const base::Json& descriptor) {
  return descriptor.string_or("digest", "");
}
inline bool mentions(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

// One run of `berth push` with --output json.
struct PushOutcome {
  CommandResult result;
  base::Json document;
  std::string repository;

  [[nodiscard]] std::string digest() const { return document.string_or("digest", ""); }
  [[nodiscard]] std::string error(std::string_view member) const {
    const auto* failure = document.find("error");
    return failure != nullptr ? failure->string_or(member, "") : std::string();
  }
  // The message of the finding with that code; empty without one.
  [[nodiscard]] std::string finding(std::string_view code) const {
    const auto* findings = document.find("findings");
    if (findings == nullptr || findings->as_array() == nullptr) return {};
    for (const auto& one : *findings->as_array())
      if (one.string_or("code", "") == code) return one.string_or("message", "");
    return {};
  }
};

class ImageBench {
 public:
  TempDir directory;
  RealRegistry registry;
  Berth berth;

  // Each push has its own repository, unless one is given.
  PushOutcome push(const std::string& source, const std::vector<std::string>& options = {},
                   std::string repository = {}) {
    if (repository.empty()) repository = fmt::format("field/{}", ++pushes_);
    return push_to(source, registry.host() + "/" + repository + ":t", options, repository);
  }
  PushOutcome push_to(const std::string& source, const std::string& destination,
                      const std::vector<std::string>& options = {},
                      const std::string& repository = {}) const {
    std::vector<std::string> arguments{"push", source, destination, "--output", "json"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    auto result = berth.run(arguments);
    auto document = parse_json(result.out);
    return {std::move(result), std::move(document), repository};
  }
  // A layout below the directory.
  [[nodiscard]] Layout layout(const std::string& name) const { return {directory, name}; }
  [[nodiscard]] std::string source(const std::string& name) const {
    return "oci:" + (directory / name);
  }
  // As a SOURCE, once it is pushed.
  [[nodiscard]] std::string at_registry(const PushOutcome& pushed) const {
    return "docker://" + registry.host() + "/" + pushed.repository + ":t";
  }

  // The bytes of a manifest that the registry serves; empty if it does not exist.
  [[nodiscard]] std::string manifest(const PushOutcome& pushed,
                                     const std::string& reference = "t") const {
    return run_command({"curl", "--silent", "--fail", "-H", "Accept: " + kOciManifest, "-H",
                        "Accept: " + kOciIndex, "-H",
                        "Accept: application/vnd.docker.distribution.manifest.v2+json", "-H",
                        "Accept: application/vnd.docker.distribution.manifest.list.v2+json",
                        "http://" + registry.host() + "/v2/" + pushed.repository + "/manifests/" +
                            reference})
        .out;
  }
  [[nodiscard]] bool has_blob(const PushOutcome& pushed, const std::string& digest) const {
    return !registry.fetch_blob(pushed.repository, digest).empty();
  }
  // The tag serves the bytes of `digest`, which is the printed digest.
  void check_stored(const PushOutcome& pushed, const std::string& digest) const {
    REQUIRE_MESSAGE(pushed.result.status == 0, pushed.result.out);
    CHECK(pushed.digest() == digest);
    CHECK(sha256(manifest(pushed)) == digest);
  }
  // Nothing was stored, and the error has that exit status.
  void check_refused(const PushOutcome& pushed, int status) const {
    CAPTURE(pushed.result.out);
    CHECK(pushed.result.status == status);
    CHECK(manifest(pushed).empty());
  }

 private:
  int pushes_ = 0;
};

inline ImageBench& bench() {
  static ImageBench shared;
  return shared;
}

inline base::Json with_platform(base::Json entry, const std::string& os,
                                const std::string& architecture) {
  entry.set("platform", base::Json::object({{"os", os}, {"architecture", architecture}}));
  return entry;
}

inline base::Json with_name(base::Json entry, std::string_view annotation,
                            const std::string& name) {
  base::Json annotations =
      entry.find("annotations") != nullptr ? *entry.find("annotations") : base::Json::object();
  annotations.set(annotation, name);
  entry.set("annotations", std::move(annotations));
  return entry;
}

inline base::Json attestation_of(const Layout& layout, const base::Json& image) {
  return with_name(
      with_platform(layout.manifest({"about " + digest_of(image)}), "unknown", "unknown"),
      "vnd.docker.reference.digest", digest_of(image));
}

}  // namespace berth::test
