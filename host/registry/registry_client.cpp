#include "registry/registry_client.hpp"

namespace berth::registry {
namespace {

constexpr std::size_t kMaxRawResponse = std::size_t{1} << 20U;

}  // namespace

base::Result<http::Response> RegistryClient::send_raw(const RawRequest& raw) {
  http::Request request;
  request.method = raw.method;
  request.url = client_.origin().str() + raw.path;
  request.headers = {{"Accept", accepted_manifests() + ", application/json, */*;q=0.1"}};
  request.body_limit = kMaxRawResponse;
  if (raw.unauthenticated && raw.path == "/v2/") {
    BERTH_TRY(const auto* ping, client_.ping_response());
    return *ping;
  }
  if (raw.unauthenticated) return client_.send_unmodified(request);
  return client_.send(request, TokenScope{.scope = raw.scope, .within = raw.within},
                      Need::restricted);
}

}  // namespace berth::registry
