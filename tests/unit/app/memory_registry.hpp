// MemoryRegistry: a scripted server that stores blobs and manifests, as far as a push requires.
#pragma once

#include <map>
#include <string>

#include "support/images.hpp"
#include "support/scripted_server.hpp"

namespace berth::test {

class MemoryRegistry {
 public:
  [[nodiscard]] std::string host() const { return server.host(); }

  bool rejects_docker_manifests = false;
  bool denies_uploads = false;
  std::map<std::string, std::string> manifests;  // by path: "/v2/app/manifests/1"
  int blobs = 0;

 private:
  static std::string digest_header(const std::string& bytes) {
    return "Docker-Content-Digest: " + sha256(bytes) + "\r\n";
  }

  Scripted handle(const Received& request) {
    const std::string& target = request.target;
    if (target == "/v2/") return {http_answer(200)};
    if (target.find("/manifests/") != std::string::npos) return handle_manifest(request);
    if (request.method == "HEAD") return {http_answer(404)};
    if (denies_uploads)
      return {http_answer(403, R"({"errors":[{"code":"DENIED","message":"read-only"}]})")};
    if (request.method == "POST") return {http_answer(202, "", "Location: /upload/1\r\n")};
    if (request.method != "PUT") return {http_answer(202, "", "Location: /upload/1\r\n")};
    ++blobs;
    return {http_answer(201)};
  }

  Scripted handle_manifest(const Received& request) {
    if (request.method == "PUT") {
      const bool docker = request.header("content-type").find("docker") != std::string::npos;
      if (docker && rejects_docker_manifests)
        return {
            http_answer(415, R"({"errors":[{"code":"MANIFEST_INVALID","message":"media type"}]})")};
      manifests[request.target] = request.body;
      const auto slash = request.target.rfind('/');
      manifests[request.target.substr(0, slash + 1) + sha256(request.body)] = request.body;
      return {http_answer(201, "", digest_header(request.body))};
    }
    const auto found = manifests.find(request.target);
    if (found == manifests.end()) return {http_answer(404)};
    const std::string type = "application/vnd.oci.image.manifest.v1+json";
    if (request.method == "GET")
      return {http_answer(200, found->second,
                          digest_header(found->second) + "Content-Type: " + type + "\r\n")};
    return {"HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(found->second.size()) +
            "\r\nContent-Type: " + type + "\r\n" + digest_header(found->second) + "\r\n"};
  }

 public:
  ScriptedServer server{[this](const Received& request) { return handle(request); }};
};

}  // namespace berth::test
