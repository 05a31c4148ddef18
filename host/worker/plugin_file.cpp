#include "worker/plugin_file.hpp"

#include <dlfcn.h>

#include <cstddef>

#include <boost/dll/shared_library.hpp>

namespace berth::worker {
namespace {

using base::Error;
using base::ErrorClass;

// Boost's error code only reports that loading failed; dlerror() has the reason.
std::string loader_words(const boost::system::error_code& error) {
  const char* words = ::dlerror();
  return words != nullptr ? words : error.message();
}

// The size of the descriptor in the first version of the ABI.
constexpr std::size_t kSmallest = offsetof(berth_plugin, push_image) + sizeof(berth_plugin::push_image);

base::Result<void> check_descriptor(const berth_plugin& plugin) {
  const auto wrong = [](std::string cause) {
    return Error(ErrorClass::plugin, "plugin.descriptor", "its descriptor is incomplete").cause(std::move(cause));
  };
  if (plugin.size < kSmallest) return wrong("its size is " + std::to_string(plugin.size) + " bytes");
  if (plugin.abi_major != BERTH_ABI_MAJOR) return wrong("its major version does not match its symbol");
  if (plugin.metadata == nullptr || plugin.create == nullptr || plugin.destroy == nullptr || plugin.query == nullptr ||
      plugin.prepare_image_push == nullptr || plugin.push_image == nullptr)
    return wrong("a function or its metadata is missing");
  return {};
}

}  // namespace

base::Result<const berth_plugin*> load_plugin(int fd) {
  boost::system::error_code error;
  // Intentionally leaked: a plugin is never unloaded.
  auto* library = new boost::dll::shared_library();
  library->load("/proc/self/fd/" + std::to_string(fd), error,
                boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local);
  if (error)
    return Error(ErrorClass::plugin, "plugin.load", "the dynamic loader rejected it").cause(loader_words(error));
  if (!library->has(BERTH_PLUGIN_SYMBOL))
    return Error(ErrorClass::plugin, "plugin.no-symbol", "it does not export " BERTH_PLUGIN_SYMBOL);
  const auto& plugin = library->get<const berth_plugin>(BERTH_PLUGIN_SYMBOL);
  BERTH_CHECK(check_descriptor(plugin));
  return &plugin;
}

}  // namespace berth::worker
