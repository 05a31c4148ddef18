// Berth: the built program with its own configuration and home directory.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "support/command.hpp"
#include "support/temp_dir.hpp"

namespace berth::test {

class Berth {
 public:
  Berth();
  // Runs berth ARGUMENTS…
  CommandResult run(const std::vector<std::string>& arguments, CommandOptions options = {}) const;
  // The environment in which it runs, for commands that start it themselves.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> environment() const;
  [[nodiscard]] const TempDir& home() const { return home_; }
  // Registers a container registry; throws if that fails.
  void register_registry(const std::string& name, const std::string& flavor,
                         const std::string& uri) const;
  // Returns the stored state, an empty string if the file does not exist.
  [[nodiscard]] std::string registries_json() const;

 private:
  TempDir home_;
};

// The program's path.
std::string berth_program();

// Whether the first line of `error` names that class: "berth: … (class)".
bool is_error_of_class(const CommandResult& result, const std::string& error_class);

}  // namespace berth::test
