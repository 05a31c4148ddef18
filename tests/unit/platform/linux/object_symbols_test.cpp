// What a plugin exports and requires, and that no damaged file is read beyond its end.
#include "platform/object_symbols.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>

#include <algorithm>

#include "platform/unique_fd.hpp"
#include "support/temp_dir.hpp"

using namespace berth;
using platform::ObjectFileError;
using platform::UniqueFd;

namespace {

platform::ObjectSymbols symbols_of(const std::string& path, ObjectFileError& error) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  return platform::read_object_symbols(file.get(), error);
}

}  // namespace

TEST_CASE("object symbols: a plugin exports its descriptor and requires versions of glibc") {
  ObjectFileError error;
  const auto symbols = symbols_of(BERTH_TEST_PLUGINS "/hostile.so", error);
  CHECK(error.kind == ObjectFileError::Kind::none);
  REQUIRE(symbols.exported.size() == 1);
  CHECK(symbols.exported.front().starts_with("berth_plugin_"));
  CHECK(std::any_of(symbols.versions.begin(), symbols.versions.end(),
                    [](const auto& version) { return version.starts_with("GLIBC_2."); }));
  CHECK(symbols.search_path.empty());
  CHECK_FALSE(symbols.executable_stack);
  CHECK_FALSE(symbols.text_relocations);
}

TEST_CASE("object symbols: damaged files") {
  const test::TempDir directory;
  const std::string whole = test::slurp(BERTH_TEST_PLUGINS "/hostile.so");
  ObjectFileError error;
  for (std::size_t size = 0; size < whole.size(); size += whole.size() / 97 + 1)
    symbols_of(directory.write("cut.so", whole.substr(0, size)), error);
  // Each 64-bit word of the first 4 KiB, which holds headers and tables, becomes enormous.
  for (std::size_t at = 0; at + 8 <= std::min<std::size_t>(whole.size(), 4096); at += 8) {
    std::string damaged = whole;
    damaged.replace(at, 8, 8, '\xff');
    symbols_of(directory.write("damaged.so", damaged), error);
  }
  CHECK(symbols_of(directory.write("empty.so", ""), error).exported.empty());
}
