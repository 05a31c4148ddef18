#include <sys/ioctl.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <iostream>
#include <map>

#include <boost/dll/runtime_symbol_info.hpp>

#include "base/secret.hpp"
#include "cli/run_berth.hpp"
#include "cli/signals.hpp"
#include "platform/account.hpp"
#include "platform/elevated.hpp"
#include "platform/private_memory.hpp"

namespace {

void set_wall_limit(std::chrono::milliseconds limit) {
  itimerval timer{};
  timer.it_value.tv_sec = limit.count() / 1000;
  timer.it_value.tv_usec = limit.count() % 1000 * 1000;
  ::setitimer(ITIMER_REAL, &timer, nullptr);
}

winsize size_of(int fd) {
  winsize size{};
  return ::ioctl(fd, TIOCGWINSZ, &size) == 0 ? size : winsize{};
}

unsigned err_columns() { return size_of(STDERR_FILENO).ws_col; }
unsigned err_rows() { return size_of(STDERR_FILENO).ws_row; }
unsigned out_columns() { return size_of(STDOUT_FILENO).ws_col; }

// The variables of this process. Those that hold secrets for berth itself are taken out of its
// environment, before anything is started: no program that it runs receives them, and no reader of
// /proc/PID/environ.
class ProcessVariables {
 public:
  ProcessVariables() {
    // BERTH_PASSWORD: a password. DOCKER_AUTH_CONFIG: the text of a config.json.
    for (const char* name : {"BERTH_PASSWORD", "DOCKER_AUTH_CONFIG"}) {
      char* value = std::getenv(name);
      if (value == nullptr) continue;
      secrets_.emplace(name, berth::base::Secret(value));
      ::unsetenv(name);
      char* entry =
          value - std::strlen(name) - 1;  // "NAME=VALUE", which the kernel shows even then
      berth::platform::clear_memory(entry, std::strlen(entry));
    }
  }
  [[nodiscard]] std::optional<std::string> find(std::string_view name) const {
    if (const auto secret = secrets_.find(name); secret != secrets_.end())
      return std::string(secret->second.reveal());
    const char* value = std::getenv(std::string(name).c_str());
    return value != nullptr ? std::optional<std::string>(value) : std::nullopt;
  }

 private:
  std::map<std::string, berth::base::Secret, std::less<>> secrets_;
};

berth::app::Environment environment_of(const ProcessVariables& variables) {
  return [&variables](std::string_view name) { return variables.find(name); };
}

std::optional<std::string> no_environment(std::string_view) { return std::nullopt; }

}  // namespace

int main(int argc, char** argv) {
  const bool elevated = berth::platform::is_elevated();
  berth::platform::keep_memory_private();  // it holds passwords and tokens
  std::optional<ProcessVariables> variables;
  if (!elevated) variables.emplace();
  berth::base::Cancellation cancellation;
  berth::cli::install_signal_handlers(cancellation);
  boost::system::error_code error;
  const auto program = boost::dll::program_location(error).string();
  const berth::cli::ProcessEnv process{
      .in = std::cin,
      .out = std::cout,
      .err = std::cerr,
      .environment = variables ? environment_of(*variables) : no_environment,
      .cancellation = cancellation,
      .program = program,
      .in_is_terminal = ::isatty(0) != 0,
      .err_is_terminal = ::isatty(2) != 0,
      .set_wall_limit = set_wall_limit,
      .err_columns = err_columns,
      .err_rows = err_rows,
      .account_home = berth::platform::account_home,
      .elevated = elevated,
      .out_is_terminal = ::isatty(STDOUT_FILENO) != 0,
      .out_columns = out_columns};
  return berth::cli::run_berth(std::vector<std::string>(argv + 1, argv + argc), process);
}
