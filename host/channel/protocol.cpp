#include "channel/protocol.hpp"

namespace berth::channel {

using base::Json;

Json encode_request(std::string_view method, std::uint64_t id, Json params) {
  return Json::object({{"method", method}, {"id", id}, {"params", std::move(params)}});
}

Json encode_notification(std::string_view method, Json params) {
  return Json::object({{"method", method}, {"params", std::move(params)}});
}

Json encode_response(std::uint64_t id, Json outcome) {
  outcome.set("id", id);
  return outcome;
}

bool is_request(const Json& frame) { return frame.find("method") != nullptr; }

std::string method_of(const Json& frame) { return frame.string_or("method", ""); }

std::optional<std::uint64_t> id_of(const Json& frame) {
  const Json* id = frame.find("id");
  return id != nullptr ? id->as_uint() : std::nullopt;
}

const Json& params_of(const Json& frame) {
  static const Json empty = Json::object();
  const Json* params = frame.find("params");
  return params != nullptr ? *params : empty;
}

}  // namespace berth::channel
