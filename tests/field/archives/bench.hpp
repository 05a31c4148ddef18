// Shared by the archive cases: a registry, berth with its own home directory, and access to what
// was stored.
#pragma once

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <optional>
#include <string>
#include <vector>

#include "base/json_parser.hpp"
#include "support/berth.hpp"
#include "support/compress.hpp"
#include "support/images.hpp"
#include "support/real_registry.hpp"

namespace berth::test {

inline base::Json parse_json(const std::string& text) {
  return base::parse_json(text, "a document").value();
}

// One run of `berth push` with --output json.
struct PushOutcome {
  CommandResult result;
  base::Json document;
  std::string reference;  // "a/1:t"

  [[nodiscard]] std::string digest() const { return document.string_or("digest", ""); }
  [[nodiscard]] std::string error(std::string_view member) const {
    const auto* failure = document.find("error");
    return failure != nullptr ? failure->string_or(member, "") : std::string();
  }
};

class ArchiveBench {
 public:
  TempDir directory;
  RealRegistry registry;
  Berth berth;

  // Each push has its own repository.
  PushOutcome push(const std::string& source, const std::vector<std::string>& options = {},
                   const CommandOptions& how = {}) {
    const std::string reference = fmt::format("field/{}:t", ++pushes_);
    std::vector<std::string> arguments{"push", source, registry.host() + "/" + reference,
                                       "--output", "json"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    auto result = berth.run(arguments, how);
    CAPTURE(result.out);
    auto document = parse_json(result.out);
    return {std::move(result), std::move(document), reference};
  }
  // The manifest of the tag, read by skopeo, an independent client.
  [[nodiscard]] base::Json stored(const PushOutcome& pushed) const {
    REQUIRE_MESSAGE(pushed.result.status == 0, pushed.result.out);
    CHECK(registry.digest_seen_by_skopeo(pushed.reference) == pushed.digest());
    const auto raw = run_command({"skopeo", "inspect", "--raw", "--tls-verify=false",
                                  "docker://" + registry.host() + "/" + pushed.reference});
    return parse_json(raw.out);
  }
  void check_pushed(const PushOutcome& pushed) const { CHECK(stored(pushed).is_object()); }
  // The stored image has that config, and layers that unpack to `tars`.
  void check_stored(const PushOutcome& pushed, const std::string& config,
                    const std::vector<std::string>& tars) const {
    const auto manifest = stored(pushed);
    const std::string repository = pushed.reference.substr(0, pushed.reference.find(':'));
    CHECK(registry.fetch_blob(repository, manifest.find("config")->string_or("digest", "")) ==
          config);
    const auto& layers = *manifest.find("layers")->as_array();
    REQUIRE(layers.size() == tars.size());
    for (std::size_t i = 0; i < layers.size(); ++i) {
      CommandOptions input;
      input.input = registry.fetch_blob(repository, layers[i].string_or("digest", ""));
      CHECK(sha256(run_command({"gzip", "-dc"}, input).out) == sha256(tars[i]));
    }
  }
  // Nothing was stored, and the error is of that class (its exit status).
  void check_refused(const PushOutcome& pushed, int status) const {
    CAPTURE(pushed.result.out);
    CHECK(pushed.result.status == status);
    CHECK(registry.digest_seen_by_skopeo(pushed.reference).empty());
  }

 private:
  int pushes_ = 0;
};

inline ArchiveBench& bench() {
  static ArchiveBench shared;
  return shared;
}

constexpr int kUsage = 2;
constexpr int kNotFound = 6;
constexpr int kIntegrity = 10;

inline bool mentions(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace berth::test
