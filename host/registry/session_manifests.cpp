#include <fmt/format.h>

#include <algorithm>

#include "oci/hasher.hpp"
#include "registry/session_state.hpp"

namespace berth::registry {
namespace {

http::Request manifest_request(http::Method method, const std::string& url) {
  http::Request request;
  request.method = method;
  request.url = url;
  request.body_limit = oci::kManifestLimit;
  request.headers = {{"Accept", accepted_manifests()}};
  return request;
}

// Drops the parameters: no media type of a manifest has any.
std::string content_type(const http::Response& response) {
  const auto* type = response.header("content-type");
  return type != nullptr ? type->substr(0, type->find(';')) : std::string();
}

// Returns the digest in ".../manifests/sha256:…" (OCI distribution-spec 1.1, end-7); other registries put the tag
// there.
std::optional<oci::Digest> digest_in_location(const http::Response& response) {
  const auto* location = response.header("location");
  if (location == nullptr) return std::nullopt;
  const std::string_view path = std::string_view(*location).substr(0, location->find_first_of("?#"));
  auto digest = oci::Digest::parse(path.substr(path.rfind('/') + 1));
  return digest ? std::optional(std::move(*digest)) : std::nullopt;
}

ManifestAnswer answer_of(const http::Response& response) {
  ManifestAnswer answer;
  if (const auto* header = response.header("docker-content-digest")) {
    auto digest = oci::Digest::parse(*header);
    if (digest) answer.digest = std::move(*digest);
  }
  answer.media_type = content_type(response);
  if (const auto* length = response.header("content-length")) answer.size = std::strtoull(length->c_str(), nullptr, 10);
  return answer;
}

ManifestAnswer receipt_of(const http::Response& response) {
  auto receipt = answer_of(response);
  receipt.created = response.status == 201;
  if (!receipt.digest) receipt.digest = digest_in_location(response);
  return receipt;
}

// The request may have been executed although its response was lost.
bool is_lost(const base::Error& error) { return error.code() == "http.lost" || error.code() == "http.stall"; }

bool tells_of_manifest(const http::Response& response) {
  return response.status == 200 && (response.header("docker-content-digest") != nullptr || !is_web_page(response));
}

// The bytes must match the digest that the registry reported and the one that was requested, whatever the algorithm.
base::Result<void> check_digest(std::string_view bytes, const std::optional<oci::Digest>& claimed,
                                const std::string& host) {
  if (!claimed || oci::is_digest_of(*claimed, bytes)) return {};
  return base::Error(base::ErrorClass::integrity, "registry.manifest-digest",
                     host + " sent a manifest that does not match its digest")
      .cause(fmt::format("expected {}, got {}", claimed->str(), oci::digest_of(bytes, claimed->algorithm()).str()));
}

std::string manifest_path(std::string_view repository, std::string_view reference) {
  return fmt::format("{}/manifests/{}", repository, reference);
}

}  // namespace

std::string accepted_manifests() {
  namespace types = oci::media_type;
  return fmt::format("{}, {}, {}, {}, {}, {}", types::kOciManifest, types::kOciIndex, types::kDockerManifest,
                     types::kDockerList, types::kOciArtifact, types::kOrasArtifact);
}

base::Result<std::optional<ManifestAnswer>> Session::head_manifest(std::string_view repository,
                                                                   std::string_view reference, Need need) {
  auto request = manifest_request(http::Method::head, state_->url(manifest_path(repository, reference)));
  BERTH_TRY(const auto response, state_->send(request, repository, need));
  if (response.status == 404) return std::optional<ManifestAnswer>();
  if (!tells_of_manifest(response))
    return state_->unexpected(response, "registry.manifest", "manifest lookup", request.method, repository);
  return std::optional(answer_of(response));
}

base::Result<std::optional<FetchedManifest>> Session::fetch_manifest(std::string_view repository,
                                                                     std::string_view reference, Need need) {
  auto request = manifest_request(http::Method::get, state_->url(manifest_path(repository, reference)));
  BERTH_TRY(auto response, state_->send(request, repository, need));
  if (response.status == 404) return std::optional<FetchedManifest>();
  if (!tells_of_manifest(response))
    return state_->unexpected(response, "registry.manifest", "manifest download", request.method, repository);
  auto digest = oci::digest_of(response.body);
  BERTH_CHECK(check_digest(response.body, answer_of(response).digest, state_->host));
  if (auto asked = oci::Digest::parse(reference)) BERTH_CHECK(check_digest(response.body, *asked, state_->host));
  return std::optional(FetchedManifest{std::move(response.body), content_type(response), std::move(digest)});
}

bool Session::has_manifest(std::string_view repository, std::string_view reference, std::string_view bytes) {
  auto request = manifest_request(http::Method::head, state_->url(manifest_path(repository, reference)));
  request.retry = http::Retry::never;
  const auto response = state_->send(request, repository, Need::optional);
  if (!response || response->status != 200) return false;
  const auto digest = answer_of(*response).digest;
  return digest && *digest == oci::digest_of(bytes, digest->algorithm());
}

base::Result<ManifestAnswer> Session::put_manifest(std::string_view repository, std::string_view reference,
                                                   std::string_view media_type, std::string_view bytes) {
  http::Request request;
  request.method = http::Method::put;
  request.url = state_->url(manifest_path(repository, reference));
  request.headers = {{"Content-Type", std::string(media_type)}};
  request.body = std::string(bytes);
  const auto response = state_->send(request, repository);
  if (response && response->ok() && !is_web_page(*response)) return receipt_of(*response);
  // An earlier attempt may have stored it: a registry with immutable tags then refuses this one.
  const bool repeated = response ? response->attempts > 1 : is_lost(response.error());
  if (repeated && has_manifest(repository, reference, bytes))
    return ManifestAnswer{oci::digest_of(bytes), std::string(media_type), bytes.size(), true};
  if (!response) return response.error().clone();
  if (const auto digest = oci::Digest::parse(reference); digest && is_unknown_algorithm(*response, *digest))
    return base::Error(base::ErrorClass::server, "push.manifest-algorithm",
                       fmt::format("{} does not support sha512 digests", state_->host))
        .cause(fmt::format("it rejected manifest {}", reference))
        .registry(registry_words(*response));
  auto error = state_->unexpected(*response, "push.manifest", "manifest upload", request.method, repository);
  if (error.code() != "push.manifest-refused") return error;
  auto cause = fmt::format("{}; media type {}", error.cause(), media_type);
  return std::move(error).cause(std::move(cause));
}

}  // namespace berth::registry
