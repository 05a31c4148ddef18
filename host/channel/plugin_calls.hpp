// The calls of the host that start and stop a plugin. image_calls.hpp and extension_calls.hpp have
// those in between.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "channel/calls.hpp"
#include "channel/field.hpp"

namespace berth::channel {

// Maximum size of a plugin's metadata. abi.h, "The note".
inline constexpr std::size_t kMaxMetadata = std::size_t{1} << 20U;

// Makes the worker enter its sandbox. Sent before the plugin is loaded, so that the plugin cannot
// forge the response.
struct EnterSandbox {
  static constexpr CallInfo kInfo{.method = "sandbox", .function = "loading"};
  struct Request {
    bool debugged = false;  // a debugger may attach to the process
    static constexpr auto kFields = fields(value("debugged", &Request::debugged));
  };
  struct Response {
    bool privileges = false;
    bool files = false;
    bool system_calls = false;
    bool threads = false;  // a descriptor that limits the threads is attached to the frame
    static constexpr auto kFields = fields(
        value("privileges", &Response::privileges), value("files", &Response::files),
        value("system_calls", &Response::system_calls), value("threads", &Response::threads));
  };
};

struct LoadPlugin {
  static constexpr CallInfo kInfo{.method = "load", .function = "loading"};
  using Request = Empty;
  struct Response {
    std::string metadata{};
    std::uint32_t min_host_minor = 0;
    static constexpr auto kFields = fields(bytes("metadata", &Response::metadata, kMaxMetadata),
                                           value("min_host_minor", &Response::min_host_minor));
  };
};

// A setting of the container registry: berth_setting of abi.h.
struct SettingValue {
  std::string key{};
  std::int32_t type = 0;  // BERTH_TYPE_…
  std::string string{};
  std::int64_t integer = 0;
  double number = 0;
  static constexpr auto kFields =
      fields(exact("key", &SettingValue::key, kAnySize), value("type", &SettingValue::type),
             exact("string", &SettingValue::string, kAnySize),
             value("integer", &SettingValue::integer), value("number", &SettingValue::number));
};

// The result of upload-rules/1: berth_upload_rules of abi.h.
struct UploadRulesResult {
  bool monolithic = false;
  bool allow_unknown_length = false;
  bool verify_range = false;
  std::uint64_t max_chunk_size = 0;
  std::uint64_t min_chunk_size = 0;
  static constexpr auto kFields =
      fields(value("monolithic", &UploadRulesResult::monolithic),
             value("allow_unknown_length", &UploadRulesResult::allow_unknown_length),
             value("verify_range", &UploadRulesResult::verify_range),
             value("max_chunk_size", &UploadRulesResult::max_chunk_size),
             value("min_chunk_size", &UploadRulesResult::min_chunk_size));
};

struct CreateFlavor {
  static constexpr CallInfo kInfo{.method = "create", .function = "create"};
  struct Request {
    std::string uri{};
    std::vector<SettingValue> settings{};
    static constexpr auto kFields = fields(exact("uri", &Request::uri, kAnySize),
                                           list("settings", &Request::settings, kAnySize));
  };
  struct Response {
    std::vector<std::string> extensions{};  // those that it supports: "credentials/1"
    bool recognises_expiry = false;         // credentials/1 has is_expired
    std::optional<UploadRulesResult> upload_rules{};
    static constexpr auto kFields =
        fields(list("extensions", &Response::extensions, 16, Format::exact, 64),
               value("recognises_expiry", &Response::recognises_expiry),
               value("upload_rules", &Response::upload_rules));
  };
};

// Destroys all flavors that were created; the process keeps running, so that the host can look at
// what they left. Only for the conformance kit.
struct ReleaseFlavors {
  static constexpr CallInfo kInfo{.method = "release", .function = "destroy"};
  using Request = Empty;
  using Response = Empty;
};

struct DestroyFlavor {
  static constexpr CallInfo kInfo{.method = "destroy", .function = "destroy"};
  using Request = Empty;
  using Response = Empty;
};

}  // namespace berth::channel
