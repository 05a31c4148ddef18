// Tables that fit a terminal, and the order of versions.
#include <doctest/doctest.h>

#include <algorithm>
#include <sstream>

#include "cli/natural_order.hpp"
#include "cli/table.hpp"

using namespace berth;
using cli::cut_to_width;
using cli::display_width;
using cli::format_table;

TEST_CASE("table: columns are as wide as their widest cell") {
  CHECK(format_table({{"NAME", "URI"}, {"prod", "r.example/team"}, {"a", ""}}, {}) ==
        "NAME  URI\nprod  r.example/team\na     \n");
  CHECK(format_table({}, {}).empty());
  // A cell of wide characters and one of several bytes a character.
  CHECK(format_table({{"漢字", "x"}, {"é", "y"}}, {}) == "漢字  x\né     y\n");
}

TEST_CASE("table: foreign text is escaped") {
  CHECK(format_table({{"a\x1b[31m", "b\nc"}}, {}) == "a\\x1b[31m  b\\x0ac\n");
}

TEST_CASE("table: rows fit the terminal, and end with an ellipsis where they are cut") {
  const std::string digest = "sha256:" + std::string(64, 'a');
  const std::vector<std::vector<std::string>> rows{
      {"LAYER", "DIGEST", "SIZE", "MEDIA TYPE"},
      {"1", digest, "12.3 MiB", "application/vnd.oci.image.layer.v1.tar+gzip"},
      {"2", digest, "1 B", "application/vnd.oci.image.layer.v1.tar+zstd"}};
  for (const unsigned columns : {40U, 80U, 120U}) {
    std::istringstream lines(format_table(rows, {.columns = columns}));
    for (std::string line; std::getline(lines, line);) {
      CAPTURE(line);
      CHECK(display_width(line) <= columns);
    }
  }
  CHECK(format_table(rows, {.columns = 80}).find("…") != std::string::npos);
  CHECK(format_table(rows, {.columns = 200}).find("…") == std::string::npos);
  CHECK(format_table(rows, {}).find(digest) != std::string::npos);
  // Narrower than is possible: cells keep a few characters.
  CHECK(format_table(rows, {.columns = 10}).find("sha256:…") != std::string::npos);
}

TEST_CASE("table: only a row of headings is bold, and only with colour") {
  CHECK(format_table({{"NAME", "URI"}, {"a", "b"}}, {.colour = true}) ==
        "\x1b[1mNAME  URI\x1b[0m\na     b\n");
  CHECK(format_table({{"name", "prod"}}, {.colour = true}) == "name  prod\n");
}

TEST_CASE("table: cuts at characters") {
  CHECK(cut_to_width("abcdef", 6) == "abcdef");
  CHECK(cut_to_width("abcdef", 4) == "abc…");
  CHECK(cut_to_width("äöüß", 3) == "äö…");
  CHECK(cut_to_width("漢字漢字", 4) == "漢…");
  CHECK(cut_to_width("e\u0301e\u0301e\u0301", 2) == "e\u0301…");
  CHECK(display_width("e\u0301") == 1);
}

TEST_CASE("natural order: numbers by their value") {
  std::vector<std::string> tags{"v1.10.0", "latest",  "1.10", "v1.9.0", "1.9", "1.9-rc1",
                                "01.9",    "v1.09.0", "",     "10",     "9"};
  std::ranges::sort(tags, cli::natural_less);
  CHECK(tags == std::vector<std::string>{"", "01.9", "1.9", "1.9-rc1", "1.10", "9", "10", "latest",
                                         "v1.09.0", "v1.9.0", "v1.10.0"});
  const std::string huge(1000, '9');
  CHECK(cli::natural_less("1" + huge, "2" + huge));
  CHECK_FALSE(cli::natural_less("a", "a"));
}
