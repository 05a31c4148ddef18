// Internal: Service, used by the headers that wrap a service of the host.
#pragma once

#include <cstdint>
#include <string>

#include <berth/container_registry.hpp>
#include <berth/detail/sdk_version.hpp>

namespace berth {
inline namespace BERTH_SDK_NAMESPACE {
namespace detail {

// Service: the function table of a service. The constructor throws Failure if the host does not
// offer it to this function.
template <typename Table>
class Service {
 public:
  Service(const CallContext& call, const char* id) : call_(PluginAccess::raw(call)) {
    service_ = static_cast<const Table*>(call_.query(call_.context, view(id)));
    if (service_ == nullptr)
      throw Failure(std::string("the host does not offer the service ") + id);
  }
  const Table* operator->() const { return service_; }
  void* context() const { return call_.context; }
  // Throws unless the service that was called last returned BERTH_STATUS_OK.
  void expect_ok(std::int32_t status, const StringSink& error) const {
    detail::expect_ok(call_, status, error);
  }
  // Like expect_ok(), but returns false for BERTH_STATUS_NOT_FOUND.
  bool found(std::int32_t status, const StringSink& error) const {
    if (status != BERTH_STATUS_NOT_FOUND) expect_ok(status, error);
    return status != BERTH_STATUS_NOT_FOUND;
  }

 private:
  const berth_call& call_;
  const Table* service_;
};

}  // namespace detail
}  // namespace BERTH_SDK_NAMESPACE
}  // namespace berth
