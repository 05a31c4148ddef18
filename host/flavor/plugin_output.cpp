#include "flavor/plugin_output.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>

namespace berth::flavor {
namespace {

constexpr std::size_t kMaxOutput = std::size_t{64} << 10U;
constexpr std::size_t kMaxLine = 4096;
constexpr int kMaxReads = 16;

}  // namespace

void PluginOutput::log_line() {
  if (!line_.empty())
    log_.write(base::LogLevel::step, "plugin", {{"file", plugin_path_}, {"printed", line_}});
  line_.clear();
}

void PluginOutput::append(std::string_view text) {
  for (const char c : text) {
    if (printed_ > kMaxOutput) return;
    if (++printed_ > kMaxOutput) line_ += "… (output truncated)";
    if (c == '\n' || line_.size() >= kMaxLine || printed_ > kMaxOutput) log_line();
    if (c != '\n' && printed_ <= kMaxOutput) line_ += c;
  }
}

void PluginOutput::read() {
  std::array<char, 4096> buffer{};
  for (int reads = 0; reads < kMaxReads; ++reads) {
    const auto count = ::read(stream_.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count == 0) stream_.reset();
    if (count <= 0) return;
    append(std::string_view(buffer.data(), static_cast<std::size_t>(count)));
  }
}

void PluginOutput::finish() {
  read();
  log_line();
}

}  // namespace berth::flavor
