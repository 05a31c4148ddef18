// The calls of a plugin to the host that do not concern a container registry: services and
// notifications. The host handles each of them as sent by an untrusted process.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/secret.hpp"
#include "channel/calls.hpp"
#include "channel/field.hpp"
#include "channel/http_call.hpp"

namespace berth::channel {

struct Log {
  static constexpr CallInfo kInfo{.method = "log", .direction = Direction::notification};
  struct Request {
    std::string message{};
    static constexpr auto kFields = fields(text("message", &Request::message));
  };
};

struct Report {
  static constexpr CallInfo kInfo{.method = "report", .direction = Direction::notification};
  struct Request {
    std::int32_t severity = 0;  // BERTH_SEVERITY_…
    std::string code{};
    std::string message{};
    std::string fix{};
    static constexpr auto kFields =
        fields(value("severity", &Request::severity), text("code", &Request::code),
               text("message", &Request::message), text("fix", &Request::fix));
  };
};

// The status of the response is BERTH_STATUS_CANCELLED if the user has cancelled, as for every
// call.
struct IsCancelled {
  static constexpr CallInfo kInfo{.method = "cancelled", .direction = Direction::to_host};
  using Request = Empty;
  using Response = Empty;
};

inline constexpr std::size_t kMaxArguments = 256;  // of a program

// A result that consists of bytes.
struct Bytes {
  std::string bytes{};
  static constexpr auto kFields = fields(channel::bytes("bytes", &Bytes::bytes, kMaxBytes));
};

struct GetVariable {
  static constexpr CallInfo kInfo{.method = "env.get",
                                  .direction = Direction::to_host,
                                  .interface = "env/1",
                                  .permission = "env:NAME"};
  struct Request {
    std::string name{};
    static constexpr auto kFields = fields(bytes("name", &Request::name, kMaxText));
  };
  using Response = Bytes;
};

struct ReadFile {
  static constexpr CallInfo kInfo{.method = "file.read",
                                  .direction = Direction::to_host,
                                  .interface = "file/1",
                                  .permission = "file:PATTERN"};
  struct Request {
    std::string path{};
    static constexpr auto kFields = fields(bytes("path", &Request::path, kMaxText));
  };
  using Response = Bytes;
};

struct RunProgram {
  static constexpr CallInfo kInfo{.method = "exec.run",
                                  .direction = Direction::to_host,
                                  .interface = "exec/1",
                                  .permission = "exec:PROGRAM"};
  struct Request {
    std::vector<std::string> argv{};
    std::string input{};
    static constexpr std::size_t kMaxContent = kMaxBytes;
    static constexpr auto kFields =
        fields(list("argv", &Request::argv, kMaxArguments, Format::bytes, kMaxBytes),
               bytes("input", &Request::input, kMaxBytes));
  };
  struct Response {
    std::int32_t exit_status = 0;
    std::string out{};
    std::string err{};
    static constexpr auto kFields =
        fields(value("exit_status", &Response::exit_status),
               bytes("out", &Response::out, kMaxBytes), bytes("err", &Response::err, kMaxBytes));
  };
};

// Computations: the time counts as the plugin's.
struct Sha256 {
  static constexpr CallInfo kInfo{.method = "crypto.sha256",
                                  .direction = Direction::to_host,
                                  .interface = "crypto/1",
                                  .on_plugin_time = true};
  struct Request {
    std::string data{};
    static constexpr auto kFields = fields(bytes("data", &Request::data, kMaxBytes));
  };
  using Response = Bytes;
};

struct HmacSha256 {
  static constexpr CallInfo kInfo{.method = "crypto.hmac_sha256",
                                  .direction = Direction::to_host,
                                  .interface = "crypto/1",
                                  .on_plugin_time = true};
  struct Request {
    base::Secret key{};
    std::string data{};
    static constexpr std::size_t kMaxContent = kMaxBytes;
    static constexpr auto kFields =
        fields(bytes("key", &Request::key, kMaxBytes), bytes("data", &Request::data, kMaxBytes));
  };
  using Response = Bytes;
};

struct SignRs256 {
  static constexpr CallInfo kInfo{.method = "crypto.sign_rs256",
                                  .direction = Direction::to_host,
                                  .interface = "crypto/1",
                                  .on_plugin_time = true};
  struct Request {
    base::Secret pem{};
    std::string data{};
    static constexpr std::size_t kMaxContent = kMaxBytes;
    static constexpr auto kFields =
        fields(bytes("pem", &Request::pem, kMaxBytes), bytes("data", &Request::data, kMaxBytes));
  };
  using Response = Bytes;
};

using SystemCalls =
    CallList<GetVariable, ReadFile, RunProgram, SendHttp, Sha256, HmacSha256, SignRs256>;
using Notifications = CallList<Log, Report>;

}  // namespace berth::channel
