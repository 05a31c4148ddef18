// PluginOutput: what a plugin's process prints, as lines of the log. At most 64 KiB are logged, in lines of at most
// 4,096 bytes; the printer of the log escapes them. One thread at a time. The log must outlive it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/log.hpp"
#include "base/unique_fd.hpp"

namespace berth::flavor {

class PluginOutput {
 public:
  // `stream`: the end of the pipe to read from, non-blocking.
  PluginOutput(base::UniqueFd stream, std::string plugin_path, base::Log& log)
      : stream_(std::move(stream)), plugin_path_(std::move(plugin_path)), log_(log) {}

  [[nodiscard]] int fd() const { return stream_.get(); }  // below 0 once the process has closed both streams
  // Logs what can be read without waiting, up to a bound: a flood must not keep the caller.
  void read();
  // Logs the last line, which has no end.
  void finish();

 private:
  void append(std::string_view text);
  void log_line();

  base::UniqueFd stream_;
  std::string plugin_path_;
  base::Log& log_;
  std::string line_;
  std::size_t printed_ = 0;
};

}  // namespace berth::flavor
