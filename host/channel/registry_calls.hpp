// The calls of a plugin to the host that concern the container registry: registry/1 and push/1.
#pragma once

#include <cstdint>
#include <string>

#include "channel/calls.hpp"
#include "channel/field.hpp"

namespace berth::channel {

// Maximum size of each argument of registry/1.
inline constexpr std::size_t kMaxRegistryArgument = 2048;

struct ProbeRegistry {
  static constexpr CallInfo kInfo{
      .method = "registry.probe", .direction = Direction::to_host, .interface = "registry/1"};
  struct Request {
    static constexpr std::tuple<> kFields{};
  };
  using Response = Empty;
};

struct ManifestDigest {
  static constexpr CallInfo kInfo{.method = "registry.manifest_digest",
                                  .direction = Direction::to_host,
                                  .interface = "registry/1"};
  struct Request {
    std::string repository{};
    std::string reference{};
    static constexpr auto kFields =
        fields(exact("repository", &Request::repository, kMaxRegistryArgument),
               exact("reference", &Request::reference, kMaxRegistryArgument));
  };
  struct Response {
    std::string digest{};
    static constexpr auto kFields = fields(exact("digest", &Response::digest, kMaxText));
  };
};

struct BlobSize {
  static constexpr CallInfo kInfo{
      .method = "registry.blob_size", .direction = Direction::to_host, .interface = "registry/1"};
  struct Request {
    std::string repository{};
    std::string digest{};
    static constexpr auto kFields =
        fields(exact("repository", &Request::repository, kMaxRegistryArgument),
               exact("digest", &Request::digest, kMaxRegistryArgument));
  };
  struct Response {
    std::uint64_t bytes = 0;
    static constexpr auto kFields = fields(value("bytes", &Response::bytes));
  };
};

struct GrantedActions {
  static constexpr CallInfo kInfo{.method = "registry.granted_actions",
                                  .direction = Direction::to_host,
                                  .interface = "registry/1"};
  struct Request {
    std::string repository{};
    std::string actions{};
    bool has_side_effects = false;
    static constexpr auto kFields =
        fields(exact("repository", &Request::repository, kMaxRegistryArgument),
               exact("actions", &Request::actions, kMaxRegistryArgument),
               value("has_side_effects", &Request::has_side_effects));
  };
  struct Response {
    std::string actions{};
    static constexpr auto kFields = fields(exact("actions", &Response::actions, kAnySize));
  };
};

struct CheckPushPermission {
  static constexpr CallInfo kInfo{.method = "registry.check_push_permission",
                                  .direction = Direction::to_host,
                                  .interface = "registry/1"};
  struct Request {
    std::string repository{};
    bool has_side_effects = false;
    static constexpr auto kFields =
        fields(exact("repository", &Request::repository, kMaxRegistryArgument),
               value("has_side_effects", &Request::has_side_effects));
  };
  using Response = Empty;
};

struct SendToRegistry {
  static constexpr CallInfo kInfo{
      .method = "registry.request", .direction = Direction::to_host, .interface = "registry/1"};
  struct Request {
    std::string method{};
    std::string path{};
    std::string scope{};
    bool unauthenticated = false;
    static constexpr auto kFields = fields(exact("method", &Request::method, kMaxRegistryArgument),
                                           exact("path", &Request::path, kMaxRegistryArgument),
                                           exact("scope", &Request::scope, kMaxRegistryArgument),
                                           value("unauthenticated", &Request::unauthenticated));
  };
  struct Response {
    std::int32_t status = 0;
    std::string headers{};
    std::string body{};
    static constexpr auto kFields =
        fields(value("status", &Response::status), exact("headers", &Response::headers, kAnySize),
               bytes("body", &Response::body, kMaxBytes));
  };
};

struct SideEffectsAllowed {
  static constexpr CallInfo kInfo{.method = "registry.side_effects_allowed",
                                  .direction = Direction::to_host,
                                  .interface = "registry/1"};
  struct Request {
    static constexpr std::tuple<> kFields{};
  };
  struct Response {
    bool allowed = false;
    static constexpr auto kFields = fields(value("allowed", &Response::allowed));
  };
};

struct GetAccount {
  static constexpr CallInfo kInfo{
      .method = "registry.account", .direction = Direction::to_host, .interface = "registry/1"};
  struct Request {
    static constexpr std::tuple<> kFields{};
  };
  struct Response {
    std::string username{};
    std::string source{};
    static constexpr auto kFields = fields(exact("username", &Response::username, kAnySize),
                                           exact("source", &Response::source, kAnySize));
  };
};

// Executes the push. Its interface is offered only in push_image.
struct ExecutePush {
  static constexpr CallInfo kInfo{
      .method = "push.push", .direction = Direction::to_host, .interface = "push/1"};
  using Request = Empty;
  struct Response {
    std::string digest{};
    static constexpr auto kFields = fields(exact("digest", &Response::digest, kMaxText));
  };
};

using RegistryCalls = CallList<ProbeRegistry, ManifestDigest, BlobSize, GrantedActions,
                               CheckPushPermission, SendToRegistry, SideEffectsAllowed, GetAccount>;

}  // namespace berth::channel
