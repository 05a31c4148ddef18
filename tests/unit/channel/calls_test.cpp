// Every message of every call: read as written, required members, types and limits.
#include <doctest/doctest.h>

#include <limits>
#include <set>

#include "base/json_parser.hpp"
#include "unit/channel/message_samples.hpp"

using namespace berth;
using namespace berth::test;
using base::Json;
using channel::Format;

namespace {

template <class M>
M filled() {
  M message{};
  fill(message);
  return message;
}

Json sent(const Json& json) { return base::parse_json(json.dump(), "a message").value(); }

template <class V>
inline constexpr bool kIsString = std::is_same_v<V, std::string> || std::is_same_v<V, base::Secret>;

// A value of JSON that no field with a value of type V accepts.
template <class V>
Json of_other_type() {
  return kIsString<V> || channel::Message<V> || channel::kIsOptional<V> ? Json(7) : Json("7");
}

// Checks that the string of `size` bytes in `field` is accepted, truncated or rejected.
template <class M, class F>
void check_string(const F& field, std::size_t size) {
  CAPTURE(size);
  M message{};
  using V = std::remove_cvref_t<decltype(message.*field.member)>;
  message.*field.member = V(std::string(size, 'x'));
  const bool fits = size <= field.max;
  if (field.format != Format::text) {
    CHECK(channel::check_limits(message).empty() == fits);
    if (size < 100'000) CHECK(channel::decode<M>(channel::encode(message)).has_value() == fits);
    return;
  }
  const auto decoded = channel::decode<M>(channel::encode(message));
  REQUIRE(decoded.has_value());
  CHECK(channel::detail::content_size((*decoded).*field.member) == std::min(size, field.max));
  Json forged = channel::encode(message);
  forged.set(field.name, std::string(size, 'x'));
  CHECK(channel::encode(channel::decode<M>(forged).value()) == channel::encode(message));
}

}  // namespace

TEST_CASE("calls: every message is read as it was written") {
  for_each_message([]<class M>() {
    const auto written = channel::encode(filled<M>());
    CAPTURE(written.dump());
    const auto read = channel::decode<M>(sent(written));
    REQUIRE(read.has_value());
    CHECK(channel::encode(*read) == written);
    const auto empty = channel::encode(M{});
    CHECK(channel::encode(channel::decode<M>(sent(empty)).value()) == empty);
  });
}

TEST_CASE(
    "calls: a message without a member, or with one of another type, is rejected and names it") {
  for_each_message([]<class M>() {
    for_each_field<M>([](const auto& field) {
      using V = std::remove_cvref_t<decltype(M{}.*field.member)>;
      CAPTURE(field.name);
      Json json = channel::encode(filled<M>());
      json.set(field.name, of_other_type<V>());
      const auto other = channel::decode<M>(json);
      REQUIRE_FALSE(other.has_value());
      CHECK(other.error().code() == "plugin.question");
      CHECK(other.error().cause().starts_with(field.name));
      json.erase(field.name);
      CHECK(channel::decode<M>(json).has_value() == channel::kIsOptional<V>);
      if (field.format == Format::bytes && kIsString<V>) {
        json.set(field.name, "not base64!");
        CHECK_FALSE(channel::decode<M>(json).has_value());
      }
    });
  });
}

TEST_CASE("calls: numbers that do not fit are rejected") {
  for_each_message([]<class M>() {
    for_each_field<M>([](const auto& field) {
      using V = std::remove_cvref_t<decltype(M{}.*field.member)>;
      if constexpr (std::is_integral_v<V> && !std::is_same_v<V, bool>) {
        CAPTURE(field.name);
        Json json = channel::encode(filled<M>());
        for (const auto& wrong : {Json(1e300), Json(-1.5), Json("1"),
                                  Json(std::is_signed_v<V> ? Json(~std::uint64_t{0}) : Json(-1))}) {
          json.set(field.name, wrong);
          CHECK_FALSE(channel::decode<M>(json).has_value());
        }
      }
    });
  });
}

TEST_CASE("calls: strings beyond their limit are truncated if they are text, else rejected") {
  int limited = 0;
  for_each_message([&]<class M>() {
    for_each_field<M>([&](const auto& field) {
      using V = std::remove_cvref_t<decltype(M{}.*field.member)>;
      if constexpr (kIsString<V>) {
        if (field.max == channel::kAnySize) return;
        CAPTURE(field.name);
        ++limited;
        check_string<M>(field, field.max);
        check_string<M>(field, field.max + 1);
      }
    });
  });
  CHECK(limited > 40);
}

TEST_CASE("calls: lists with too many items are rejected, on both sides") {
  int limited = 0;
  for_each_message([&]<class M>() {
    for_each_field<M>([&](const auto& field) {
      M message{};
      using V = std::remove_cvref_t<decltype(message.*field.member)>;
      if constexpr (channel::kIsList<V>) {
        if (field.count == channel::kAnySize) return;
        CAPTURE(field.name);
        ++limited;
        (message.*field.member).resize(field.count);
        CHECK(channel::decode<M>(channel::encode(message)).has_value());
        (message.*field.member).resize(field.count + 1);
        CHECK_FALSE(channel::check_limits(message).empty());
        CHECK_FALSE(channel::decode<M>(channel::encode(message)).has_value());
      }
    });
  });
  CHECK(limited >= 3);
  channel::SendHttp::Request batch;
  batch.requests.resize(1);
  batch.requests[0].headers.resize(65);
  CHECK(channel::check_limits(batch) == "headers has more than 64 items");
}

TEST_CASE("calls: the sum of all strings of a request is limited") {
  channel::RunProgram::Request program{{std::string(channel::kMaxBytes - 1, 'x')}, "y"};
  CHECK(channel::check_limits(program).empty());
  program.argv.emplace_back("z");
  CHECK(channel::check_limits(program) == "the request is larger than 1048576 bytes");
  CHECK_FALSE(channel::decode<channel::RunProgram::Request>(channel::encode(program)).has_value());
  channel::SendHttp::Request batch;
  batch.requests.resize(2);
  batch.requests[0].body.assign(channel::kMaxBytes / 2, 'x');
  batch.requests[1].headers.push_back({"name", std::string(channel::kMaxBytes / 2, 'x')});
  CHECK(channel::check_limits(batch) == "the request is larger than 1048576 bytes");
}

TEST_CASE(
    "calls: methods are unique within a direction, and only calls to the host need permissions") {
  std::set<std::pair<bool, std::string>> methods;
  for_each_call([&]<class Call>() {
    constexpr auto info = Call::kInfo;
    CAPTURE(info.method);
    CHECK(methods.emplace(info.direction == channel::Direction::to_plugin, info.method).second);
    CHECK((info.direction == channel::Direction::to_plugin) == !info.function.empty());
    if (info.direction != channel::Direction::to_host)
      CHECK((info.permission.empty() && !info.on_plugin_time));
  });
}

TEST_CASE("calls: a request is served by its method, with a result, none, or an error") {
  using List = channel::CallList<channel::GetVariable, channel::ReadFile>;
  struct Handler {
    base::Result<channel::Bytes> operator()(const channel::GetVariable::Request& request) const {
      return channel::Bytes{request.name + "!"};
    }
    base::Result<std::optional<channel::Bytes>> operator()(
        const channel::ReadFile::Request& request) const {
      if (request.path == "denied")
        return base::Error(base::ErrorClass::trust, "flavor.denied", "no");
      return std::optional<channel::Bytes>();
    }
  };
  const auto serve = [](std::string_view method, const Json& params) -> std::string {
    const auto served = channel::serve<List>(method, params, Handler());
    if (!served) return served.error().code();
    return *served ? channel::decode<channel::Bytes>(**served).value().bytes : "none";
  };
  CHECK(serve("env.get", channel::encode(channel::GetVariable::Request{"A"})) == "A!");
  CHECK(serve("file.read", channel::encode(channel::ReadFile::Request{"missing"})) == "none");
  CHECK(serve("file.read", channel::encode(channel::ReadFile::Request{"denied"})) ==
        "flavor.denied");
  CHECK(serve("env.get", Json::object()) == "plugin.question");
  CHECK(serve("env.get", Json()) == "plugin.question");
  CHECK(serve("exec.run", Json::object()) == "plugin.question");
  CHECK(serve("", Json::object()) == "plugin.question");
}

TEST_CASE("protocol: requests, notifications and responses differ by their members") {
  const auto request = channel::encode_request("env.get", 7, Json::object({{"name", "QQ=="}}));
  CHECK(channel::is_request(request));
  CHECK(channel::method_of(request) == "env.get");
  CHECK(channel::id_of(request) == 7);
  CHECK(channel::params_of(request).string_or("name", "") == "QQ==");
  const auto notification = channel::encode_notification("log", Json::object());
  CHECK(channel::is_request(notification));
  CHECK_FALSE(channel::id_of(notification));

  using Outcome = channel::Outcome<channel::Bytes, channel::ServiceError>;
  const auto read = [](const Outcome& outcome) {
    const auto response = sent(channel::encode_response(7, channel::encode_outcome(outcome)));
    CHECK_FALSE(channel::is_request(response));
    CHECK(channel::id_of(response) == 7);
    return channel::decode_response<channel::Bytes, channel::ServiceError>(response).value();
  };
  CHECK(std::get<0>(read(channel::Bytes{"a"})).bytes == "a");
  CHECK(std::get<1>(read(channel::ServiceError{.status = 5, .message = "no"})).status == 5);
  for (const char* malformed : {R"({"id":7})", R"({"id":7,"result":[]})", R"({"id":7,"error":{}})",
                                R"({"id":7,"error":3})"})
    CHECK_FALSE(channel::decode_response<channel::Bytes, channel::ServiceError>(
        base::parse_json(malformed, "it").value()));
}
