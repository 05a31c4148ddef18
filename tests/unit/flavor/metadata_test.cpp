// The note's entries: every rule, and the message for an incompatible ABI.
#include <berth/abi.h>
#include <doctest/doctest.h>

#include "flavor/metadata.hpp"
#include "unit/platform/linux/small_elf.hpp"

using namespace berth;
using namespace berth::test;

namespace {

std::string head(std::uint32_t major = BERTH_ABI_MAJOR, std::uint32_t minor = BERTH_ABI_MINOR) {
  return raw(major) + raw(minor);
}

const std::string kNamed = entry(BERTH_NOTE_FLAVOR, "acme") + entry(BERTH_NOTE_VERSION, "1.2.0");

std::string code_of(const std::string& note) {
  const auto metadata = flavor::parse_metadata(note, "x.so");
  return metadata ? "good" : metadata.error().code();
}

std::string with(int key, const std::string& value) {
  return code_of(head() + kNamed + entry(key, value));
}

}  // namespace

TEST_CASE("metadata: parses every field of a note in any order") {
  const auto metadata =
      flavor::parse_metadata(
          head() + entry(BERTH_NOTE_PERMISSION, "http:*.acme.example") +
              entry(BERTH_NOTE_CLAIM, "*.acme.example") + entry(999, "of a newer minor") +
              entry(BERTH_NOTE_SETTINGS, R"({"properties":{"team":{"type":"string"}}})") +
              entry(BERTH_NOTE_DESCRIPTION, "Acme's – own") +
              entry(BERTH_NOTE_FINDING, "acme.bad-name warning The name is bad.") + kNamed +
              entry(BERTH_NOTE_CLAIM, "*"),
          "x.so")
          .value();
  CHECK(metadata.flavor == "acme");
  CHECK(metadata.version == "1.2.0");
  CHECK(metadata.description == "Acme's – own");
  CHECK(metadata.claims == std::vector<std::string>{"*.acme.example", "*"});
  CHECK(metadata.permissions == std::vector<std::string>{"http:*.acme.example"});
  CHECK(metadata.settings_schema.find("properties") != nullptr);
  REQUIRE(metadata.findings.size() == 1);
  CHECK(metadata.findings[0].code == "acme.bad-name");
  CHECK(metadata.findings[0].severity == "warning");
  CHECK(metadata.findings[0].meaning == "The name is bad.");
}

TEST_CASE("metadata: rejects invalid names, texts, claims, permissions and schemas") {
  CHECK(code_of(head() + kNamed) == "good");
  for (const std::string name : {"", "-acme", "Acme", "a b", "a/b", "acm\xc3\xa9"})
    CHECK_MESSAGE(code_of(head() + entry(BERTH_NOTE_FLAVOR, name) +
                          entry(BERTH_NOTE_VERSION, "1")) == "flavor.bad-note",
                  name);
  CHECK(code_of(head() + entry(BERTH_NOTE_FLAVOR, std::string(64, 'a')) +
                entry(BERTH_NOTE_VERSION, "1")) == "flavor.bad-note");
  CHECK(code_of(head() + entry(BERTH_NOTE_FLAVOR, "acme")) == "flavor.bad-note");
  CHECK(code_of(head() + entry(BERTH_NOTE_VERSION, "1")) == "flavor.bad-note");
  CHECK(with(BERTH_NOTE_FLAVOR, "again") == "flavor.bad-note");
  CHECK(with(BERTH_NOTE_VERSION, "again") == "flavor.bad-note");
  CHECK(with(BERTH_NOTE_DESCRIPTION, "red \x1b[31m") == "flavor.bad-note");
  CHECK(with(BERTH_NOTE_DESCRIPTION, "\xff") == "flavor.bad-note");
  CHECK(with(BERTH_NOTE_DESCRIPTION, std::string(513, 'x')) == "flavor.bad-note");
  for (const std::string claim : {"*.acme.example", "acme.example:5000", "*"})
    CHECK_MESSAGE(with(BERTH_NOTE_CLAIM, claim) == "good", claim);
  for (const std::string claim :
       {"", "*.", "*acme.example", "a.*.example", "ACME.example", "acme.example/path"})
    CHECK_MESSAGE(with(BERTH_NOTE_CLAIM, claim) == "flavor.bad-note", claim);
  for (const std::string permission : {"http:", "read:x", "http", "env:A\nB"})
    CHECK_MESSAGE(with(BERTH_NOTE_PERMISSION, permission) == "flavor.bad-note", permission);
  for (const std::string finding :
       {"", "acme.x", "acme.x error", "acme.x error ", "acme.x fatal It is.", "acme error It is.",
        "acme. error It is.", "Acme.x error It is.", "other.x error It is.",
        "acme.x  error It is."})
    CHECK_MESSAGE(with(BERTH_NOTE_FINDING, finding) == "flavor.bad-note", finding);
  for (const std::string schema : {"{", "[]", "7", ""})
    CHECK_MESSAGE(with(BERTH_NOTE_SETTINGS, schema) == "flavor.bad-note", schema);
  CHECK(with(BERTH_NOTE_SETTINGS, R"({"properties":{"a":{"type":"object"}}})") ==
        "flavor.bad-schema");
}

TEST_CASE("metadata: rejects entries that exceed the note") {
  const std::string note = head() + kNamed;
  for (std::size_t size = 0; size < note.size(); ++size)
    CHECK(code_of(note.substr(0, size)) != "good");
  CHECK(code_of(note + raw(std::uint16_t{3}) + raw(~std::uint32_t{0})) == "flavor.bad-note");
  CHECK(code_of(note + std::string("\0\0", 2)) == "flavor.bad-note");
  std::string many = note;
  for (int i = 0; i < 300; ++i) many += entry(BERTH_NOTE_CLAIM, "a.example");
  CHECK(code_of(many) == "flavor.bad-note");
}

TEST_CASE("metadata: rejects an incompatible ABI with both versions and a fix") {
  for (const auto& [major, minor] :
       {std::pair<std::uint32_t, std::uint32_t>{1, 0}, {0, 2}, {0xffffffff, 0}}) {
    const auto metadata = flavor::parse_metadata(head(major, minor) + kNamed, "x.so");
    REQUIRE_FALSE(metadata);
    CHECK(metadata.error().code() == "flavor.incompatible");
    CHECK(metadata.error().cause().find(std::to_string(major) + "." + std::to_string(minor)) !=
          std::string::npos);
    CHECK(metadata.error().cause().find("this host provides 0.1") != std::string::npos);
    CHECK_FALSE(metadata.error().fix().empty());
  }
  CHECK(code_of(head(0, 0) + kNamed) == "good");
}
