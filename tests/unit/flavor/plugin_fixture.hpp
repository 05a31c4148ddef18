// A running plugin of tests/plugins, with limits short enough for tests, and its output.
#pragma once

#include <sys/wait.h>

#include <cerrno>
#include <mutex>
#include <string>
#include <vector>

#include "base/escape.hpp"
#include "flavor/flavor_settings.hpp"
#include "flavor/plugin.hpp"

namespace berth::test {

class KeptLog final : public base::Log {
 public:
  [[nodiscard]] bool enabled(base::LogLevel) const override { return true; }
  void write(base::LogLevel, std::string_view,
             std::initializer_list<base::LogField> fields) override {
    const std::lock_guard lock(mutex_);
    for (const auto& [key, value] : fields)
      if (key != "file") lines_.push_back(std::string(key) + "=" + value);
  }
  [[nodiscard]] bool has(std::string_view text) const {
    const std::lock_guard lock(mutex_);
    return std::any_of(lines_.begin(), lines_.end(),
                       [&](const auto& line) { return line.find(text) != line.npos; });
  }
  [[nodiscard]] std::size_t bytes() const {
    const std::lock_guard lock(mutex_);
    std::size_t sum = 0;
    for (const auto& line : lines_) sum += line.size();
    return sum;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

inline std::string plugin_path(const std::string& name) {
  return std::string(BERTH_TEST_PLUGINS) + "/" + name + ".so";
}

// No child of this process is left, running or unreaped.
inline bool no_child_left() { return ::waitpid(-1, nullptr, WNOHANG) < 0 && errno == ECHILD; }

inline constexpr std::chrono::milliseconds kLong{20'000};

struct PluginRun {
  base::Cancellation cancellation;
  KeptLog log;
  // Long enough for a busy machine: a test that waits for a limit lowers it.
  flavor::PluginOptions options{BERTH_WORKER, kLong, kLong, kLong, kLong};
  std::string uri = "localhost:5000/acme";

  flavor::Origin origin = flavor::Origin::user;

  base::Result<flavor::Plugin> start(const std::string& name, const std::string& what = {},
                                     const std::string& where = {}) {
    return start_with(name, {{"what", what}, {"where", where}});
  }
  // Empty settings are omitted.
  base::Result<flavor::Plugin> start_with(
      const std::string& name, const std::vector<std::pair<std::string, std::string>>& values) {
    BERTH_TRY(auto candidate, flavor::inspect_plugin(plugin_path(name)));
    candidate.origin = origin;
    base::Json settings = base::Json::object();
    for (const auto& [key, value] : values)
      if (!value.empty()) settings.set(key, value);
    return flavor::Plugin::start(candidate, oci::RegistryUri::parse(uri).value(), settings, options,
                                 cancellation, log);
  }
};

inline flavor::ImageView some_image() {
  return {"localhost:5000/acme/app:1", "app", "acme/app", "1", nullptr};
}

inline oci::Digest some_digest() {
  return oci::Digest::parse("sha256:" + std::string(64, 'a')).value();
}

// A push service that returns a verified digest, and counts its calls.
struct CountedPush {
  int pushes = 0;
  flavor::Services services() {
    flavor::Services services;
    services.push = [this]() -> base::Result<push::Report> {
      ++pushes;
      return push::Report{some_digest(), {}, 0, 0};
    };
    return services;
  }
};

}  // namespace berth::test
