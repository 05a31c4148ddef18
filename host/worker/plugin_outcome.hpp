// The outcome of a function of the plugin.
#pragma once

#include <berth/abi.h>

#include <string>
#include <utility>

#include "channel/protocol.hpp"
#include "worker/abi_strings.hpp"
#include "worker/host_call.hpp"

namespace berth::worker {

template <class Response>
using Outcome = channel::Outcome<Response, channel::PluginError>;

// The error of a call that the worker cannot carry out.
inline channel::PluginError out_of_order(std::string message, std::string cause = {}) {
  return {.code = "plugin.order", .message = std::move(message), .cause = std::move(cause)};
}

// The error of a plugin that violated the contract; `how` describes the violation.
inline channel::PluginError violation(std::string how) {
  return {.code = "plugin.breach", .message = std::move(how)};
}

// The error of a function that failed; `error` is the message that it wrote.
inline channel::PluginError failure(const StringSink& error) {
  return {.code = "plugin.failed", .message = error.text.empty() ? "no reason given" : error.text};
}

// Returns the outcome of `function`, called with the berth_call of a new call: with the fix and the
// cause that the plugin set, or the violation that it committed.
template <class Response, class Function>
Outcome<Response> call_plugin(HostCall& host, HostCall::Rights rights, Function&& function) {
  const berth_call* call = host.begin(std::move(rights));
  Outcome<Response> outcome = function(call);
  auto ended = host.end();
  if (ended.violation != nullptr) return violation(ended.violation);
  if (auto* error = std::get_if<1>(&outcome)) {
    error->fix = std::move(ended.fix);
    error->host_error = ended.cause;
  }
  return outcome;
}

}  // namespace berth::worker
