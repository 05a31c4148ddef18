#include "oci/platform.hpp"

#include "base/json_parser.hpp"

#include <doctest/doctest.h>

using berth::base::Json;
using berth::oci::Platform;
using berth::oci::select_platform;

namespace {

Platform platform(const char* text) { return Platform::parse(text).value(); }

// The positions that `requested` selects: "0,2".
std::string selected(const std::vector<const char*>& available, const char* requested) {
  std::vector<std::optional<Platform>> platforms;
  for (const char* text : available)
    platforms.push_back(*text == '\0' ? std::nullopt : std::optional(platform(text)));
  std::string result;
  for (const auto i : select_platform(platforms, platform(requested)))
    result += (result.empty() ? "" : ",") + std::to_string(i);
  return result;
}

}  // namespace

TEST_CASE("platform: every spelling has one normal form") {
  const std::pair<const char*, const char*> rows[] = {
      {"linux/amd64", "linux/amd64"},
      {"linux/amd64/v1", "linux/amd64"},
      {"linux/amd64/v2", "linux/amd64/v2"},
      {"linux/amd64/3", "linux/amd64/v3"},
      {"linux/x86_64", "linux/amd64"},
      {"linux/x86-64", "linux/amd64"},
      {"Linux/X86_64", "linux/amd64"},
      {"linux/arm64", "linux/arm64"},
      {"linux/arm64/v8", "linux/arm64"},
      {"linux/arm64/8", "linux/arm64"},
      {"linux/arm64/v8.0", "linux/arm64"},
      {"linux/arm64/v9", "linux/arm64/v9"},
      {"linux/arm64/9.0", "linux/arm64/v9"},
      {"linux/aarch64", "linux/arm64"},
      {"linux/aarch64/v8", "linux/arm64"},
      {"linux/arm", "linux/arm/v7"},
      {"linux/arm/7", "linux/arm/v7"},
      {"linux/arm/v7", "linux/arm/v7"},
      {"linux/arm/6", "linux/arm/v6"},
      {"linux/arm/v5", "linux/arm/v5"},
      {"linux/arm/v8", "linux/arm/v8"},
      {"linux/armhf", "linux/arm/v7"},
      {"linux/armel", "linux/arm/v6"},
      {"linux/armv7l", "linux/arm/v7"},
      {"linux/armv6l", "linux/arm/v6"},
      {"linux/i386", "linux/386"},
      {"linux/i686", "linux/386"},
      {"linux/386", "linux/386"},
      {"linux/ppc64le", "linux/ppc64le"},
      {"linux/ppc64el", "linux/ppc64le"},
      {"linux/loongarch64", "linux/loong64"},
      {"linux/riscv64", "linux/riscv64"},
      {"linux/s390x", "linux/s390x"},
      {"macos/arm64", "darwin/arm64"},
      {"windows/amd64:10.0.17763", "windows/amd64"},
  };
  for (const auto& [captured, normal] : rows) {
    const auto text = captured;
    CAPTURE(text);
    CHECK(platform(text).str() == normal);
    CHECK(platform(text).equals(platform(normal)) ==
          (std::string(text).find(':') == std::string::npos ||
           std::string(normal).find(':') == std::string::npos));
    CHECK(platform(normal).str() == normal);
  }
}

TEST_CASE("platform: compares platforms and matches requests") {
  struct Row {
    const char* available;
    const char* requested;
    bool equal;
    bool matching;
  };
  const Row rows[] = {
      {"linux/arm64", "linux/arm64/v8", true, true},
      {"linux/arm64/v8", "linux/arm64", true, true},
      {"linux/arm64/v9", "linux/arm64", false, true},
      {"linux/arm64", "linux/arm64/v9", false, false},
      {"linux/arm64", "linux/arm/v8", false, false},
      {"linux/arm64", "linux/arm", false, false},
      {"linux/amd64", "linux/amd64/v1", true, true},
      {"linux/amd64/v2", "linux/amd64", false, true},
      {"linux/amd64/v2", "linux/amd64/v1", false, false},
      {"linux/arm", "linux/arm/v7", true, true},
      {"linux/arm/v6", "linux/arm", false, true},
      {"linux/arm/v6", "linux/arm/v7", false, false},
      {"linux/amd64", "windows/amd64", false, false},
      {"linux/amd64", "linux/386", false, false},
      {"windows/amd64:10.0.17763.1518", "windows/amd64", true, true},
      {"windows/amd64:10.0.17763.1518", "windows/amd64:10.0.17763", true, true},
      {"windows/amd64:10.0.17763.1518", "windows/amd64:10.0.1776", false, false},
      {"windows/amd64:10.0.17763.1518", "windows(10.0.17763.1518)/amd64", true, true},
      {"windows/amd64", "windows/amd64:10.0.17763", false, false},
  };
  for (const auto& row : rows) {
    CAPTURE(row.available);
    CAPTURE(row.requested);
    CHECK(platform(row.available).equals(platform(row.requested)) == row.equal);
    CHECK(platform(row.available).matches(platform(row.requested)) == row.matching);
  }
}

TEST_CASE("platform: a request selects an equal platform, else the only variant") {
  CHECK(selected({"linux/amd64", "linux/arm64"}, "linux/arm64/v8") == "1");
  CHECK(selected({"linux/amd64", "linux/amd64/v3"}, "linux/amd64") == "0");
  CHECK(selected({"linux/amd64", "linux/amd64/v3"}, "linux/amd64/v3") == "1");
  CHECK(selected({"linux/arm/v5", "linux/arm/v7", "linux/arm/v6"}, "linux/arm") == "1");
  CHECK(selected({"linux/arm/v6", "", "linux/amd64"}, "linux/arm") == "0");
  CHECK(selected({"linux/arm/v5", "linux/arm/v6"}, "linux/arm").empty());
  CHECK(selected({"linux/arm/v5", "linux/arm/v6"}, "linux/arm/v7").empty());
  CHECK(selected({"windows/amd64:10.0.1", "windows/amd64:10.0.2"}, "windows/amd64") == "0,1");
  CHECK(selected({"windows/amd64:10.0.1", "windows/amd64:10.0.2"}, "windows/amd64:10.0.2") == "1");
  CHECK(selected({}, "linux/amd64").empty());
}

TEST_CASE("platform: parses descriptors and configs") {
  const auto read = [](const char* text) {
    return Platform::from_json(berth::base::parse_json(text, "it").value());
  };
  CHECK(read(R"({"os":"linux","architecture":"arm64","variant":"v8"})")->str() == "linux/arm64");
  CHECK(read(R"({"os":"windows","architecture":"amd64","os.version":"10.0.1"})")->full_str() ==
        "windows/amd64:10.0.1");
  CHECK(read(R"({"os":"linux","architecture":"arm","variant":null})")->str() == "linux/arm/v7");
  CHECK_FALSE(read(R"({"os":"unknown","architecture":"unknown"})")->is_known());
  for (const char* nothing : {"{}", "[]", R"({"os":"linux"})", R"({"os":"","architecture":""})",
                              R"({"architecture":7})"}) {
    CAPTURE(nothing);
    CHECK_FALSE(read(nothing).has_value());
  }
}

TEST_CASE("platform: an architecture by itself is that of Linux") {
  CHECK(Platform::parse("arm64").value().str() == "linux/arm64");
  CHECK(Platform::parse("X86_64").value().str() == "linux/amd64");
  CHECK(Platform::parse("armhf").value().str() == "linux/arm/v7");
  CHECK_FALSE(Platform::parse("arm64:1.0"));
  CHECK_FALSE(Platform::parse("darwin"));
}

TEST_CASE("platform: rejects invalid platforms and suggests a valid one") {
  for (const char* bad :
       {"", "linux", "linux/", "/amd64", "linux/arm/v7/x", "linux amd64/x",
        "linux/amd64:", "windows/amd64:x/y", "linux/amd64,linux/arm64", "(1)/amd64"}) {
    CAPTURE(bad);
    CHECK(Platform::parse(bad).error().code() == "platform.invalid");
    CHECK(Platform::parse(bad).error().exit_status() == 2);
  }
  CHECK(Platform::parse("all").error().fix() ==
        "omit --platform: all platforms are pushed by default");
}
