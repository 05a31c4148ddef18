// PageReader: requests the pages of a list of a registry, one after the other.
// Source: OCI distribution-spec 1.1, "Listing Tags" and "Listing Referrers": a response with more
// pages has `Link: <URL>; rel="next"` (RFC 8288); the URL is relative or absolute. Part of
// RegistryClient, whose errors apply.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "registry/authenticated_client.hpp"

namespace berth::registry {

// Maximum number of pages of one list.
inline constexpr std::size_t kMaxPages = 10'000;

// Returns the URL of the page after `response`, which is the response to `request_url`;
// std::nullopt if it is the last one. `own` is the registry's origin, `host` its name for errors. A
// URL on the registry's host that has lost the port, or that is plain HTTP for a registry that uses
// HTTPS, gets the registry's own origin (a proxy in front of it that does not forward them). Class
// server, code "registry.page-link": another origin, which must not receive the credentials, or no
// usable URL.
base::Result<std::optional<std::string>> next_page(const http::Response& response,
                                                   const std::string& request_url,
                                                   const http::Origin& own, std::string_view host);

// One thread at a time.
class PageReader {
 public:
  // `path` is that of the first page, below /v2/. `client` must outlive this object.
  PageReader(AuthenticatedClient& client, std::string repository, const std::string& path,
             http::Request request);

  // Requests the next page. Returns the response, whatever its status is; std::nullopt after the
  // last page. Class server: "registry.page-link"; "registry.page-loop" if a page refers to an
  // earlier one, or after kMaxPages pages.
  base::Result<std::optional<http::Response>> next();
  // The number of pages that were requested.
  [[nodiscard]] std::size_t count() const { return seen_.size(); }

 private:
  AuthenticatedClient& client_;
  std::string repository_;
  http::Request request_;
  std::optional<std::string> url_;  // of the next page
  std::set<std::size_t> seen_;      // hashes of the URLs that were requested
};

}  // namespace berth::registry
