#include "registry/manifest_client.hpp"

#include <fmt/format.h>

#include "oci/hasher.hpp"
#include "oci/manifest.hpp"
#include "registry/response_error.hpp"

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

// Returns the digest in ".../manifests/sha256:…" (OCI distribution-spec 1.1, end-7); other
// registries put the tag there.
std::optional<oci::Digest> digest_in_location(const http::Response& response) {
  const auto* location = response.header("location");
  if (location == nullptr) return std::nullopt;
  const std::string_view path =
      std::string_view(*location).substr(0, location->find_first_of("?#"));
  auto digest = oci::Digest::parse(path.substr(path.rfind('/') + 1));
  return digest ? std::optional(std::move(*digest)) : std::nullopt;
}

ManifestInfo info_of(const http::Response& response) {
  ManifestInfo info;
  if (const auto* header = response.header("docker-content-digest")) {
    auto digest = oci::Digest::parse(*header);
    if (digest) info.digest = std::move(*digest);
  }
  info.media_type = content_type(response);
  if (const auto* length = response.header("content-length"))
    info.size = std::strtoull(length->c_str(), nullptr, 10);
  return info;
}

ManifestInfo receipt_of(const http::Response& response) {
  auto receipt = info_of(response);
  receipt.created = response.status == 201;
  if (!receipt.digest) receipt.digest = digest_in_location(response);
  return receipt;
}

// The request may have been executed although its response was lost.
bool is_lost(const base::Error& error) {
  return error.code() == "http.lost" || error.code() == "http.stall";
}

bool describes_manifest(const http::Response& response) {
  return response.status == 200 &&
         (response.header("docker-content-digest") != nullptr || !is_web_page(response));
}

// The bytes must match the digest that the registry reported and the one that was requested,
// whatever the algorithm.
base::Result<void> check_digest(std::string_view bytes, const std::optional<oci::Digest>& claimed,
                                const std::string& host) {
  if (!claimed || oci::is_digest_of(*claimed, bytes)) return {};
  return base::Error(base::ErrorClass::integrity, "registry.manifest-digest",
                     host + " sent a manifest that does not match its digest")
      .cause(fmt::format("expected {}, got {}", claimed->str(),
                         oci::digest_of(bytes, claimed->algorithm()).str()));
}

// Registries that delete only by digest reject a tag with 400 and various codes; those that delete
// nothing respond 405, or have no such endpoint.
bool is_unsupported_deletion(const http::Response& response, bool by_tag) {
  if (response.status == 405 || response.status == 501) return true;
  for (const auto& error : parse_api_errors(response))
    if (error.code == "UNSUPPORTED") return true;
  return by_tag && response.status == 400;
}

std::string manifest_path(std::string_view repository, std::string_view reference) {
  return fmt::format("{}/manifests/{}", repository, reference);
}

}  // namespace

std::string accepted_manifests() {
  namespace types = oci::media_type;
  return fmt::format("{}, {}, {}, {}, {}, {}", types::kOciManifest, types::kOciIndex,
                     types::kDockerManifest, types::kDockerList, types::kOciArtifact,
                     types::kOrasArtifact);
}

base::Result<std::optional<ManifestInfo>> ManifestClient::head(std::string_view repository,
                                                               std::string_view reference,
                                                               Need need) {
  auto request =
      manifest_request(http::Method::head, client_.url(manifest_path(repository, reference)));
  BERTH_TRY(const auto response, client_.send(request, repository, need));
  if (response.status == 404) return std::optional<ManifestInfo>();
  if (!describes_manifest(response))
    return unexpected_response(client_, response,
                               {.code = "registry.manifest",
                                .what = "manifest lookup",
                                .method = request.method,
                                .repository = repository});
  return std::optional(info_of(response));
}

base::Result<std::optional<FetchedManifest>> ManifestClient::fetch(std::string_view repository,
                                                                   std::string_view reference,
                                                                   Need need) {
  auto request =
      manifest_request(http::Method::get, client_.url(manifest_path(repository, reference)));
  BERTH_TRY(auto response, client_.send(request, repository, need));
  if (response.status == 404) return std::optional<FetchedManifest>();
  if (!describes_manifest(response))
    return unexpected_response(client_, response,
                               {.code = "registry.manifest",
                                .what = "manifest download",
                                .method = request.method,
                                .repository = repository});
  auto digest = oci::digest_of(response.body);
  BERTH_CHECK(check_digest(response.body, info_of(response).digest, client_.host()));
  if (auto requested = oci::Digest::parse(reference))
    BERTH_CHECK(check_digest(response.body, *requested, client_.host()));
  return std::optional(
      FetchedManifest{std::move(response.body), content_type(response), std::move(digest)});
}

bool ManifestClient::stores(std::string_view repository, std::string_view reference,
                            std::string_view bytes) {
  auto request =
      manifest_request(http::Method::head, client_.url(manifest_path(repository, reference)));
  request.retry = http::Retry::never;
  const auto response = client_.send(request, repository, Need::optional);
  if (!response || response->status != 200) return false;
  const auto digest = info_of(*response).digest;
  return digest && *digest == oci::digest_of(bytes, digest->algorithm());
}

base::Result<ManifestInfo> ManifestClient::put(std::string_view repository,
                                               std::string_view reference,
                                               std::string_view media_type,
                                               std::string_view bytes) {
  http::Request request;
  request.method = http::Method::put;
  request.url = client_.url(manifest_path(repository, reference));
  request.headers = {{"Content-Type", std::string(media_type)}};
  request.body = std::string(bytes);
  const auto response = client_.send(request, repository);
  if (response && response->ok() && !is_web_page(*response)) return receipt_of(*response);
  // An earlier attempt may have stored it: a registry with immutable tags then refuses this one.
  const bool repeated = response ? response->attempts > 1 : is_lost(response.error());
  if (repeated && stores(repository, reference, bytes))
    return ManifestInfo{oci::digest_of(bytes), std::string(media_type), bytes.size(), true};
  if (!response) return response.error().clone();
  const auto digest = oci::Digest::parse(reference);
  if (digest)
    if (auto unsupported = unsupported_algorithm(
            *response, *digest, {.code = "push.manifest", .what = "manifest"}, client_.host()))
      return std::move(*unsupported);
  auto error = unexpected_response(client_, *response,
                                   {.code = "push.manifest",
                                    .what = "manifest upload",
                                    .method = request.method,
                                    .repository = repository});
  if (error.code() != "push.manifest-refused") return error;
  auto cause = fmt::format("{}; media type {}", error.cause(), media_type);
  return std::move(error).cause(std::move(cause));
}

base::Result<DeletionResult> ManifestClient::remove(std::string_view repository,
                                                    std::string_view reference) {
  http::Request request;
  request.method = http::Method::del;
  request.url = client_.url(manifest_path(repository, reference));
  BERTH_TRY(const auto response, client_.send(request, repository));
  if (response.ok() && !is_web_page(response)) return DeletionResult{Deletion::deleted};
  const bool by_tag = !oci::Digest::parse(reference).has_value();
  if (is_unsupported_deletion(response, by_tag))
    return DeletionResult{Deletion::unsupported, error_message(response)};
  if (response.status == 404)
    return DeletionResult{response.attempts > 1 ? Deletion::deleted : Deletion::not_found,
                          error_message(response)};
  return unexpected_response(client_, response,
                             {.code = "delete.manifest",
                              .what = "deletion",
                              .method = request.method,
                              .repository = repository});
}

}  // namespace berth::registry
