#include "registry/referrers_client.hpp"

#include <fmt/format.h>

#include "oci/manifest.hpp"
#include "registry/page_reader.hpp"
#include "registry/response_error.hpp"

namespace berth::registry {
namespace {

using base::Error;
using base::ErrorClass;

// Maximum number of referrers of one manifest.
constexpr std::size_t kMaxReferrers = 100'000;

// Returns whether the response is one of the endpoint, not that of a registry that does not have
// it: registries without it return 404, 405 or a page.
bool is_referrers_response(const http::Response& response) {
  const auto* type = response.header("content-type");
  return response.status == 200 && type != nullptr && type->starts_with(oci::media_type::kOciIndex);
}

bool lacks_endpoint(const http::Response& response) {
  const int status = response.status;
  return status == 200 || status == 404 || status == 405 || status == 400 || status == 501;
}

Error malformed_referrers(std::string_view host, std::string cause) {
  return Error(ErrorClass::server, "registry.referrers-malformed",
               fmt::format("{} returned a malformed list of referrers", host))
      .cause(std::move(cause));
}

}  // namespace

std::string referrers_tag(const oci::Digest& digest) {
  return fmt::format("{}-{}", digest.algorithm() == oci::Algorithm::sha256 ? "sha256" : "sha512",
                     digest.hex());
}

base::Result<Referrers> ReferrersClient::list(std::string_view repository,
                                              const oci::Digest& digest) {
  http::Request request;
  request.body_limit = oci::kManifestLimit;
  request.headers = {{"Accept", std::string(oci::media_type::kOciIndex)}};
  PageReader pages(client_, std::string(repository),
                   fmt::format("{}/referrers/{}", repository, digest.str()), std::move(request));
  Referrers referrers;
  while (true) {
    BERTH_TRY(auto page, pages.next());
    if (!page) return referrers;
    if (!is_referrers_response(*page)) {
      if (pages.count() == 1 && lacks_endpoint(*page)) return list_by_tag(repository, digest);
      return unexpected_response(
          client_, *page,
          {.code = "registry.referrers", .what = "list of referrers", .repository = repository});
    }
    auto index = oci::parse_index(std::move(page->body), oci::media_type::kOciIndex);
    if (!index) return malformed_referrers(client_.host(), index.error().cause());
    for (auto& entry : index->manifests) referrers.descriptors.push_back(std::move(entry));
    if (referrers.descriptors.size() > kMaxReferrers)
      return malformed_referrers(client_.host(),
                                 fmt::format("more than {} entries", kMaxReferrers));
  }
}

base::Result<Referrers> ReferrersClient::list_by_tag(std::string_view repository,
                                                     const oci::Digest& digest) {
  Referrers referrers{{}, ReferrersSource::tag_schema};
  BERTH_TRY(auto tagged, manifests_.fetch(repository, referrers_tag(digest), Need::optional));
  if (!tagged) return referrers;
  auto index = oci::parse_index(std::move(tagged->bytes), tagged->media_type);
  if (index) referrers.descriptors = std::move(index->manifests);
  return referrers;
}

}  // namespace berth::registry
