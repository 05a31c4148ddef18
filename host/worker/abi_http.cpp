#include "worker/abi_http.hpp"

#include <string>
#include <vector>

#include "channel/http_call.hpp"
#include "worker/abi_strings.hpp"
#include "worker/host_call.hpp"

namespace berth::worker {
namespace {

// Copies a request; of headers beyond the limit only one, so that the request is rejected.
// `stride` is the size of a request in the plugin's version of the ABI.
channel::HttpRequest copy_request(const berth_http_request& request, std::size_t stride) {
  channel::HttpRequest copied{.method = copy_argument(request.method),
                              .url = copy_argument(request.url),
                              .body = copy_argument(request.body),
                              .timeout_ms = request.timeout_ms};
  if (BERTH_STRIDE_HAS(stride, &request, repeatable)) copied.repeatable = request.repeatable != 0;
  for (std::size_t i = 0; i < request.header_count && i <= channel::kMaxHeaders; ++i)
    copied.headers.push_back(
        {copy_argument(request.headers[i].name), copy_argument(request.headers[i].value)});
  return copied;
}

bool is_readable_request(const berth_http_request& request) {
  bool readable = is_readable(request.method) && is_readable(request.url) &&
                  is_readable(request.body) &&
                  (request.headers != nullptr || request.header_count == 0);
  for (std::size_t i = 0; readable && i < request.header_count && i <= channel::kMaxHeaders; ++i)
    readable = is_readable(request.headers[i].name) && is_readable(request.headers[i].value);
  return readable;
}

// Passes a response to the plugin.
void pass_on(const channel::HttpResponse& response, std::size_t index,
             const berth_http_sink& sink) {
  std::vector<berth_http_header> headers;
  for (const auto& header : response.headers)
    headers.push_back({view(header.name), view(header.value)});
  const berth_http_response passed{
      sizeof(berth_http_response), response.status,     index, headers.data(), headers.size(),
      view(response.body),         view(response.error)};
  sink.take(sink.context, &passed);
}

}  // namespace

std::int32_t send_http(void* context, const berth_http_request* requests, std::size_t count,
                       std::size_t stride, const berth_http_sink* responses,
                       const berth_sink* error) noexcept {
  if (count > 0 && requests == nullptr)
    return HostCall::of(context).refuse("the requests are NULL", error);
  if (count > 0 && !BERTH_STRIDE_HAS(stride, requests, timeout_ms))
    return HostCall::of(context).refuse("the stride of the requests is too small", error);
  channel::SendHttp::Request batch;
  // Stops after the first request that is over the limit.
  for (std::size_t i = 0; i < count && i <= channel::kMaxHttpRequests; ++i) {
    const auto& request = *reinterpret_cast<const berth_http_request*>(
        reinterpret_cast<const char*>(requests) + i * stride);
    if (!is_readable_request(request))
      return HostCall::of(context).refuse("a string of a request is NULL but has a size", error);
    batch.requests.push_back(copy_request(request, stride));
    if (channel::detail::content_size(batch) > channel::kMaxBytes) break;
  }
  return HostCall::of(context).request<channel::SendHttp>(batch, error, [&](const auto& response) {
    if (responses == nullptr || responses->take == nullptr) return;
    for (std::size_t i = 0; i < response.responses.size(); ++i)
      pass_on(response.responses[i], i, *responses);
  });
}

}  // namespace berth::worker
