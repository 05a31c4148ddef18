// What a call between host and worker consists of, and lists of calls. A call is a struct with
//   kInfo      its entry in the table
//   Request    a message (field.hpp)
//   Response   a message; notifications have none
// The calls are in plugin_calls.hpp and service_calls.hpp, and on the page README.md.
#pragma once

#include <string_view>
#include <utility>

namespace berth::channel {

enum class Direction {
  to_plugin,     // the host calls a function of the plugin
  to_host,       // the plugin calls a function of the host, and waits
  notification,  // the plugin calls a function of the host that returns nothing
};

struct CallInfo {
  std::string_view method{};  // its name on the channel
  Direction direction = Direction::to_plugin;
  // The service or extension of abi.h that it belongs to ("registry/1"); empty for others.
  std::string_view interface {};
  // The plugin's function, for errors: "prepare_image_push". Only of calls to the plugin.
  std::string_view function{};
  // The permission that the flavor must declare: "env:NAME"; empty if it needs none.
  std::string_view permission{};
  // Whether it may be sent while the plugin waits for a response. Only of calls to the plugin.
  bool nested = false;
  // Whether the host's time counts as the plugin's: computation, as opposed to waiting for others.
  bool on_plugin_time = false;
};

template <class... Calls>
struct CallList {
  static constexpr bool contains(std::string_view method) {
    return ((Calls::kInfo.method == method) || ...);
  }

  // Calls visit.operator()<Call>() for the call with this method. Returns false if no call has it.
  template <class Visit>
  static constexpr bool visit(std::string_view method, Visit&& visit) {
    return ((Calls::kInfo.method == method && (visit.template operator()<Calls>(), true)) || ...);
  }

  // Calls visit.operator()<Call>() for each call.
  template <class Visit>
  static constexpr void for_each(Visit&& visit) {
    (visit.template operator()<Calls>(), ...);
  }
};

}  // namespace berth::channel
