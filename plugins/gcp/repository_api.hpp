// Artifact Registry's REST API: describes and creates repositories.
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

  [[nodiscard]] std::string parent() const {
    return "projects/" + project + "/locations/" + location;
  }
  [[nodiscard]] std::string name() const { return parent() + "/repositories/" + id; }
};

class RepositoryApi {
 public:
  // References must outlive this object.
  RepositoryApi(common::HostApi& host_api, const std::string& access_token)
      : host_api_(host_api), token_(access_token) {}

  // Requests in parallel the repository, and which of the permissions of a push the caller has.
  std::pair<Answer, Answer> describe(const Repository& repository);
  // Creates it and waits a few seconds for the operation.
  Answer create(const Repository& repository, bool immutable_tags);

 private:
  [[nodiscard]] common::Request request(const char* method, const std::string& path,
                                        const std::string& body = {}) const;
  Answer finished(Answer operation);
  common::HostApi& host_api_;
  const std::string& token_;
};

// Returns whether a response of testIamPermissions contains `permission`.
bool grants(const Json& answer, const std::string& permission);

inline constexpr const char* kUploadPermission = "artifactregistry.repositories.uploadArtifacts";
inline constexpr const char* kTagPermissions[] = {"artifactregistry.tags.create",
                                                  "artifactregistry.tags.update"};

}  // namespace berth::gcp
