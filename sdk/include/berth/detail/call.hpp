// What an author calls of Call and Registry, carried over the boundary. Nothing here is for authors;
// container_registry.hpp includes it after its classes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include <berth/abi.h>
#include <berth/detail/convert.hpp>

namespace berth {
namespace detail {

inline void expect_ok(std::int32_t status, const Text& why) {
  if (status == BERTH_DENIED) throw AccessDenied(why.str());
  if (status != BERTH_OK) throw Failure(why.str());
}

}  // namespace detail

inline void Call::report(Severity severity, const std::string& code, const std::string& message,
                         const std::string& fix) {
  has_errors_ = has_errors_ || severity == error;
  const berth_finding finding{sizeof(berth_finding), severity, detail::view(code), detail::view(message),
                              detail::view(fix)};
  call_.report(call_.context, &finding);
}

inline void Call::log(const std::string& text) const { call_.log(call_.context, detail::view(text)); }

inline std::optional<Registry> Call::registry() const {
  const void* service = call_.query(call_.context, detail::view(BERTH_REGISTRY_1));
  if (service == nullptr) return std::nullopt;
  return Registry(static_cast<const berth_registry_1*>(service), call_.context);
}

inline std::string Call::push() {
  const auto* service = static_cast<const berth_push_1*>(call_.query(call_.context, detail::view(BERTH_PUSH_1)));
  if (service == nullptr) throw Failure("this call may not push");
  const detail::Text digest;
  const detail::Text why;
  detail::expect_ok(service->push(call_.context, digest.sink(), why.sink()), why);
  pushed_ = digest.str();
  return *pushed_;
}

inline void Registry::probe() const {
  const detail::Text why;
  detail::expect_ok(service_->probe(context_, why.sink()), why);
}

inline std::optional<std::string> Registry::manifest_digest(const std::string& repository,
                                                            const std::string& reference) const {
  const detail::Text digest;
  const detail::Text why;
  const auto status =
      service_->manifest_digest(context_, detail::view(repository), detail::view(reference), digest.sink(), why.sink());
  if (status == BERTH_NOT_FOUND) return std::nullopt;
  detail::expect_ok(status, why);
  return digest.str();
}

inline std::optional<std::uint64_t> Registry::blob_size(const std::string& repository,
                                                        const std::string& digest) const {
  std::uint64_t bytes = 0;
  const detail::Text why;
  const auto status = service_->blob_size(context_, detail::view(repository), detail::view(digest), &bytes, why.sink());
  if (status == BERTH_NOT_FOUND) return std::nullopt;
  detail::expect_ok(status, why);
  return bytes;
}

inline std::optional<std::string> Registry::granted(const std::string& repository, const std::string& actions,
                                                    bool may_create) const {
  const detail::Text granted;
  const detail::Text why;
  const auto status = service_->granted(context_, detail::view(repository), detail::view(actions), may_create ? 1 : 0,
                                        granted.sink(), why.sink());
  if (status == BERTH_NOT_FOUND) return std::nullopt;
  detail::expect_ok(status, why);
  return granted.str();
}

inline bool Registry::may_create() const {
  return service_->size >= offsetof(berth_registry_1, may_create) + sizeof service_->may_create &&
         service_->may_create(context_) != 0;
}

inline std::optional<Account> Registry::account() const {
  if (service_->size < offsetof(berth_registry_1, account) + sizeof service_->account)
    throw Failure("this berth does not report accounts");
  const detail::Text username;
  const detail::Text source;
  const detail::Text why;
  const auto status = service_->account(context_, username.sink(), source.sink(), why.sink());
  if (status == BERTH_NOT_FOUND) return std::nullopt;
  detail::expect_ok(status, why);
  return Account{username.str(), source.str()};
}

inline void Registry::probe_upload(const std::string& repository, bool may_create) const {
  const detail::Text why;
  detail::expect_ok(service_->probe_upload(context_, detail::view(repository), may_create ? 1 : 0, why.sink()), why);
}

inline RegistryAnswer Registry::ask(const char* method, const std::string& path, const std::string& scope,
                                    std::int32_t anonymous) const {
  RegistryAnswer answer;
  const detail::Text head;
  const detail::Text body;
  const detail::Text why;
  detail::expect_ok(service_->ask(context_, detail::view(method), detail::view(path), detail::view(scope), anonymous,
                                  &answer.status, head.sink(), body.sink(), why.sink()),
                    why);
  answer.head = head.str();
  answer.body = body.str();
  return answer;
}

inline std::string RegistryAnswer::field(const std::string& name) const {
  const std::string start = name + ": ";
  std::size_t line = 0;
  while (line < head.size() && head.compare(line, start.size(), start) != 0) {
    const auto end = head.find('\n', line);
    if (end == std::string::npos) return {};
    line = end + 1;
  }
  if (line >= head.size()) return {};
  return head.substr(line + start.size(), head.find('\n', line) - line - start.size());
}

}  // namespace berth
