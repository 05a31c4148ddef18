// The protocol between berth and berth-flavor-worker, and the descriptors that the worker inherits.
// The calls are in plugin_calls.hpp, extension_calls.hpp, registry_calls.hpp, service_calls.hpp and
// on the page README.md. Each frame is one of
//   {"method": …, "id": …, "params": {…}}   a request, in either direction
//   {"method": …, "params": {…}}            a notification of the plugin
//   {"id": …, "result": {…}}                the response to the request with this id
//   {"id": …, "error": {…}}                 the response to a request that failed: PluginError from
//                                           the worker, ServiceError from berth
// A request is sent only if no other is outstanding in its direction, except for a call with
// CallInfo::nested, which may be sent while the plugin waits for a response.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "channel/calls.hpp"
#include "channel/codec.hpp"

namespace berth::channel {

inline constexpr int kChannelFd = 3;
inline constexpr int kPluginFd = 4;  // a sealed copy of the plugin's bytes

// Why a function of the plugin failed. The worker is not trusted: `code` may be any text.
struct PluginError {
  std::string code{};
  std::string message{};
  std::string cause{};
  std::string fix{};
  std::string finding{};         // of create: the flavor's code for the rejection
  std::uint64_t host_error = 0;  // the error of a service that the plugin passed on; 0: none
  static constexpr auto kFields =
      fields(text("code", &PluginError::code), text("message", &PluginError::message),
             text("cause", &PluginError::cause), text("fix", &PluginError::fix),
             text("finding", &PluginError::finding), value("host_error", &PluginError::host_error));
};

// Why a service failed. `status`: BERTH_STATUS_… of abi.h. `id` identifies the error within a call
// of the plugin; 0 if the plugin cannot pass it on.
struct ServiceError {
  std::int32_t status = 0;
  std::string message{};
  std::uint64_t id = 0;
  std::string code{};
  std::string registry_message{};
  static constexpr auto kFields =
      fields(value("status", &ServiceError::status), text("message", &ServiceError::message),
             value("id", &ServiceError::id), text("code", &ServiceError::code),
             text("registry_message", &ServiceError::registry_message));
};

// The result of a call, or the error.
template <Message Result, Message Failure>
using Outcome = std::variant<Result, Failure>;

base::Json encode_request(std::string_view method, std::uint64_t id, base::Json params);
base::Json encode_notification(std::string_view method, base::Json params);
// `outcome`: see encode_outcome().
base::Json encode_response(std::uint64_t id, base::Json outcome);

// Whether `frame` is a request or a notification.
bool is_request(const base::Json& frame);
// Returns the method of a request or notification; empty if `frame` has none.
std::string method_of(const base::Json& frame);
// Returns the id; std::nullopt if it is missing or not an unsigned integer.
std::optional<std::uint64_t> id_of(const base::Json& frame);
// Returns the member "params"; an empty object if it is missing.
const base::Json& params_of(const base::Json& frame);

template <Message Result, Message Failure>
base::Json encode_outcome(const Outcome<Result, Failure>& outcome) {
  if (const auto* result = std::get_if<0>(&outcome))
    return base::Json::object({{"result", encode(*result)}});
  return base::Json::object({{"error", encode(*std::get_if<1>(&outcome))}});
}

// Returns the result or the error of a response. Errors: those of decode().
template <Message Result, Message Failure>
base::Result<Outcome<Result, Failure>> decode_response(const base::Json& frame) {
  if (const base::Json* error = frame.find("error")) {
    BERTH_TRY(auto failure, decode<Failure>(*error));
    return Outcome<Result, Failure>(std::in_place_index<1>, std::move(failure));
  }
  const base::Json* result = frame.find("result");
  BERTH_TRY(auto decoded, decode<Result>(result != nullptr ? *result : base::Json()));
  return Outcome<Result, Failure>(std::in_place_index<0>, std::move(decoded));
}

// Serves a request for one of the calls in List: decodes `params`, calls `handler` with the
// request, and encodes its response. The handler returns a base::Result of the response, or of an
// optional of it: std::nullopt means that what was requested does not exist. Errors: those of the
// handler; class plugin, code "plugin.question": `params` is malformed, or List has no such call.
template <class List, class Handler>
base::Result<std::optional<base::Json>> serve(std::string_view method, const base::Json& params,
                                              Handler&& handler) {
  using Served = base::Result<std::optional<base::Json>>;
  std::optional<Served> served{};
  List::visit(method, [&]<class Call>() {
    served = [&]() -> Served {
      BERTH_TRY(const auto request, decode<typename Call::Request>(params));
      if (auto wrong = check_strings(request); !wrong.empty())
        return base::Error(base::ErrorClass::plugin, "plugin.question", "malformed message")
            .cause(std::move(wrong));
      BERTH_TRY(const auto response, handler(request));
      if constexpr (!kIsOptional<std::remove_cvref_t<decltype(response)>>)
        return std::optional(encode(response));
      else
        return response ? std::optional(encode(*response)) : std::nullopt;
    }();
  });
  if (served) return std::move(*served);
  return base::Error(base::ErrorClass::plugin, "plugin.question",
                     "the host does not support this request");
}

}  // namespace berth::channel
