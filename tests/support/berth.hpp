// Berth: the built program, run as a person would, with a configuration and a home of its own.
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
  // berth ARGUMENTS…
  CommandResult run(const std::vector<std::string>& arguments, CommandOptions options = {}) const;
  // The environment in which it runs, for commands that start it themselves.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> environment() const;
  [[nodiscard]] const TempDir& home() const { return home_; }
  // Registers a container registry; throws when that fails.
  void register_registry(const std::string& name, const std::string& flavor, const std::string& uri) const;
  // The stored state, empty when there is none.
  [[nodiscard]] std::string registries_json() const;

 private:
  TempDir home_;
};

// The program's path.
std::string berth_program();

// Whether `error`'s first line names that class: "berth: … (class)".
bool is_error_of_class(const CommandResult& result, const std::string& error_class);

}  // namespace berth::test
