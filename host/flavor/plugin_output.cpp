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

// The plugin is loaded from an unnamed file: "…/fd/5(+0x1b2c) [0x7f…]".
void PluginOutput::keep_output() {
  if (line_.starts_with("crashed; the calls, innermost first")) reports_crash_ = true;
  if (!reports_crash_) {
    last_line_ = line_;
    return;
  }
  const auto offset = line_.find("(+0x");
  if (!crash_site_.empty() || offset == std::string::npos ||
      line_.find("/fd/") == std::string::npos)
    return;
  const auto end = line_.find(')', offset);
  crash_site_ = plugin_path_.substr(plugin_path_.rfind('/') + 1) +
                line_.substr(offset, end == std::string::npos ? end : end - offset + 1);
}

void PluginOutput::log_line() {
  if (!line_.empty()) keep_output();
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
