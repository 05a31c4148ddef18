// Every input of the corpora, and every beginning of the short ones: nothing crashes, every
// property holds.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include <boost/filesystem.hpp>

#include "fuzz/target.hpp"
#include "support/temp_dir.hpp"

using namespace berth;

namespace {

constexpr std::size_t kShort = 2048;

void replay(const fuzz::Target& target, const std::string& input) {
  target.run(input);
  for (std::size_t size = 0; size < std::min(input.size(), kShort); ++size)
    target.run(std::string_view(input).substr(0, size));
}

}  // namespace

TEST_CASE("fuzz: the corpora have no findings") {
  for (const auto& target : fuzz::targets()) {
    const auto directory = boost::filesystem::path(BERTH_FUZZ_CORPUS) / std::string(target.name);
    CAPTURE(directory.string());
    std::size_t inputs = 0;
    for (const auto& entry : boost::filesystem::directory_iterator(directory)) {
      CAPTURE(entry.path().string());
      replay(target, test::slurp(entry.path().string()));
      ++inputs;
    }
    CHECK(inputs >= 3);
  }
}
