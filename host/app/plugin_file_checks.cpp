#include "app/plugin_file_checks.hpp"

#include <berth/abi.h>
#include <fmt/format.h>

#include <array>
#include <charconv>

#include "flavor/plugin_file.hpp"
#include "platform/object_symbols.hpp"

namespace berth::app {
namespace {

using Result = ConformanceCheck::Result;

// The versions of symbols in Debian 12, the oldest system that berth supports.
struct Floor {
  std::string_view prefix;
  std::string_view library;
  std::string_view version;
};
constexpr std::array<Floor, 3> kFloors{{{"GLIBC_", "glibc", "2.36"},
                                        {"GLIBCXX_", "libstdc++", "3.4.30"},
                                        {"CXXABI_", "libstdc++", "1.3.13"}}};

std::vector<int> numbers_of(std::string_view version) {
  std::vector<int> numbers;
  while (!version.empty()) {
    int number = 0;
    const auto parsed = std::from_chars(version.data(), version.data() + version.size(), number);
    if (parsed.ec != std::errc()) break;
    numbers.push_back(number);
    version.remove_prefix(static_cast<std::size_t>(parsed.ptr - version.data()));
    if (version.starts_with('.')) version.remove_prefix(1);
  }
  return numbers;
}

ConformanceCheck check_exports(const platform::ObjectSymbols& symbols) {
  ConformanceCheck check{.name = "exports", .detail = "only " BERTH_PLUGIN_SYMBOL};
  std::string other;
  std::size_t others = 0;
  bool has_descriptor = false;
  for (const auto& name : symbols.exported) {
    has_descriptor = has_descriptor || name == BERTH_PLUGIN_SYMBOL;
    if (name == BERTH_PLUGIN_SYMBOL) continue;
    if (others++ == 0) other = name;
  }
  if (has_descriptor && others == 0) return check;
  check.result = Result::failed;
  check.detail = has_descriptor
                     ? fmt::format("it exports {} other symbols, such as {}", others, other)
                     : "it does not export " BERTH_PLUGIN_SYMBOL;
  check.fix = has_descriptor ? "build it with berth_add_flavor(), or add -fvisibility=hidden and "
                               "-Wl,--exclude-libs,ALL -Wl,--version-script=berth_flavor.map"
                             : "add BERTH_PLUGIN(Class) to one of its sources";
  return check;
}

ConformanceCheck check_runtime(const platform::ObjectSymbols& symbols) {
  ConformanceCheck check{.name = "runtime"};
  std::string newer;
  for (const auto& floor : kFloors) {
    std::string_view highest;
    for (const std::string_view version : symbols.versions)
      if (version.starts_with(floor.prefix) &&
          numbers_of(version.substr(floor.prefix.size())) >
              numbers_of(highest.substr(std::min(highest.size(), floor.prefix.size()))))
        highest = version;
    if (highest.empty()) continue;
    check.detail += fmt::format("{}{}", check.detail.empty() ? "requires " : ", ", highest);
    if (numbers_of(highest.substr(floor.prefix.size())) > numbers_of(floor.version))
      newer += fmt::format("; Debian 12 has {} {}", floor.library, floor.version);
  }
  if (check.detail.empty()) check.detail = "requires no version of a library";
  if (newer.empty()) return check;
  check.result = Result::failed;
  check.detail += newer;
  check.fix =
      "build it on the oldest system that is to run it, or link with -static-libstdc++ "
      "-static-libgcc";
  return check;
}

ConformanceCheck check_search_path(const platform::ObjectSymbols& symbols) {
  ConformanceCheck check{.name = "search-path", .detail = "none"};
  if (symbols.search_path.empty()) return check;
  check.result = Result::failed;
  check.detail = "RUNPATH is " + symbols.search_path;
  check.fix = "link it without -rpath: set CMAKE_SKIP_RPATH, or patchelf --remove-rpath FILE";
  return check;
}

ConformanceCheck check_memory(const platform::ObjectSymbols& symbols) {
  ConformanceCheck check{.name = "memory", .detail = "no executable stack, no text relocations"};
  if (!symbols.executable_stack && !symbols.text_relocations) return check;
  check.result = Result::failed;
  check.detail = symbols.executable_stack ? "it requires an executable stack"
                                          : "the loader would have to write to its code";
  check.fix =
      symbols.executable_stack ? "link it with -Wl,-z,noexecstack" : "compile it with -fPIC";
  return check;
}

}  // namespace

base::Result<std::vector<ConformanceCheck>> check_plugin_file(const std::string& path) {
  BERTH_TRY(const auto file, flavor::open_plugin_file(path));
  platform::ObjectFileError error;
  const auto symbols = platform::read_object_symbols(file.get(), error);
  std::vector<ConformanceCheck> checks;
  if (error.kind != platform::ObjectFileError::Kind::none)
    return base::Error(base::ErrorClass::trust, "flavor.changed",
                       path + " changed while it was checked");
  checks.push_back(check_exports(symbols));
  checks.push_back(check_runtime(symbols));
  checks.push_back(check_search_path(symbols));
  checks.push_back(check_memory(symbols));
  return checks;
}

}  // namespace berth::app
