// TagClient: lists the tags of a repository (OCI distribution-spec 1.1, "Listing Tags"). Part of
// RegistryClient, whose errors apply.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "registry/authenticated_client.hpp"

namespace berth::registry {

// Maximum memory of the names of one list, in bytes.
inline constexpr std::size_t kMaxTagMemory = std::size_t{40} << 20U;
// Maximum size of a page: registries without pages return 100,000 tags of 128 bytes in one.
inline constexpr std::size_t kMaxTagPage = std::size_t{16} << 20U;

class TagClient {
 public:
  // `client` must outlive this object.
  explicit TagClient(AuthenticatedClient& client) : client_(client) {}

  // end-8a, end-8b. Returns the tags of all pages in the registry's order, at most `limit` (0:
  // all). The names are the registry's: they may be invalid tags. Class not-found, code
  // "registry.tags-repository" or "registry.tags-not-found"; class server, codes
  // "registry.tags-malformed", "registry.tags-too-many" (more than kMaxTagMemory) and those of
  // PageReader.
  base::Result<std::vector<std::string>> list(std::string_view repository, std::size_t limit = 0);

 private:
  AuthenticatedClient& client_;
};

}  // namespace berth::registry
