#include <berth/abi.h>

#include <cstddef>
#include <deque>
#include <string>
#include <vector>

#include "base/base64.hpp"
#include "channel/protocol.hpp"
#include "worker/host_call.hpp"
#include "worker/texts.hpp"
#include "worker/tools.hpp"

namespace berth::worker {
namespace {

using base::Json;

constexpr std::size_t kMostRequests = 16;
constexpr std::size_t kMostHeaders = 64;

std::string whole(berth_string text) {
  return text.data == nullptr ? std::string() : std::string(text.data, text.size);
}

// Returns the size of a request; more than the limit if it has too many headers.
std::size_t size_of(const berth_http_request& request) {
  if (request.header_count > kMostHeaders) return channel::kMostBytes + 1;
  std::size_t size = request.method.size + request.url.size + request.body.size;
  for (std::size_t i = 0; i < request.header_count; ++i)
    size += request.headers[i].name.size + request.headers[i].value.size;
  return size;
}

// Whether the plugin marked the request as repeatable. `stride` is the size of a request in the
// plugin's version of the ABI, which may not have that field.
bool is_repeatable(const berth_http_request& request, std::size_t stride) {
  return stride >= offsetof(berth_http_request, repeatable) + sizeof request.repeatable && request.repeatable != 0;
}

Json request_json(const berth_http_request& request, std::size_t stride) {
  Json headers = Json::array();
  for (std::size_t i = 0; i < request.header_count; ++i)
    headers.push_back(Json::array({whole(request.headers[i].name), whole(request.headers[i].value)}));
  return Json::object({{"method", whole(request.method)},
                       {"url", whole(request.url)},
                       {"headers", std::move(headers)},
                       {"body", base::base64_encode(whole(request.body))},
                       {"timeout_ms", request.timeout_ms},
                       {"repeatable", is_repeatable(request, stride)}});
}

berth_string lent(std::deque<std::string>& texts, std::string text) {
  texts.push_back(std::move(text));
  return {texts.back().data(), texts.back().size()};
}

void give(const Json& answer, std::size_t index, const berth_http_sink& sink) {
  std::deque<std::string> texts;
  std::vector<berth_http_header> headers;
  if (const Json* list = answer.find("headers"); list != nullptr && list->is_array())
    for (const auto& item : *list->as_array())
      if (const auto* pair = item.as_array(); pair != nullptr && pair->size() == 2 && (*pair)[1].is_string())
        headers.push_back({lent(texts, *(*pair)[0].as_string()), lent(texts, *(*pair)[1].as_string())});
  const Json* status = answer.find("status");
  const berth_http_response response{sizeof(berth_http_response),
                                     static_cast<std::int32_t>(status != nullptr ? status->as_int().value_or(0) : 0),
                                     index,
                                     headers.data(),
                                     headers.size(),
                                     lent(texts, base::base64_decode(answer.string_or("body", "")).value_or("")),
                                     lent(texts, answer.string_or("error", ""))};
  sink.take(sink.context, &response);
}

std::int32_t send(void* context, const berth_http_request* requests, size_t count, size_t stride,
                  const berth_http_sink* responses, const berth_sink* error) noexcept {
  Json batch = Json::array();
  std::size_t size = 0;
  for (size_t i = 0; i < count && i <= kMostRequests; ++i) {
    const auto& request =
        *reinterpret_cast<const berth_http_request*>(reinterpret_cast<const char*>(requests) + i * stride);
    size += size_of(request);
    if (size > channel::kMostBytes) {
      write(error, "a batch has at most 1 MiB, and a request at most 64 headers");
      return BERTH_STATUS_REFUSED;
    }
    batch.push_back(request_json(request, stride));
  }
  const auto answer = HostCall::of(context).ask(Json::object({{"ask", "http.send"}, {"requests", std::move(batch)}}));
  if (answer.status != BERTH_STATUS_OK) {
    write(error, answer.body.string_or("error", ""));
    return answer.status;
  }
  const Json* list = answer.body.find("responses");
  if (responses == nullptr || list == nullptr || !list->is_array()) return BERTH_STATUS_OK;
  for (std::size_t i = 0; i < list->as_array()->size(); ++i) give((*list->as_array())[i], i, *responses);
  return BERTH_STATUS_OK;
}

}  // namespace

const void* http_service() {
  static const berth_http_1 http{sizeof(berth_http_1), send};
  return &http;
}

}  // namespace berth::worker
