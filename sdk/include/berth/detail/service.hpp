// A service of the host by its id, for the headers that wrap one. Nothing here is for authors.
#pragma once

#include <cstdint>
#include <string>

#include <berth/container_registry.hpp>

namespace berth {
namespace detail {

template <typename Table>
class Service {
 public:
  Service(const CallContext& call, const char* id) : call_(PluginAccess::raw(call)) {
    service_ = static_cast<const Table*>(call_.query(call_.context, view(id)));
    if (service_ == nullptr) throw Failure(std::string("this call does not have the service ") + id);
  }
  const Table* operator->() const { return service_; }
  void* context() const { return call_.context; }

 private:
  const berth_call& call_;
  const Table* service_;
};

// Whether it is there.
inline bool found(std::int32_t status, const StringSink& error) {
  if (status == BERTH_STATUS_NOT_FOUND) return false;
  expect_ok(status, error);
  return true;
}

}  // namespace detail
}  // namespace berth
