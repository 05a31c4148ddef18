#include "support/berth.hpp"

#include <stdexcept>

namespace berth::test {

Berth::Berth() { boost::filesystem::create_directory(home_ / "run"); }

std::vector<std::pair<std::string, std::string>> Berth::environment() const {
  return {{"HOME", home_.path()},
          {"XDG_CONFIG_HOME", home_ / "config"},
          {"XDG_DATA_HOME", home_ / "data"},
          {"XDG_CACHE_HOME", home_ / "cache"},
          {"XDG_STATE_HOME", "/dev/null"},  // no plugin is set aside for its crashes
          {"DOCKER_CONFIG", home_ / "docker"},
          {"BERTH_FLAVOR_PATH", ""},
          {"DOCKER_HOST", ""},
          {"DOCKER_AUTH_CONFIG", ""},
          {"REGISTRY_AUTH_FILE", ""},
          {"BERTH_REGISTRIES_CONF", "/dev/null"},
          {"XDG_RUNTIME_DIR", home_ / "run"},
          {"BERTH_USERNAME", ""},
          {"BERTH_PASSWORD", ""},
          {"NO_COLOR", "1"}};
}

CommandResult Berth::run(const std::vector<std::string>& arguments, CommandOptions options) const {
  auto all = environment();
  all.insert(all.end(), options.environment.begin(), options.environment.end());
  options.environment = std::move(all);
  std::vector<std::string> argv{berth_program()};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  return run_command(argv, options);
}

void Berth::register_registry(const std::string& name, const std::string& flavor,
                              const std::string& uri) const {
  const auto result = run({"registry", "register", name, "--flavor", flavor, "--uri", uri});
  if (result.status != 0) throw std::runtime_error("register: " + result.err);
}

std::string Berth::registries_json() const { return slurp(home_ / "config/berth/registries.json"); }

std::string berth_program() { return BERTH_PROGRAM; }

bool is_error_of_class(const CommandResult& result, const std::string& error_class) {
  const auto begin = result.err.find("berth: ");
  if (begin == std::string::npos) return false;
  const auto line = result.err.substr(begin, result.err.find('\n', begin) - begin);
  const std::string tail = "(" + error_class + ")";
  return line.size() > tail.size() && line.substr(line.size() - tail.size()) == tail;
}

}  // namespace berth::test
