// Internal: Service, used by the headers that wrap a service of the host.
#pragma once

#include <cstdint>
#include <string>

#include <berth/container_registry.hpp>

namespace berth {
namespace detail {

// Service: the function table of a service. The constructor throws Failure if the host does not
// offer it to this function.
template <typename Table>
class Service {
 public:
  Service(const CallContext& call, const char* id) : call_(PluginAccess::raw(call)) {
    service_ = static_cast<const Table*>(call_.query(call_.context, view(id)));
    if (service_ == nullptr) throw Failure(std::string("the host does not offer the service ") + id);
  }
  const Table* operator->() const { return service_; }
  void* context() const { return call_.context; }

 private:
  const berth_call& call_;
  const Table* service_;
};

// Returns false for BERTH_STATUS_NOT_FOUND; throws for errors.
inline bool found(std::int32_t status, const StringSink& error) {
  if (status == BERTH_STATUS_NOT_FOUND) return false;
  expect_ok(status, error);
  return true;
}

}  // namespace detail
}  // namespace berth
