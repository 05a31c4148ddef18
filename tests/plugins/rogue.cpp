// A plugin that writes the bytes of its setting `bytes` (hexadecimal) into the channel, as if it
// were berth-flavor-worker, in the call that its setting `where` selects.
#include <unistd.h>

#include <berth/container_registry.hpp>
#include <string>

namespace {

constexpr int kChannel = 3;  // the worker's descriptor

std::string from_hex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return bytes;
}

class RogueContainerRegistry : public berth::BaseContainerRegistry {
 public:
  static constexpr char FLAVOR[] = "rogue";
  static constexpr char VERSION[] = "1.0.0";
  static constexpr char SETTINGS[] =
      R"({"properties":{"bytes":{"type":"string"},"where":{"type":"string"}}})";

  RogueContainerRegistry() { write("create"); }
  void prepare_image_push(berth::CallContext&, const berth::Image&) override { write("prepare"); }
  void push_image(berth::CallContext& call, const berth::Image& image) override {
    write("push");
    BaseContainerRegistry::push_image(call, image);
  }

 private:
  void write(const char* where) {
    if (settings().string("where") != where) return;
    const std::string bytes = from_hex(settings().string("bytes"));
    for (std::size_t sent = 0; sent < bytes.size();) {
      const auto count = ::write(kChannel, bytes.data() + sent, bytes.size() - sent);
      if (count <= 0) return;
      sent += static_cast<std::size_t>(count);
    }
  }
};

}  // namespace
BERTH_PLUGIN(RogueContainerRegistry)
