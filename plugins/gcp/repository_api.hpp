// Artifact Registry's interface behind its registry: does the repository exist, what may one do there, make it.
// Source: Artifact Registry REST reference, v1; google.longrunning.Operation.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include <berth/json.hpp>

#include "common/host_api.hpp"
#include "gcp/gar_host.hpp"
#include "gcp/image_path.hpp"

namespace berth::gcp {

struct Answer {
  std::optional<Json> json{};  // of a success
  int status = 0;              // 0: there was no response
  std::string error{};         // "PERMISSION_DENIED: …", or why there was no response
  std::string body{};          // of an error
  std::string retry_after{};   // of an error
  bool is_pending = false;     // an operation that had not finished
};

struct Repository {
  std::string project;
  std::string location;
  std::string id;

  [[nodiscard]] std::string parent() const { return "projects/" + project + "/locations/" + location; }
  [[nodiscard]] std::string name() const { return parent() + "/repositories/" + id; }
};

class RepositoryApi {
 public:
  // Both outlive it.
  RepositoryApi(common::HostApi& host_api, const std::string& access_token)
      : host_api_(host_api), token_(access_token) {}

  // The repository, and which of the permissions that a push needs the caller has; asked at once.
  std::pair<Answer, Answer> describe(const Repository& repository);
  // Makes it, and waits for that, a few seconds.
  Answer create(const Repository& repository, bool immutable_tags);

 private:
  [[nodiscard]] common::Request request(const char* method, const std::string& path,
                                        const std::string& body = {}) const;
  Answer finished(Answer operation);
  common::HostApi& host_api_;
  const std::string& token_;
};

// Whether testIamPermissions' answer holds one.
bool grants(const Json& answer, const std::string& permission);

inline constexpr const char* kUploadPermission = "artifactregistry.repositories.uploadArtifacts";
inline constexpr const char* kTagPermissions[] = {"artifactregistry.tags.create", "artifactregistry.tags.update"};

}  // namespace berth::gcp
