// The note's entries: every rule, and the message for an incompatible ABI.
#include <berth/abi.h>
#include <doctest/doctest.h>

#include "flavor/flavor_settings.hpp"
#include "flavor/metadata.hpp"
#include "flavor/permissions.hpp"
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
  for (const std::string permission : {"", "env:A\nB", "env:\xff"})
    CHECK_MESSAGE(with(BERTH_NOTE_PERMISSION, permission) == "flavor.bad-note", permission);
  for (const std::string finding :
       {"", "acme.x", "acme.x error", "acme.x error ", "acme error It is.", "acme. error It is.",
        "Acme.x error It is.", "other.x error It is.", "acme.x  error It is."})
    CHECK_MESSAGE(with(BERTH_NOTE_FINDING, finding) == "flavor.bad-note", finding);
  for (const std::string schema : {"{", "[]", "7", ""})
    CHECK_MESSAGE(with(BERTH_NOTE_SETTINGS, schema) == "flavor.bad-note", schema);
  CHECK(with(BERTH_NOTE_SETTINGS, R"({"properties":{"a":{}}})") == "flavor.bad-schema");
}

TEST_CASE("metadata: rejects entries that exceed the note") {
  const std::string note = head() + kNamed;
  for (std::size_t size = 0; size < note.size(); ++size)
    CHECK(code_of(note.substr(0, size)) != "good");
  CHECK(code_of(note + raw(std::uint16_t{3}) + raw(~std::uint32_t{0})) == "flavor.bad-note");
  CHECK(code_of(note + std::string("\0\0", 2)) == "flavor.bad-note");
}

TEST_CASE("metadata: rejects an incompatible ABI with both versions and a fix") {
  for (const auto& [major, minor] :
       {std::pair<std::uint32_t, std::uint32_t>{1, 0}, {0, 2}, {0xffffffff, 0}}) {
    const auto metadata = flavor::parse_metadata(head(major, minor) + kNamed, "x.so");
    REQUIRE_FALSE(metadata);
    CHECK(metadata.error().code() == "flavor.incompatible");
    CHECK(metadata.error().cause().find(std::to_string(major) + "." + std::to_string(minor)) !=
          std::string::npos);
    CHECK(metadata.error().cause().find("this host provides " BERTH_ABI_VERSION) !=
          std::string::npos);
    CHECK_FALSE(metadata.error().fix().empty());
  }
  CHECK(code_of(head(0, 0) + kNamed) == "good");
}

namespace {

flavor::Metadata metadata_with(const std::string& entries) {
  return flavor::parse_metadata(head() + kNamed + entries, "x.so").value();
}

bool has_remark(const flavor::Metadata& metadata, const std::string& text) {
  for (const auto& remark : metadata.remarks)
    if (remark.find(text) != std::string::npos) return true;
  return false;
}

}  // namespace

TEST_CASE(
    "metadata: keys of later versions and of vendors are ignored, unless they must be known") {
  for (const int key : {100, 0x3fff, 0x4000, 0x7fff})
    CHECK_MESSAGE(with(key, std::string("any \0 bytes", 11)) == "good", key);
  for (const int key : {0x8001, 0x8064, 0xc000, 0xffff})
    CHECK_MESSAGE(with(key, "a restriction") == "flavor.incompatible", key);
  std::string many;
  for (int i = 0; i < 4094; ++i) many += entry(BERTH_NOTE_CLAIM, "a.example");
  CHECK(code_of(head() + kNamed + many) == "good");
  CHECK(code_of(head() + kNamed + many + entry(999, "x")) == "flavor.incompatible");
}

TEST_CASE("metadata: permissions of unknown forms are kept as they are, with a remark") {
  for (const std::string text : {"socket:/run/x", "http:{host of settings}", "http:", "read"}) {
    const auto metadata = metadata_with(entry(BERTH_NOTE_PERMISSION, text));
    CHECK(metadata.permissions == std::vector<std::string>{text});
    CHECK(has_remark(metadata, "\"" + text + "\""));
    CHECK(flavor::describe_permission(text).find(text + " (not supported") == 0);
  }
  CHECK(with(BERTH_NOTE_PERMISSION, "env:" + std::string(4092, 'A')) == "good");
  CHECK(with(BERTH_NOTE_PERMISSION, "env:" + std::string(4093, 'A')) == "flavor.bad-note");
}

TEST_CASE("metadata: claims, severities and settings of unknown forms are skipped with a remark") {
  for (const std::string claim : {"[fd00::1]:5000", "acme.example/path", "*acme.example", "*.",
                                  "a.*.example", "ACME.example", ""}) {
    const auto metadata =
        metadata_with(entry(BERTH_NOTE_CLAIM, claim) + entry(BERTH_NOTE_CLAIM, "acme.example"));
    CHECK(metadata.claims == std::vector<std::string>{"acme.example"});
    CHECK(has_remark(metadata, "unsupported claim \"" + claim + "\""));
  }
  const auto findings = metadata_with(entry(BERTH_NOTE_FINDING, "acme.a fatal It is.") +
                                      entry(BERTH_NOTE_FINDING, "acme.b error It is."));
  REQUIRE(findings.findings.size() == 1);
  CHECK(findings.findings[0].code == "acme.b");
  CHECK(has_remark(findings, "acme.a fatal"));
  const auto settings = metadata_with(entry(
      BERTH_NOTE_SETTINGS,
      R"({"$schema":"s","properties":{"a":{"type":"duration"},"b":{"type":"string","x-ui":{"rows":1}}}})"));
  CHECK(flavor::settings_of(settings.settings_schema).value().front().name == "b");
  CHECK(has_remark(settings, "unsupported type \"duration\" in property \"a\""));
  CHECK(has_remark(settings, "unsupported member \"x-ui\" in property \"b\""));
  CHECK(has_remark(settings, "$schema"));
  CHECK(with(BERTH_NOTE_SETTINGS, R"({"properties":{"a":{"type":"string","pattern":"x"}}})") ==
        "flavor.incompatible");
  CHECK(with(BERTH_NOTE_SETTINGS, R"({"required":["a"],"properties":{"a":{"type":"duration"}}})") ==
        "flavor.incompatible");
}

TEST_CASE("metadata: texts for people are truncated at a character") {
  const auto metadata = metadata_with(entry(BERTH_NOTE_DESCRIPTION, std::string(511, 'x') + "é"));
  CHECK(metadata.description == std::string(511, 'x'));
  CHECK(has_remark(metadata, "description is longer"));
  CHECK(with(BERTH_NOTE_FINDING, "acme.x error " + std::string(600, 'y')) == "good");
  CHECK(code_of(head() + entry(BERTH_NOTE_FLAVOR, "acme") +
                entry(BERTH_NOTE_VERSION, std::string(513, '1'))) == "flavor.bad-note");
}

TEST_CASE("metadata: entries of the SDK") {
  const auto metadata =
      metadata_with(entry(BERTH_NOTE_BUILT_WITH, "0.9") + entry(BERTH_NOTE_SDK_VERSION, "1.2.3") +
                    entry(BERTH_NOTE_EXTENSIONS, "credentials/1 x.y/2 "));
  CHECK(metadata.built_with == "0.9");
  CHECK(metadata.sdk_version == "1.2.3");
  CHECK(metadata.extensions == std::vector<std::string>{"credentials/1", "x.y/2"});
  CHECK_FALSE(metadata_with("").extensions);
  CHECK(metadata_with(entry(BERTH_NOTE_EXTENSIONS, "")).extensions->empty());
}

TEST_CASE("metadata: a file can have a note for each of two major versions") {
  const auto note = [](std::uint32_t major, const std::string& version) {
    return note_of(kOwner, BERTH_NOTE_TYPE,
                   raw(major) + raw(std::uint32_t{0}) + entry(BERTH_NOTE_FLAVOR, "acme") +
                       entry(BERTH_NOTE_VERSION, version));
  };
  const auto read = [](const std::string& notes) {
    const MemoryFile file(SmallElf(notes).bytes());
    const auto metadata = flavor::read_metadata(file.fd(), "x.so");
    return metadata ? metadata->version : metadata.error().code();
  };
  CHECK(read(note(BERTH_ABI_MAJOR + 1, "2") + note(BERTH_ABI_MAJOR, "1")) == "1");
  CHECK(read(note(BERTH_ABI_MAJOR, "1") + note(BERTH_ABI_MAJOR + 1, "2")) == "1");
  CHECK(read(note(BERTH_ABI_MAJOR, "1") + note(BERTH_ABI_MAJOR, "2")) == "flavor.bad-note");
  CHECK(read(note(BERTH_ABI_MAJOR + 1, "2")) == "flavor.incompatible");
  const MemoryFile later(SmallElf(note(BERTH_ABI_MAJOR + 1, "2.0.0")).bytes());
  const auto identity = flavor::read_identity(later.fd(), "x.so").value();
  CHECK(identity.flavor == "acme");
  CHECK(identity.version == "2.0.0");
  CHECK_FALSE(flavor::read_identity(MemoryFile("text").fd(), "x.so"));
}
