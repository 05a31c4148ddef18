#include "push/blob_locations.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace berth::push {
namespace {

std::string location_key(std::string_view host, const oci::Digest& blob) {
  return fmt::format("{} {}", host, blob.str());
}

bool holds(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

// The repositories that a blob may be mounted from.
std::vector<std::string> candidates(const image::RegistryLocation& destination,
                                    const std::optional<image::RegistryLocation>& source,
                                    const BlobLocations& locations, const oci::Digest& blob) {
  auto repositories = locations.find(destination.host, blob);
  if (source && source->host == destination.host && !holds(repositories, source->repository))
    repositories.insert(repositories.begin(), source->repository);
  if (holds(repositories, destination.repository)) repositories.clear();
  return repositories;
}

}  // namespace

std::vector<std::string> BlobLocations::find(std::string_view host, const oci::Digest& blob) const {
  std::vector<std::string> repositories;
  {
    const std::lock_guard lock(mutex_);
    const auto seen = seen_.find(location_key(host, blob));
    if (seen != seen_.end()) repositories = seen->second;
  }
  for (auto& repository : cache_.find_repositories(host, blob))
    if (!holds(repositories, repository)) repositories.push_back(std::move(repository));
  return repositories;
}

void BlobLocations::add(const std::string& host, const std::string& repository,
                        const std::vector<BlobResult>& blobs) {
  for (const auto& blob : blobs) {
    cache_.store_repository(host, repository, blob.digest);
    const std::lock_guard lock(mutex_);
    auto& repositories = seen_[location_key(host, blob.digest)];
    std::erase(repositories, repository);
    repositories.insert(repositories.begin(), repository);
  }
}

void add_mounts(const image::RegistryLocation& destination, const image::Source& source,
                const BlobLocations& locations, Plan& plan) {
  const auto origin = source.registry_location();
  std::vector<std::vector<std::string>> found(plan.blobs.size());
  std::map<std::string, std::size_t> counts;
  for (std::size_t i = 0; i < plan.blobs.size(); ++i) {
    if (!plan.blobs[i].digest) continue;
    found[i] = candidates(destination, origin, locations, *plan.blobs[i].digest);
    for (const auto& repository : found[i]) ++counts[repository];
  }
  for (std::size_t i = 0; i < plan.blobs.size(); ++i) {
    const auto best =
        std::ranges::max_element(found[i], {}, [&](const auto& one) { return counts[one]; });
    if (best != found[i].end()) plan.blobs[i].mount_from = *best;
  }
}

}  // namespace berth::push
