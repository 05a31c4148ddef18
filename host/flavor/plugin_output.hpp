// PluginOutput: writes the output of a plugin's process to the log, line by line. At most 64 KiB
// are logged, in lines of at most 4,096 bytes. Lines are not escaped here; the log printer does
// that. Use it from one thread at a time. The log must outlive this object.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "base/log.hpp"
#include "platform/unique_fd.hpp"

namespace berth::flavor {

class PluginOutput {
 public:
  // `stream`: the read end of the pipe, non-blocking.
  PluginOutput(platform::UniqueFd stream, std::string plugin_path, base::Log& log)
      : stream_(std::move(stream)), plugin_path_(std::move(plugin_path)), log_(log) {}

  [[nodiscard]] int fd() const {
    return stream_.get();
  }  // negative once the process has closed both streams
  // Logs the available output without blocking. Reads at most 64 KiB, so that a flood of output
  // does not delay the caller.
  void read();
  // A line that the plugin logged by other means.
  void keep_line(std::string line) { last_line_ = std::move(line); }
  // The last line that the plugin printed or logged; without the report of its crash.
  [[nodiscard]] const std::string& last_line() const { return last_line_; }
  // The innermost call of the plugin in the report of its crash ("acme.so(+0x1b2c)"); empty
  // without a crash.
  [[nodiscard]] const std::string& crash_site() const { return crash_site_; }
  // Reads once more, then logs the last line even if it has no newline.
  void finish();

 private:
  void append(std::string_view text);
  void log_line();
  void keep_output();

  platform::UniqueFd stream_;
  std::string plugin_path_;
  base::Log& log_;
  std::string line_;
  std::string last_line_;
  std::string crash_site_;
  bool reports_crash_ = false;
  std::size_t printed_ = 0;
};

}  // namespace berth::flavor
