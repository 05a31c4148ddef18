#include "worker/plugin_file.hpp"

#include <dlfcn.h>

#include <boost/dll/shared_library.hpp>

namespace berth::worker {
namespace {

using base::Error;
using base::ErrorClass;

// Boost's error code says only that it failed; the loader's own words say why.
std::string loader_words(const boost::system::error_code& error) {
  const char* words = ::dlerror();
  return words != nullptr ? words : error.message();
}

base::Result<void> check_descriptor(const berth_plugin& plugin) {
  const bool complete = plugin.size >= sizeof(berth_plugin) && plugin.metadata != nullptr && plugin.create != nullptr &&
                        plugin.destroy != nullptr && plugin.query != nullptr && plugin.prepare_image_push != nullptr &&
                        plugin.push_image != nullptr;
  if (complete && plugin.abi_major == BERTH_ABI_MAJOR) return {};
  return Error(ErrorClass::plugin, "plugin.descriptor", "its descriptor is incomplete")
      .cause(plugin.abi_major == BERTH_ABI_MAJOR ? "a size or a function is missing"
                                                 : "its major version is not that of its symbol");
}

}  // namespace

base::Result<const berth_plugin*> load_plugin(int fd) {
  boost::system::error_code error;
  // Never destroyed: a plugin is not unloaded.
  auto* library = new boost::dll::shared_library();
  library->load("/proc/self/fd/" + std::to_string(fd), error,
                boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local);
  if (error) return Error(ErrorClass::plugin, "plugin.load", "the loader refused it").cause(loader_words(error));
  if (!library->has(BERTH_PLUGIN_SYMBOL))
    return Error(ErrorClass::plugin, "plugin.no-symbol", "it does not export " BERTH_PLUGIN_SYMBOL);
  const auto& plugin = library->get<const berth_plugin>(BERTH_PLUGIN_SYMBOL);
  BERTH_CHECK(check_descriptor(plugin));
  return &plugin;
}

}  // namespace berth::worker
