// What a test of a flavor scripts, and what it looks at. Included by testing.hpp.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <berth/container_registry.hpp>
#include <berth/http.hpp>
#include <berth/process.hpp>

namespace berth {
namespace testing {

struct Finding {
  Severity severity = berth::error;
  std::string code;
  std::string message;
  std::string fix;
};

// Outcome: what one function of the flavor did.
struct Outcome {
  // Whether the function succeeded, without problems. Findings do not matter.
  bool ok = false;
  // Why it failed, and the user's next step. `code`: of an error of create(), or of the error of
  // the host that it passed on ("auth.denied").
  std::string error, fix, code;
  std::vector<Finding> findings;
  std::vector<std::string> log;
  // Requests that lack a permission, each with the permission to add.
  std::vector<std::string> denied;
  // Contract violations, for which berth would terminate the plugin, and requests that the test did
  // not script. Empty in a correct test.
  std::vector<std::string> problems;
  // The digest that push_image() returned; empty if nothing was pushed.
  std::string digest;

  // Returns the first finding with this code; nullptr if it was not reported.
  const Finding* find(const std::string& finding_code) const {
    for (const auto& finding : findings)
      if (finding.code == finding_code) return &finding;
    return nullptr;
  }
  bool has(const std::string& finding_code) const { return find(finding_code) != nullptr; }
  // Whether a finding blocks the push.
  bool blocked() const {
    for (const auto& finding : findings)
      if (finding.severity == berth::error) return true;
    return false;
  }
  // All of it as text, for the message of a failed test.
  std::string text() const {
    std::string text = error.empty() ? "" : "error: " + error + "\n";
    for (const auto& finding : findings)
      text += "finding " + finding.code + ": " + finding.message + "\n";
    for (const auto& line : denied) text += "denied: " + line + "\n";
    for (const auto& line : problems) text += "problem: " + line + "\n";
    for (const auto& line : log) text += "log: " + line + "\n";
    return text;
  }
};

struct CredentialOutcome : Outcome {
  // The credential that was returned; std::nullopt without one, `reason` is then the flavor's.
  std::optional<Credential> credential;
  std::string reason;
};

// ImageSpec: the image of a test. `repository` is below the URI. An empty digest: the layers
// are not compressed yet.
struct ImageSpec {
  std::string repository;
  std::string tag = "latest";
  std::string digest = "sha256:" + std::string(64, 'a');
  std::string media_type = "application/vnd.oci.image.manifest.v1+json";
  std::vector<Blob> blobs{};
  std::vector<std::string> platforms{"linux/amd64"};
  bool has_content = true;
};

// RegistryFault: what every request to the registry fails with.
struct RegistryFault {
  std::string code;              // "auth.denied", "net.connect"
  std::string message;           // "the credentials are not authorized"
  std::string registry_message;  // "403 DENIED: …"; may be empty
  bool denied = false;           // AccessDenied is thrown, not Failure
};

namespace detail {

// Responses to one request, in order; the last one is repeated.
template <typename Response>
class Responses {
 public:
  void add(const std::string& request, Response response) {
    queues_[request].push_back(std::move(response));
  }
  // nullptr if the request is not scripted.
  const Response* next(const std::string& request) {
    const auto found = queues_.find(request);
    if (found == queues_.end()) return nullptr;
    std::size_t& used = used_[request];
    return &found->second[used + 1 < found->second.size() ? used++ : used];
  }

 private:
  std::map<std::string, std::vector<Response>> queues_;
  std::map<std::string, std::size_t> used_;
};

struct Script {
  std::string uri = "registry.example.com";
  std::map<std::string, std::string> environment, files, settings, tags, signatures;
  std::map<std::string, std::uint64_t> blobs;
  std::map<std::vector<std::string>, ProgramResult> programs;
  Responses<HttpResponse> http;
  Responses<RegistryResponse> registry;
  std::optional<std::string> granted;
  std::optional<Account> account;
  std::optional<RegistryFault> fault;
  std::optional<RegistryFault> push_fault;
  std::optional<std::int64_t> now;
  bool offline = false;
  bool cancelled = false;
  bool side_effects = false;
  std::vector<HttpRequest> sent;
  std::vector<std::string> registry_requests;
  std::vector<std::vector<std::string>> ran;
};

}  // namespace detail
}  // namespace testing
}  // namespace berth
