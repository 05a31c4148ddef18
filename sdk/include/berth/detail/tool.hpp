// A service of the host by its id, for the headers that wrap one. Nothing here is for authors.
#pragma once

#include <cstdint>
#include <string>

#include <berth/container_registry.hpp>

namespace berth {
namespace detail {

template <typename Service>
class Tool {
 public:
  Tool(const Call& call, const char* id) : call_(PluginAccess::raw(call)) {
    service_ = static_cast<const Service*>(call_.query(call_.context, view(id)));
    if (service_ == nullptr) throw Failure(std::string("this call does not have the service ") + id);
  }
  const Service* operator->() const { return service_; }
  void* context() const { return call_.context; }

 private:
  const berth_call& call_;
  const Service* service_;
};

// Whether it is there.
inline bool found(std::int32_t status, const Text& why) {
  if (status == BERTH_NOT_FOUND) return false;
  expect_ok(status, why);
  return true;
}

}  // namespace detail
}  // namespace berth
