#include "worker/loaded_plugin.hpp"

#include <dlfcn.h>

#include "platform/shared_object.hpp"

namespace berth::worker {
namespace {

using base::Error;
using base::ErrorClass;

base::Result<void> check_descriptor(const berth_plugin& plugin) {
  const auto wrong = [](std::string cause) {
    return Error(ErrorClass::plugin, "plugin.descriptor", "its descriptor is incomplete")
        .cause(std::move(cause));
  };
  if (!BERTH_HAS(&plugin, push_image))
    return wrong("its size is " + std::to_string(plugin.size) + " bytes");
  if (plugin.abi_major != BERTH_ABI_MAJOR)
    return wrong("its major version does not match its symbol");
  if (plugin.metadata == nullptr || plugin.create == nullptr || plugin.destroy == nullptr ||
      plugin.query == nullptr || plugin.prepare_image_push == nullptr ||
      plugin.push_image == nullptr)
    return wrong("a function or its metadata is missing");
  return {};
}

}  // namespace

base::Result<const berth_plugin*> load_plugin(int fd) {
  std::string error;
  void* library = platform::load_shared_object(fd, error);
  if (library == nullptr)
    return Error(ErrorClass::plugin, "plugin.load", "the dynamic loader rejected it")
        .cause(std::move(error));
  const auto* plugin = static_cast<const berth_plugin*>(::dlsym(library, BERTH_PLUGIN_SYMBOL));
  if (plugin == nullptr)
    return Error(ErrorClass::plugin, "plugin.no-symbol", "it does not export " BERTH_PLUGIN_SYMBOL);
  BERTH_CHECK(check_descriptor(*plugin));
  return plugin;
}

}  // namespace berth::worker
