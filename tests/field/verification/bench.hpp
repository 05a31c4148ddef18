// Bench: what the tests of verification and credentials share: an image, berth, and credentials in
// config.json.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "../uploads/memory_registry.hpp"
#include "base/base64.hpp"
#include "base/json_parser.hpp"
#include "support/berth.hpp"

namespace berth::test {

// The result of `berth push -o json`.
struct Outcome {
  int status = 0;
  std::string error_output;
  base::Json document;

  // A string of the error in the document: "class", "code", "message", "cause", "registry", "fix";
  // empty if absent.
  [[nodiscard]] std::string error(const std::string& key) const {
    const auto* found = document.find("error");
    return found != nullptr ? found->string_or(key, "") : "";
  }
  [[nodiscard]] std::string digest() const { return document.string_or("digest", ""); }
  [[nodiscard]] bool verified() const {
    const auto* found = document.find("verified");
    return found != nullptr && found->as_bool() == true;
  }
  [[nodiscard]] bool has_finding(const std::string& code) const {
    const auto* findings = document.find("findings");
    return findings != nullptr && findings->as_array() != nullptr &&
           std::ranges::any_of(*findings->as_array(), [&](const base::Json& one) {
             return one.string_or("code", "") == code;
           });
  }
};

struct Bench {
  TempDir directory;
  std::string digest = write_layout(directory, "img", "1", {"one", "two"});
  Berth berth;

  [[nodiscard]] std::string layout() const { return "oci:" + (directory / "img"); }
  // Pushes to a/b:1, with exactly one document on standard output.
  [[nodiscard]] Outcome push(const std::string& host, const std::vector<std::string>& options = {},
                             const std::string& source = {}) const {
    return run("push", host, options, source);
  }
  // Checks a push to a/b:1.
  [[nodiscard]] Outcome check(const std::string& host,
                              const std::vector<std::string>& options = {}) const {
    return run("check", host, options, {});
  }
  [[nodiscard]] Outcome run(const std::string& command, const std::string& host,
                            const std::vector<std::string>& options,
                            const std::string& source) const {
    std::vector<std::string> line{command, "-o", "json", source.empty() ? layout() : source,
                                  host + "/a/b:1"};
    line.insert(line.end(), options.begin(), options.end());
    const auto result = berth.run(line);
    auto document = base::parse_json(result.out, "standard output");
    REQUIRE_MESSAGE(document.has_value(), (result.out + result.err));
    return {result.status, result.err, std::move(*document)};
  }
  void write_credentials(const std::string& host,
                         const std::string& password = "open sesame") const {
    berth.home().write("docker/config.json", R"({"auths":{")" + host + R"(":{"auth":")" +
                                                 base::base64_encode("alice:" + password) +
                                                 "\"}}}");
  }
};

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

inline std::string stored_manifest(MemoryRegistry& registry, const std::string& name) {
  return registry.manifest_named(name);
}

inline bool is_empty(MemoryRegistry& registry) { return registry.is_empty(); }

inline bool is_manifest_read(const Received& request) {
  return (request.method == "HEAD" || request.method == "GET") &&
         contains(request.target, "/manifests/");
}

inline bool is_write(const Received& request) {
  return request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
}

inline Scripted api_error_answer(int status, const std::string& code,
                                 const std::string& headers = {}) {
  return {http_answer(status, R"({"errors":[{"code":")" + code + R"(","message":"test"}]})",
                      "Content-Type: application/json\r\n" + headers)};
}

inline const std::string& good_basic() {
  static const std::string value = "Basic " + base::base64_encode("alice:open sesame");
  return value;
}

inline std::string bearer_challenge(const Received& request) {
  return "WWW-Authenticate: Bearer realm=\"http://" + request.header("host") +
         "/token\",service=\"registry\"\r\n";
}

// A token whose claims grant `actions` (JSON strings) of a/b.
inline std::string token_with(const std::string& actions) {
  auto part = [](const std::string& json) {
    auto text = base::base64_encode(json);
    std::ranges::replace(text, '+', '-');
    std::ranges::replace(text, '/', '_');
    return text.substr(0, text.find('='));
  };
  return part(R"({"alg":"none"})") + "." +
         part(R"({"access":[{"type":"repository","name":"a/b","actions":[)" + actions + "]}]}") +
         ".c2ln";
}

inline Scripted token_answer(const std::string& token) {
  return {http_answer(200, R"({"token":")" + token + R"(","expires_in":300})",
                      "Content-Type: application/json\r\n")};
}

inline bool is_token_request(const Received& request) {
  return request.target.starts_with("/token");
}

}  // namespace berth::test
