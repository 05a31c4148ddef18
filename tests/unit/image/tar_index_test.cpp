#include "image/tar_index.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <unistd.h>

#include "base/file_io.hpp"
#include "image/tar_builder.hpp"
#include "support/images.hpp"
#include "support/temp_dir.hpp"

using namespace berth;
using image::TarIndex;
using test::end_of_tar;
using test::pax_record;
using test::tar_entry;
using test::tar_header;
using test::TempDir;

namespace {

base::Result<TarIndex> index_of(const TempDir& directory, const std::string& tar) {
  const auto file = directory.write("a.tar", tar);
  return TarIndex::read(
      std::make_shared<const platform::UniqueFd>(base::open_for_reading(file).value()), "a.tar");
}

// The content of the entry, or "(none)".
std::string content(const TarIndex& index, const std::string& name) {
  const auto extent = index.find(name);
  return extent ? image::read_extent(*extent, 1U << 20U).value() : "(none)";
}

// The reason for a missing or an incomplete index.
std::string code_of(const TempDir& directory, const std::string& tar) {
  const auto index = index_of(directory, tar);
  const auto problem = index ? index->problem() : index.error().clone();
  return problem ? problem->code() : "";
}

}  // namespace

TEST_CASE("tar: reads names from ustar, its prefix, GNU long names and pax") {
  const TempDir directory;
  const std::string longname = std::string(120, 'l') + "/name";
  const std::string paxname = std::string(150, 'p') + "/name";
  const auto index =
      index_of(
          directory,
          tar_entry({"plain", "one"}) + tar_entry({"below", "two", '0', "", "some/prefix"}) +
              tar_entry({"././@LongLink", longname + '\0', 'L'}) + tar_entry({"short", "three"}) +
              tar_entry({"pax", pax_record("mtime", "1.5") + pax_record("path", paxname), 'x'}) +
              tar_entry({"short", "four"}) + tar_entry({"./dir//file", "five", '\0'}) +
              tar_entry({"empty", ""}) + tar_entry({"dir", "", '5'}) + end_of_tar())
          .value();
  CHECK(content(index, "plain") == "one");
  CHECK(content(index, "some/prefix/below") == "two");
  CHECK(content(index, longname) == "three");
  CHECK(content(index, paxname) == "four");
  CHECK(content(index, "dir/file") == "five");
  CHECK(content(index, "./dir/../dir/file") == "five");
  CHECK(content(index, "empty").empty());
  CHECK(content(index, "dir") == "(none)");
  CHECK(content(index, "short") == "(none)");
  CHECK(index.get("short").error().code() == "source.missing");
}

TEST_CASE("tar: reads sizes from octal, base-256 and pax, and requires the announced bytes") {
  const TempDir directory;
  const std::string base256 = std::string("\x80", 1) + std::string(10, '\0') + "\x05";
  const auto index =
      index_of(directory, tar_entry({"binary", "12345", '0', "", "", base256}) +
                              tar_entry({"pax", pax_record("size", "3"), 'x'}) +
                              tar_entry({"paxed", "abc", '0', "", "", test::octal(7)}) +
                              tar_entry({"spaces", "xy", '0', "", "", "         2 "}) +
                              end_of_tar())
          .value();
  CHECK(content(index, "binary") == "12345");
  CHECK(content(index, "paxed") == "abc");
  CHECK(content(index, "spaces") == "xy");
}

TEST_CASE("tar: a pax size applies to the entry, not to a GNU long name between them") {
  const TempDir directory;
  const auto index =
      index_of(directory, tar_entry({"pax", pax_record("size", "3"), 'x'}) +
                              tar_entry({"././@LongLink", std::string("longer\0", 7), 'L'}) +
                              tar_entry({"short", "abc"}) + end_of_tar())
          .value();
  CHECK(content(index, "longer") == "abc");
}

TEST_CASE("tar: follows links only within the archive") {
  const TempDir directory;
  const std::string longlink = std::string(110, 'd') + "/target";
  const auto index =
      index_of(
          directory,
          tar_entry({"layers/a/layer.tar", "bytes"}) +
              tar_entry({"b/layer.tar", "", '2', "../layers/a/layer.tar"}) +
              tar_entry({"hard", "", '1', "layers/a/layer.tar", "", test::octal(5)}) +
              tar_entry({"chain", "", '2', "b/layer.tar"}) +
              tar_entry({longlink.substr(0, 99), "wrong"}) +
              tar_entry({"pax", pax_record("path", longlink), 'x'}) + tar_entry({"x", "far"}) +
              tar_entry({"././@LongLink", longlink, 'K'}) + tar_entry({"gnu", "", '2', "short"}) +
              tar_entry({"pax", pax_record("linkpath", longlink), 'x'}) +
              tar_entry({"pax-link", "", '2', "s"}) + tar_entry({"loop1", "", '2', "loop2"}) +
              tar_entry({"loop2", "", '2', "loop1"}) + tar_entry({"self", "", '2', "self"}) +
              tar_entry({"../climber", "secret"}) + tar_entry({"climbs", "", '2', "../climber"}) +
              tar_entry({"absolute", "", '2', "/layers/a/layer.tar"}) +
              tar_entry({"etc/passwd", "inside"}) + tar_entry({"nothing", "", '2', ""}) +
              tar_entry({"dir", "", '2', "layers/a"}) +
              tar_entry({"above", "", '2', "../../layers/a/layer.tar"}) +
              tar_entry({"b/layer.tar", "", '1', "b/layer.tar"}) + end_of_tar())
          .value();
  CHECK(content(index, "b/layer.tar") == "bytes");
  CHECK(content(index, "hard") == "bytes");
  CHECK(content(index, "chain") == "bytes");
  CHECK(content(index, "gnu") == "far");
  CHECK(content(index, "pax-link") == "far");
  CHECK(content(index, "dir/layer.tar") == "bytes");
  for (const char* from_root :
       {"absolute", "above", "../layers/a/layer.tar", "/layers/a/layer.tar"}) {
    CAPTURE(from_root);
    CHECK(content(index, from_root) == "bytes");
  }
  for (const char* lost : {"loop1", "self", "climbs", "nothing", "../climber", "/", ""}) {
    CAPTURE(lost);
    CHECK(content(index, lost) == "(none)");
  }
}

TEST_CASE("tar: the last of two entries with one name wins, as in tar") {
  const TempDir directory;
  const auto index = index_of(directory, tar_entry({"a", "old"}) + tar_entry({"./a", "new"}) +
                                             tar_entry({"l", "", '2', "a"}) +
                                             tar_entry({"l", "file"}) + end_of_tar())
                         .value();
  CHECK(content(index, "a") == "new");
  CHECK(content(index, "l") == "file");
}

TEST_CASE("tar: ignores a global pax header") {
  const TempDir directory;
  const auto index =
      index_of(directory,
               tar_entry({"g", pax_record("path", "evil") + pax_record("size", "1"), 'g'}) +
                   tar_entry({"a", "bytes"}) + end_of_tar())
          .value();
  CHECK(content(index, "a") == "bytes");
}

TEST_CASE("tar: rejects other files with a reason") {
  const TempDir directory;
  const std::string huge256 = std::string("\xff", 1) + std::string(11, '\xff');
  const std::string most256 = std::string("\x80\0\0\0\x7f", 5) + std::string(7, '\xff');
  const std::string half = tar_entry({"a", std::string(2000, 'x')});
  struct {
    const char* what;
    std::string tar;
    const char* code;
  } const cases[] = {
      {"nothing at all", "", "source.not-tar"},
      {"nothing but its end", end_of_tar(), ""},
      {"text", std::string(2000, 'x'), "source.not-tar"},
      {"a bad checksum", tar_entry({"a", "x", '0', "", "", "", false}) + end_of_tar(),
       "source.not-tar"},
      {"a bad checksum later", tar_entry({"a", "x"}) + tar_entry({"b", "", '0', "", "", "", false}),
       "source.not-tar"},
      {"a size that is not a number", tar_header({"a", "", '0', "", "", "zzz"}) + end_of_tar(),
       "source.not-tar"},
      {"a negative size", tar_header({"a", "", '0', "", "", huge256}) + end_of_tar(),
       "source.not-tar"},
      {"a size near 2^63", tar_header({"a", "", '0', "", "", most256}) + end_of_tar(),
       "source.truncated"},
      {"a size that wraps around",
       tar_entry({"p", pax_record("size", "18446744073709551104"), 'x'}) + tar_entry({"a", "x"}) +
           end_of_tar(),
       "source.truncated"},
      {"a size beyond 64 bits",
       tar_entry({"p", pax_record("size", "99999999999999999999"), 'x'}) + tar_entry({"a", "x"}) +
           end_of_tar(),
       "source.not-tar"},
      {"a pax size that is not a number",
       tar_entry({"p", pax_record("size", "-1"), 'x'}) + tar_entry({"a", "x"}), "source.not-tar"},
      {"a pax record that is too long",
       tar_entry({"p", "99 path=a\n", 'x'}) + tar_entry({"a", "x"}), "source.not-tar"},
      {"a pax record without a key", tar_entry({"p", "6 path\n", 'x'}) + tar_entry({"a", "x"}),
       "source.not-tar"},
      {"a pax length of nothing", tar_entry({"p", "0 a=b\n", 'x'}) + tar_entry({"a", "x"}),
       "source.not-tar"},
      {"a long name of more than 1 MiB",
       tar_entry({"n", std::string((1U << 20U) + 1, 'n'), 'L'}) + end_of_tar(), "source.too-large"},
      {"ended within a header", half.substr(0, 300), "source.truncated"},
      {"ended within the second header", half + half.substr(0, 511), "source.truncated"},
      {"ended within data", half.substr(0, 1000), "source.truncated"},
      {"ended after the data, within its padding", half.substr(0, 512 + 2000), "source.truncated"},
      {"ended without its end", half, "source.truncated"},
      {"ended within an extension", tar_entry({"n", std::string(700, 'n'), 'L'}).substr(0, 600),
       "source.truncated"},
      {"ended after an extension", tar_entry({"n", "name", 'L'}), "source.truncated"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.what);
    CHECK(code_of(directory, one.tar) == one.code);
  }
}

TEST_CASE("tar: rejects endless names before they exhaust memory") {
  const TempDir directory;
  std::string tar;
  for (int i = 0; i < 20; ++i)
    tar += tar_entry({"n", std::to_string(i) + std::string((1U << 20U) - 8, 'n'), 'L'}) +
           tar_entry({"a", ""});
  CHECK(code_of(directory, tar + end_of_tar()) == "source.not-tar");
  std::string pax;
  const auto header = tar_header({"p", "", 'x'});
  for (int i = 0; i <= 100'000; ++i) pax += header;
  CHECK(code_of(directory, pax + end_of_tar()) == "source.not-tar");
  std::string many;
  for (int i = 0; i <= 50'000; ++i) many += tar_header({std::to_string(i), ""});
  CHECK(code_of(directory, many + end_of_tar()) == "source.not-tar");
}

TEST_CASE("tar: an archive that shrinks while it is read is truncated") {
  const TempDir directory;
  const auto index =
      index_of(directory, tar_entry({"a", std::string(100'000, 'x')}) + end_of_tar()).value();
  image::ExtentStream stream(*index.find("a"));
  std::byte buffer[1000];
  REQUIRE(stream.read(buffer).value() == 1000);
  REQUIRE(::truncate((directory / "a.tar").c_str(), 50'000) == 0);
  base::Result<std::size_t> read = std::size_t{1};
  while (read && *read > 0) read = stream.read(buffer);
  REQUIRE_FALSE(read.has_value());
  CHECK(read.error().code() == "source.truncated");
}

TEST_CASE("tar: a read error affects only entries that were not found before it") {
  const TempDir directory;
  const std::string whole = tar_entry({"a", "first"}) + tar_entry({"b", "second"});
  const std::string broken = tar_entry({"c", "", '0', "", "", "", false});
  const struct {
    const char* what;
    std::string tar;
    const char* code;
  } cases[] = {
      {"no end", whole, "source.truncated"},
      {"one block of the end", whole + std::string(512, '\0'), "source.missing"},
      {"cut in the next header", whole + tar_entry({"c", "third"}).substr(0, 100),
       "source.truncated"},
      {"cut in the next entry", whole + tar_header({"c", "", '0', "", "", test::octal(5000)}),
       "source.truncated"},
      {"a broken header", whole + broken + end_of_tar(), "source.not-tar"},
      {"a broken pax header", whole + tar_entry({"p", "99 path=a\n", 'x'}), "source.not-tar"},
      {"garbage", whole + std::string(700, 'x'), "source.not-tar"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.what);
    const auto index = index_of(directory, one.tar).value();
    CHECK(content(index, "a") == "first");
    CHECK(content(index, "b") == "second");
    const auto missing = index.get("c");
    REQUIRE_FALSE(missing.has_value());
    CHECK(missing.error().code() == one.code);
    CHECK((missing.error().message() + missing.error().cause()).find("\"c\" is missing") !=
          std::string::npos);
  }
  // The older file of that name is another one.
  const auto replaced =
      index_of(directory, whole + tar_header({"b", "", '0', "", "", test::octal(5000)})).value();
  CHECK(content(replaced, "b") == "(none)");
  CHECK(replaced.get("b").error().code() == "source.truncated");
}

TEST_CASE("tar: reports truncation for entries missing from a truncated archive") {
  const TempDir directory;
  const auto file = std::make_shared<const platform::UniqueFd>(
      base::open_for_reading(directory.write("a.tar", tar_entry({"a", "x"}))).value());
  const auto index = TarIndex::read(file, "a.tar", "its gzip stream is incomplete").value();
  CHECK(content(index, "a") == "x");
  CHECK(index.get("b").error().cause().find("gzip") != std::string::npos);
}

namespace {

std::string sparse_entry(const std::vector<std::pair<std::string, std::string>>& records,
                         const std::string& data) {
  std::string pax;
  for (const auto& [key, value] : records) pax += pax_record("GNU.sparse." + key, value);
  return tar_entry({"p", pax, 'x'}) + tar_entry({"GNUSparseFile.0/file", data});
}

std::string octal_sum(std::string block) {
  std::fill(block.begin() + 148, block.begin() + 156, ' ');
  unsigned sum = 0;
  for (const char c : block) sum += static_cast<unsigned char>(c);
  return fmt::format("{:06o}", sum);
}

std::string map_text(std::string lines) {
  lines.resize(512);
  return lines;
}

}  // namespace

TEST_CASE("tar: rejects a sparse entry with a malformed map only if it is read") {
  const std::vector<std::pair<std::string, std::string>> v1{
      {"major", "1"}, {"minor", "0"}, {"name", "file"}, {"realsize", "100"}};
  const auto v01 = [](const std::string& map, const std::string& size = "100") {
    return sparse_entry({{"name", "file"}, {"size", size}, {"map", map}}, "data");
  };
  const std::pair<const char*, std::string> malformed[] = {
      {"overlap", v01("0,2,1,2")},
      {"not ascending", v01("50,2,0,2")},
      {"beyond the end", v01("97,4")},
      {"an offset that overflows", v01("18446744073709551615,4")},
      {"a size that overflows", v01("1,18446744073709551615")},
      {"more than is stored", v01("0,5")},
      {"less than is stored", v01("0,3")},
      {"an odd number of numbers", v01("0,4,100")},
      {"no number", v01("0,x")},
      {"no size", sparse_entry({{"name", "file"}, {"map", "0,4"}}, "data")},
      {"a size that is not a number", v01("0,4", "many")},
      {"no map", sparse_entry(v1, "")},
      {"a count without regions", sparse_entry(v1, map_text("9\n") + "data")},
      {"a count that is too large", sparse_entry(v1, map_text("99999999999\n0\n4\n") + "data")},
      {"no newline", sparse_entry(v1, "1 0 4")},
      {"the map is longer than the data", sparse_entry(v1, "1\n0\n4\n")},
      {"old format, no numbers",
       [] {
         auto header = tar_header({"file", "", 'S'});
         header[386] = 'x';
         // The checksum: six digits after the name's field.
         header.replace(148, 6, octal_sum(header));
         return header;
       }()},
  };
  for (const auto& one : malformed) {
    CAPTURE(one.first);
    const TempDir directory;
    const auto index =
        index_of(directory, one.second + tar_entry({"a", "bytes"}) + end_of_tar()).value();
    CHECK(content(index, "a") == "bytes");
    CHECK_FALSE(index.find("file").has_value());
    CHECK(index.get("file").error().code() == "source.sparse");
    CHECK_FALSE(index.get("file").error().fix().empty());
  }
}

TEST_CASE("tar: reads the holes of a sparse entry as zeros") {
  const std::string expected =
      std::string(10, '\0') + "da" + std::string(80, '\0') + "ta" + std::string(6, '\0');
  const std::pair<const char*, std::string> formats[] = {
      {"0.0", sparse_entry({{"name", "file"},
                            {"size", "100"},
                            {"numblocks", "2"},
                            {"offset", "10"},
                            {"numbytes", "2"},
                            {"offset", "92"},
                            {"numbytes", "2"}},
                           "data")},
      {"0.1",
       sparse_entry({{"name", "file"}, {"size", "100"}, {"map", "10,2,92,2,100,0"}}, "data")},
      {"1.0", sparse_entry({{"major", "1"}, {"minor", "0"}, {"name", "file"}, {"realsize", "100"}},
                           map_text("3\n10\n2\n92\n2\n100\n0\n") + "data")},
  };
  for (const auto& one : formats) {
    CAPTURE(one.first);
    const TempDir directory;
    const auto index = index_of(directory, one.second + end_of_tar()).value();
    CHECK(content(index, "file") == expected);
    image::ExtentStream stream(index.find("file").value());
    CHECK(stream.size() == 100);
    std::byte piece[7];
    std::string again;
    for (int pass = 0; pass < 2; ++pass) {
      again.clear();
      while (const auto count = stream.read(piece).value())
        again.append(reinterpret_cast<const char*>(piece), count);
      CHECK(again == expected);
      CHECK(stream.rewind());
    }
  }
}

TEST_CASE("tar: reads headers of old writers") {
  const TempDir directory;
  // V7: no magic, a directory is a name with a slash. Sun: the checksum adds signed bytes.
  auto v7 = tar_header({"dir/file", "bytes", '\0'});
  std::fill(v7.begin() + 257, v7.end(), '\0');
  auto sun = tar_header({"caf\xe9", "sun"});
  const auto with_checksum = [](std::string block, bool is_signed) {
    std::fill(block.begin() + 148, block.begin() + 156, ' ');
    long sum = 0;
    for (const char c : block)
      sum += is_signed ? static_cast<signed char>(c) : static_cast<unsigned char>(c);
    char text[8];
    std::snprintf(text, sizeof text, "%06lo", sum);
    test::put_field(block, 148, std::string(text, 7));
    return block;
  };
  const auto padded = [](std::string bytes) {
    bytes.resize(512);
    return bytes;
  };
  const auto index =
      index_of(directory, with_checksum(v7, false) + padded("bytes") + with_checksum(sun, true) +
                              padded("sun") + end_of_tar())
          .value();
  CHECK(content(index, "dir/file") == "bytes");
  CHECK(content(index, "caf\xe9") == "sun");
}

TEST_CASE("tar: lists the entries below a directory") {
  const TempDir directory;
  const auto index = index_of(directory, tar_entry({"a-b", ""}) + tar_entry({"a/c", ""}) +
                                             tar_entry({"ab", ""}) + end_of_tar())
                         .value();
  CHECK(index.contains("a"));
  CHECK(index.contains("a/c"));
  CHECK(index.contains("ab"));
  CHECK_FALSE(index.contains("a/"));
  CHECK_FALSE(index.contains("b"));
  CHECK(index.names(2) == std::vector<std::string>{"a-b", "a/c"});
}
