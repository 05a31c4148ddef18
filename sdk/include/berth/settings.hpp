// Settings: the settings of a container registry. Included by container_registry.hpp.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include <berth/abi.h>
#include <berth/detail/sdk_version.hpp>

namespace berth {
inline namespace BERTH_SDK_NAMESPACE {

// Settings: typed by the flavor's schema, with its defaults. Getters return `fallback` if the key
// is not set and has no default, or is of another type. Immutable value.
class Settings {
 public:
  bool has(const std::string& key) const { return find(key, -1) != nullptr; }
  std::string string(const std::string& key, const std::string& fallback = {}) const {
    const Value* value = find(key, BERTH_TYPE_STRING);
    return value != nullptr ? value->string : fallback;
  }
  std::int64_t integer(const std::string& key, std::int64_t fallback = 0) const {
    const Value* value = find(key, BERTH_TYPE_INTEGER);
    return value != nullptr ? value->integer : fallback;
  }
  double number(const std::string& key, double fallback = 0) const {
    const Value* value = find(key, BERTH_TYPE_NUMBER);
    return value != nullptr ? value->number : fallback;
  }
  bool boolean(const std::string& key, bool fallback = false) const {
    const Value* value = find(key, BERTH_TYPE_BOOLEAN);
    return value != nullptr ? value->integer != 0 : fallback;
  }

 private:
  struct Value {
    std::int32_t type;
    std::string string;
    std::int64_t integer;
    double number;
  };
  const Value* find(const std::string& key, std::int32_t type) const {
    const auto found = values_.find(key);
    return found != values_.end() && (type < 0 || found->second.type == type) ? &found->second
                                                                              : nullptr;
  }
  friend struct PluginAccess;
  std::map<std::string, Value> values_;
};

}  // namespace BERTH_SDK_NAMESPACE
}  // namespace berth
