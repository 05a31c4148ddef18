// Read from /proc. The supervisor is a subreaper: prctl(2), PR_SET_CHILD_SUBREAPER.
#include "platform/process_tree.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "platform/unique_fd.hpp"

namespace berth::platform {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kKillLimit{500};
constexpr std::chrono::milliseconds kBetweenRounds{2};

struct Process {
  pid_t pid;
  pid_t parent;
};

std::optional<pid_t> parse_pid(std::string_view text) {
  pid_t pid = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), pid);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(pid)
                                                                  : std::nullopt;
}

// /proc/PID/stat is "PID (NAME) STATE PARENT …", where NAME may contain spaces and brackets; see
// proc(5).
std::optional<pid_t> running_parent_of(pid_t pid) {
  const UniqueFd file(
      ::open(("/proc/" + std::to_string(pid) + "/stat").c_str(), O_RDONLY | O_CLOEXEC));
  std::array<char, 512> buffer{};
  const auto size = file ? ::read(file.get(), buffer.data(), buffer.size()) : -1;
  if (size <= 0) return std::nullopt;
  const std::string_view stat(buffer.data(), static_cast<std::size_t>(size));
  const auto name_end = stat.rfind(") ");
  if (name_end == std::string_view::npos || stat.size() < name_end + 5) return std::nullopt;
  const char state = stat[name_end + 2];
  if (state == 'Z' || state == 'X') return std::nullopt;
  const auto parent = stat.substr(name_end + 4);
  return parse_pid(parent.substr(0, parent.find(' ')));
}

std::vector<Process> running_processes() {
  std::vector<Process> processes;
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir("/proc"), &::closedir);
  if (!directory) return processes;
  while (const dirent* entry = ::readdir(directory.get()))
    if (const auto pid = parse_pid(entry->d_name))
      if (const auto parent = running_parent_of(*pid)) processes.push_back({*pid, *parent});
  return processes;
}

}  // namespace

std::vector<pid_t> descendants_of(pid_t ancestor) {
  const auto processes = running_processes();
  std::vector<pid_t> found{ancestor};
  for (std::size_t at = 0; at < found.size(); ++at)
    for (const auto& process : processes)
      if (process.parent == found[at] && std::ranges::find(found, process.pid) == found.end())
        found.push_back(process.pid);
  found.erase(found.begin());
  return found;
}

std::size_t count_descriptors(pid_t process) {
  const std::string path = "/proc/" + std::to_string(process) + "/fd";
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(path.c_str()), &::closedir);
  std::size_t count = 0;
  if (directory)
    while (const auto* entry = ::readdir(directory.get()))
      if (entry->d_name[0] != '.') ++count;
  return count;
}

// "TracerPid:\t0" in /proc/PID/status: proc(5).
bool is_traced(pid_t process) {
  const UniqueFd file(
      ::open(("/proc/" + std::to_string(process) + "/status").c_str(), O_RDONLY | O_CLOEXEC));
  std::array<char, 4096> buffer{};
  const auto size = file ? ::read(file.get(), buffer.data(), buffer.size()) : -1;
  if (size <= 0) return false;
  constexpr std::string_view kName = "TracerPid:\t";
  const std::string_view text(buffer.data(), static_cast<std::size_t>(size));
  const auto at = text.find(kName);
  return at != std::string_view::npos && text.substr(at + kName.size(), 2) != "0\n";
}

void kill_descendants(pid_t ancestor) {
  const auto limit = Clock::now() + kKillLimit;
  for (auto running = descendants_of(ancestor); !running.empty() && Clock::now() < limit;
       running = descendants_of(ancestor)) {
    for (const pid_t pid : running) ::kill(pid, SIGKILL);
    std::this_thread::sleep_for(kBetweenRounds);
  }
}

}  // namespace berth::platform
