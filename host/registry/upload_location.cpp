#include "registry/upload_location.hpp"

#include <fmt/format.h>

#include "base/redact.hpp"
#include "http/curl_handles.hpp"

namespace berth::registry {
namespace {

using base::Error;
using base::ErrorClass;

constexpr const char* kForwardHeaders =
    "make the proxy in front of the registry forward Host with its port, and X-Forwarded-Proto; or "
    "set the public "
    "URL in the registry's configuration";

bool names_port(const std::string& url) {
  const http::CurlUrl parsed(http::curl().url());
  if (http::curl().url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) return false;
  return http::url_part(parsed, CURLUPART_PORT).has_value();
}

Error insecure_location(const std::string& url, std::string_view host) {
  return Error(ErrorClass::server, "registry.insecure-location",
               fmt::format("{} redirects uploads from https to http", host))
      .cause("its Location is " + base::redact_url(url))
      .fix(kForwardHeaders);
}

base::Result<std::string> without_location(const http::Response& response, const http::Origin& own,
                                           std::string_view host, std::string_view repository) {
  const auto* uuid = response.header("docker-upload-uuid");
  const bool usable = uuid != nullptr && !uuid->empty() &&
                      uuid->find_first_not_of("0123456789abcdefABCDEF-") == std::string::npos;
  if (usable) return fmt::format("{}/v2/{}/blobs/uploads/{}", own.str(), repository, *uuid);
  return Error(ErrorClass::server, "registry.no-location",
               fmt::format("{} opened an upload without a Location", host))
      .cause(fmt::format("{} has no Location header", response.status));
}

}  // namespace

bool is_misspelt_origin(const std::string& url, const http::Origin& target,
                        const http::Origin& own) {
  if (target.host() != own.host()) return false;
  const bool downgrade = own.tls() && !target.tls();
  return downgrade || !names_port(url) || target.port() == own.port();
}

base::Result<std::string> upload_location(const http::Response& response, const http::Origin& own,
                                          std::string_view host, std::string_view repository) {
  const auto* location = response.header("location");
  if (location == nullptr || location->empty())
    return without_location(response, own, host, repository);
  auto resolved = http::resolve_url(response.url, *location);
  if (!resolved)
    return Error(ErrorClass::server, resolved.error().code(),
                 fmt::format("{} returned an invalid upload Location", host))
        .cause(fmt::format("{}: {}", resolved.error().message(), resolved.error().cause()));
  std::string url = std::move(*resolved);
  url.resize(std::min(url.find('#'), url.size()));
  BERTH_TRY(const auto target, http::Origin::of(url));
  if (target == own) return url;
  if (is_misspelt_origin(url, target, own)) return http::at_origin(url, own);
  if (own.tls() && !target.tls()) {
    if (auto repaired = at_own_origin(url, own, repository)) return std::move(*repaired);
    return insecure_location(url, host);
  }
  return url;
}

std::optional<std::string> at_own_origin(const std::string& url, const http::Origin& own,
                                         std::string_view repository) {
  const auto rest = http::path_and_query(url);
  const auto path = rest.substr(0, rest.find_first_of("?#"));
  if (path.find(fmt::format("/v2/{}/blobs/uploads", repository)) == std::string::npos)
    return std::nullopt;
  return http::at_origin(url, own);
}

Error location_error(Error error, const http::Origin& target, std::string_view host) {
  std::string cause = error.message();
  if (!error.cause().empty()) cause += ": " + error.cause();
  return Error(error.error_class(), error.code(),
               fmt::format("{} returned an upload Location at {}, which cannot be used", host,
                           target.str()))
      .cause(std::move(cause))
      .fix(kForwardHeaders)
      .max_attempts(error.max_attempts());
}

}  // namespace berth::registry
