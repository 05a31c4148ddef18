// For tests that hold for every message of the channel: the list of calls, and messages whose
// members have values.
#pragma once

#include "channel/extension_calls.hpp"
#include "channel/protocol.hpp"
#include "channel/registry_calls.hpp"
#include "channel/service_calls.hpp"

namespace berth::test {

using HostCalls = channel::CallList<channel::IsCancelled, channel::ExecutePush>;

// Calls visit.operator()<Call>() for each call of the protocol.
template <class Visit>
void for_each_call(Visit&& visit) {
  channel::PluginCalls::for_each(visit);
  HostCalls::for_each(visit);
  channel::RegistryCalls::for_each(visit);
  channel::SystemCalls::for_each(visit);
  channel::Notifications::for_each(visit);
}

// Calls visit.operator()<M>() for each message that is a request, a response or an error.
template <class Visit>
void for_each_message(Visit&& visit) {
  for_each_call([&]<class Call>() {
    visit.template operator()<typename Call::Request>();
    if constexpr (Call::kInfo.direction != channel::Direction::notification)
      visit.template operator()<typename Call::Response>();
  });
  visit.template operator()<channel::PluginError>();
  visit.template operator()<channel::ServiceError>();
}

// Calls visit(field) for each field of M.
template <class M, class Visit>
void for_each_field(Visit&& visit) {
  std::apply([&](const auto&... field) { (visit(field), ...); }, M::kFields);
}

// Sets `value` and all members of it.
template <class V>
void fill(V& value) {
  if constexpr (channel::Message<V>) {
    for_each_field<V>([&](const auto& field) { fill(value.*field.member); });
  } else if constexpr (channel::kIsOptional<V>) {
    fill(value.emplace());
  } else if constexpr (channel::kIsList<V>) {
    fill(value.emplace_back());
    fill(value.emplace_back());
  } else if constexpr (std::is_same_v<V, bool>) {
    value = true;
  } else if constexpr (std::is_arithmetic_v<V>) {
    value = std::numeric_limits<V>::max();
  } else {
    value = V(std::string("zw\xc3\xb6lf \"\n"));
  }
}

}  // namespace berth::test
