// The page host/channel/README.md lists the calls as they are. BERTH_WRITE_PAGES=1 updates it.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cstdlib>
#include <fstream>

#include "support/temp_dir.hpp"
#include "unit/channel/message_samples.hpp"

using namespace berth;
using namespace berth::test;

namespace {

constexpr const char* kPage = BERTH_CHANNEL_PAGE;
constexpr std::string_view kFirstLine = "## Calls to the plugin\n";

template <class M>
std::string describe_message();

std::string describe_size(std::size_t max) {
  return max == channel::kAnySize ? "" : fmt::format(" ≤ {}", max);
}

template <class V, class F>
std::string describe_type(const F& field) {
  if constexpr (channel::Message<V>)
    return "{" + describe_message<V>() + "}";
  else if constexpr (channel::kIsOptional<V>)
    return describe_type<typename V::value_type>(field) + ", optional";
  else if constexpr (channel::kIsList<V>)
    return "[" + describe_type<typename V::value_type>(field) + "]" + describe_size(field.count);
  else if constexpr (std::is_same_v<V, bool>)
    return "boolean";
  else if constexpr (std::is_floating_point_v<V>)
    return "number";
  else if constexpr (std::is_arithmetic_v<V>)
    return fmt::format("{}{}", std::is_signed_v<V> ? "i" : "u", 8 * sizeof(V));
  else {
    const char* format = field.format == channel::Format::bytes
                             ? "bytes"
                             : (field.format == channel::Format::text ? "text" : "string");
    return format + describe_size(field.max);
  }
}

template <class M>
std::string describe_message() {
  std::string text;
  for_each_field<M>([&](const auto& field) {
    using V = std::remove_cvref_t<decltype(M{}.*field.member)>;
    text += fmt::format("{}{}: {}", text.empty() ? "" : "; ", field.name, describe_type<V>(field));
  });
  if constexpr (channel::SizedMessage<M>)
    text += fmt::format("; all strings together ≤ {}", M::kMaxContent);
  return text;
}

std::string code(std::string_view text) {
  return text.empty() ? std::string() : fmt::format("`{}`", text);
}

struct Rows {
  std::string text;
  template <class Call>
  void operator()() {
    constexpr auto info = Call::kInfo;
    constexpr bool to_plugin = info.direction == channel::Direction::to_plugin;
    std::string second = code(to_plugin ? info.function : info.interface);
    std::string third = to_plugin ? std::string(info.nested ? "yes" : "") : code(info.permission);
    text += fmt::format("| {} | {} | {} | {}", code(info.method), second, third,
                        describe_message<typename Call::Request>());
    if constexpr (info.direction != channel::Direction::notification)
      text += " | " + describe_message<typename Call::Response>();
    text += " |\n";
  }
};

std::string tables() {
  Rows calls;
  channel::PluginCalls::for_each(calls);
  Rows services;
  HostCalls::for_each(services);
  channel::RegistryCalls::for_each(services);
  channel::SystemCalls::for_each(services);
  std::string notifications;
  channel::Notifications::for_each([&]<class Call>() {
    notifications += fmt::format("| {} | {} |\n", code(Call::kInfo.method),
                                 describe_message<typename Call::Request>());
  });
  return fmt::format(
      "{}\n| Method | Function | Nested | Request | Response |\n|---|---|---|---|---|\n{}\n"
      "Error: {}.\n\n"
      "## Calls to the host\n\n| Method | Service | Permission | Request | Response "
      "|\n|---|---|---|---|---|\n{}\n"
      "Error: {}.\n\n"
      "## Notifications of the plugin\n\n| Method | Content |\n|---|---|\n{}",
      kFirstLine, calls.text, describe_message<channel::PluginError>(), services.text,
      describe_message<channel::ServiceError>(), notifications);
}

}  // namespace

TEST_CASE("page: lists every call with its fields, limits and permission") {
  const std::string page = slurp(kPage);
  const auto begin = page.find(kFirstLine);
  REQUIRE(begin != std::string::npos);
  const std::string expected = page.substr(0, begin) + tables();
  if (std::getenv("BERTH_WRITE_PAGES") != nullptr) std::ofstream(kPage) << expected;
  CHECK_MESSAGE(slurp(kPage) == expected,
                "the page differs from the calls: run unit_channel with BERTH_WRITE_PAGES=1");
}
