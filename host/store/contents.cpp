#include "store/contents.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/escape.hpp"
#include "base/near_miss.hpp"

namespace berth::store {
namespace {

using base::Error;
using base::ErrorClass;

constexpr std::size_t kMaxNameLength = 63;

}  // namespace

const ContainerRegistry* Contents::registered(std::string_view name) const {
  for (const auto& registry : container_registries)
    if (registry.name == name) return &registry;
  return nullptr;
}

base::Result<const ContainerRegistry*> Contents::find(std::string_view name) const {
  if (const auto* registry = registered(name)) return registry;
  if (const auto* entry = find_unusable(name))
    return Error(ErrorClass::disk, "store.entry",
                 "container registry " + entry->name + " cannot be used")
        .cause(fmt::format("{}: {}", entry->described, entry->reason))
        .fix(fmt::format("berth registry delete {}, then register it again", entry->name));
  Error error(ErrorClass::not_found, "registry.unknown",
              "container registry " + base::quote(name, 80) + " not found");
  if (!unavailable.empty())
    return std::move(error)
        .cause("no registrations were read: " + unavailable)
        .fix("pass --config-dir DIR");
  std::vector<std::string> names;
  for (const auto& registry : container_registries) names.push_back(registry.name);
  const auto near = base::near_miss(name, names);
  return near ? std::move(error).fix("did you mean " + *near + "?")
              : std::move(error).fix("berth registry list");
}

const UnusableEntry* Contents::find_unusable(std::string_view name) const {
  if (registered(name) != nullptr) return nullptr;
  for (const auto& entry : unusable)
    if (entry.kind == UnusableEntry::Kind::container_registry && entry.name == name &&
        !name.empty())
      return &entry;
  return nullptr;
}

void Contents::remove(const std::string& name) {
  std::erase_if(container_registries,
                [&](const ContainerRegistry& registry) { return registry.name == name; });
  std::erase_if(unusable, [&](const UnusableEntry& entry) {
    return entry.kind == UnusableEntry::Kind::container_registry && entry.name == name;
  });
  if (active == name) active.clear();
}

base::Result<void> check_name(std::string_view name) {
  auto wrong = [&](std::string cause) {
    return Error(ErrorClass::usage, "registry.name",
                 "invalid container registry name " + base::quote(name, 80))
        .cause(std::move(cause));
  };
  if (name.empty() || name.size() > kMaxNameLength)
    return wrong(fmt::format("names have 1 to {} characters", kMaxNameLength));
  if (name == "localhost") return wrong("it is a host");
  if (name[0] == '-') return wrong("it begins with a dash");
  const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
  if (!plain) return wrong("names consist of a-z, 0-9 and dashes");
  return {};
}

}  // namespace berth::store
