// MemoryRegistry: a registry in memory with a log of its requests, whose responses a test may
// replace.
#pragma once

#include <fmt/format.h>

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "support/images.hpp"
#include "support/scripted_server.hpp"

namespace berth::test {

class MemoryRegistry {
 public:
  // Called before each request, with the number of requests of the same kind (see log()) before it;
  // std::nullopt: the registry responds.
  using Before =
      std::function<std::optional<Scripted>(const Received&, const std::string& kind, int seen)>;
  // Called with each response of the registry.
  using After =
      std::function<std::string(const Received&, const std::string& kind, std::string response)>;

  explicit MemoryRegistry(Before before = {}, After after = {})
      : before_(std::move(before)),
        after_(std::move(after)),
        server_([this](const Received& request) { return respond(request); }) {}

  [[nodiscard]] ScriptedServer& server() { return server_; }
  // The requests in order: "mount", "open" (POST), "patch 4", "put 4" (with the size of the body),
  // "head", "get" (of blobs), "cancel" (DELETE), "manifest" (PUT), "other". The manifest stored
  // under a tag or digest; empty if it does not exist.
  [[nodiscard]] std::string manifest_named(const std::string& name) {
    const std::lock_guard lock(mutex_);
    const auto found = manifests.find(name);
    return found != manifests.end() ? found->second : std::string();
  }
  [[nodiscard]] bool is_empty() {
    const std::lock_guard lock(mutex_);
    return blobs.empty() && manifests.empty();
  }
  [[nodiscard]] std::vector<std::string> log() {
    const std::lock_guard lock(mutex_);
    return log_;
  }
  [[nodiscard]] bool has(const std::string& bytes) {
    const std::lock_guard lock(mutex_);
    return blobs.count(sha256(bytes)) != 0;
  }

  std::map<std::string, std::string> blobs;      // by digest
  std::map<std::string, std::string> manifests;  // by tag or digest

 private:
  static std::string kind_of(const Received& request) {
    const bool blob = request.target.find("/blobs/sha256:") != std::string::npos;
    if (request.method == "POST")
      return request.target.find("mount=") != std::string::npos ? "mount" : "open";
    if (request.method == "PATCH") return "patch";
    if (request.method == "DELETE") return "cancel";
    if (request.method == "PUT")
      return request.target.find("/manifests/") != std::string::npos ? "manifest" : "put";
    if (blob && request.method == "HEAD") return "head";
    return blob ? "get" : "other";
  }

  Scripted respond(const Received& request) {
    const std::lock_guard lock(mutex_);
    const auto kind = kind_of(request);
    const bool sized = kind == "patch" || kind == "put";
    log_.push_back(sized ? fmt::format("{} {}", kind, request.body.size()) : kind);
    const int seen = seen_[kind]++;
    if (before_)
      if (auto scripted = before_(request, kind, seen)) return std::move(*scripted);
    auto response = answer(request, kind);
    return {after_ ? after_(request, kind, std::move(response)) : std::move(response)};
  }

  std::string answer(const Received& request, const std::string& kind) {
    const auto digest_at = request.target.find("sha256:");
    const auto digest =
        digest_at != std::string::npos ? request.target.substr(digest_at, 71) : std::string();
    if (kind == "mount" && blobs.count(digest) != 0) return http_answer(201);
    if (kind == "mount" || kind == "open") return opened();
    if (kind == "patch") return patched(request);
    if (kind == "put") return stored(request, digest);
    if (kind == "cancel") return http_answer(204);
    if (kind == "manifest") return manifest(request);
    if (kind == "head" || kind == "get") return blob(request, digest);
    return tag(request);
  }

  std::string opened() {
    sessions_[std::to_string(++opened_)] = "";
    return http_answer(202, "",
                       fmt::format("Location: /v2/a/b/blobs/uploads/{}?_state=x%3D\r\n", opened_));
  }
  [[nodiscard]] std::string* session(const Received& request) {
    const auto begin = request.target.rfind('/') + 1;
    const auto found =
        sessions_.find(request.target.substr(begin, request.target.find('?') - begin));
    return found != sessions_.end() ? &found->second : nullptr;
  }
  static std::string unknown_session() {
    return http_answer(404, R"({"errors":[{"code":"BLOB_UPLOAD_UNKNOWN"}]})");
  }
  std::string patched(const Received& request) {
    auto* bytes = session(request);
    if (bytes == nullptr) return unknown_session();
    *bytes += request.body;
    return http_answer(
        202, "", fmt::format("Location: {}\r\nRange: 0-{}\r\n", request.target, bytes->size() - 1));
  }
  std::string stored(const Received& request, const std::string& digest) {
    auto* bytes = session(request);
    if (bytes == nullptr) return unknown_session();
    *bytes += request.body;
    if (sha256(*bytes) != digest)
      return http_answer(400, R"({"errors":[{"code":"DIGEST_INVALID"}]})");
    blobs[digest] = *bytes;
    return http_answer(201, "", "Docker-Content-Digest: " + digest + "\r\n");
  }
  std::string blob(const Received& request, const std::string& digest) {
    const auto found = blobs.find(digest);
    if (found == blobs.end()) return http_answer(404);
    const auto size = found->second.size();
    if (request.method == "HEAD")
      return fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", size);
    return http_answer(206, found->second.substr(0, 1),
                       fmt::format("Content-Range: bytes 0-0/{}\r\n", size));
  }
  std::string manifest(const Received& request) {
    manifests[request.target.substr(request.target.rfind('/') + 1)] = request.body;
    manifests[sha256(request.body)] = request.body;
    return http_answer(201, "", "Docker-Content-Digest: " + sha256(request.body) + "\r\n");
  }
  std::string tag(const Received& request) {
    if (request.target == "/v2/") return http_answer(200, "{}");
    const auto found = manifests.find(request.target.substr(request.target.rfind('/') + 1));
    if (found == manifests.end()) return http_answer(404);
    const auto header = "Docker-Content-Digest: " + sha256(found->second) + "\r\n";
    return http_answer(200, request.method == "HEAD" ? "" : found->second, header);
  }

  Before before_;
  After after_;
  std::mutex mutex_;
  std::vector<std::string> log_;
  std::map<std::string, int> seen_;
  std::map<std::string, std::string> sessions_;
  int opened_ = 0;
  ScriptedServer server_;
};

}  // namespace berth::test
