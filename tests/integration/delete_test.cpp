// tags and delete: with Debian's registry, which deletes only manifests, and with a fake that
// deletes tags; skopeo is the independent reader.
#include <doctest/doctest.h>

#include <map>

#include "base/json_parser.hpp"
#include "support/berth.hpp"
#include "support/images.hpp"
#include "support/pseudo_terminal.hpp"
#include "support/real_registry.hpp"
#include "support/requirements.hpp"
#include "support/scripted_server.hpp"

using namespace berth;
using test::Berth;
using test::http_answer;
using test::RealRegistry;
using test::Received;
using test::Scripted;
using test::ScriptedServer;
using test::TempDir;

namespace {

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

base::Json document_of(const test::CommandResult& result) {
  auto parsed = base::parse_json(result.out, "standard output", {.bytes = std::size_t{32} << 20U});
  REQUIRE_MESSAGE(parsed.has_value(), parsed.error().cause(), result.err);
  return std::move(*parsed);
}

std::string code_of(const test::CommandResult& result) {
  const auto document = document_of(result);
  const auto* error = document.find("error");
  return error != nullptr ? error->string_or("code", "") : "";
}

// Pushes an image of one layer as each of the tags; returns its digest.
std::string fill(const Berth& berth, const std::string& repository, const std::string& layer,
                 const std::vector<std::string>& tags) {
  const TempDir directory;
  auto digest = test::write_layout(directory, "img", "1", {layer});
  for (const auto& tag : tags) {
    const auto pushed = berth.run({"push", "oci:" + (directory / "img"), repository + ":" + tag});
    REQUIRE_MESSAGE(pushed.status == 0, pushed.err);
  }
  return digest;
}

std::string joined(std::string lines) {
  for (auto& c : lines)
    if (c == '\n') c = ' ';
  return lines;
}

// A registry that keeps tags of one repository, "a", and deletes what its options allow.
struct FakeRegistry {
  std::map<std::string, std::string> tags;  // tag: digest
  bool deletes_tags = true;
  bool forgets = true;      // false: accepts deletions without executing them
  int manifest_status = 0;  // of DELETE by digest; 0: deletes
  std::function<void()> before_delete = [] {};
  std::vector<std::string> deleted;
  ScriptedServer server{[this](const Received& request) { return handle(request); }};

  static std::string digest(char hex) { return "sha256:" + std::string(64, hex); }

  Scripted handle(const Received& request) {
    if (request.target == "/v2/") return {http_answer(200, "{}")};
    if (request.target.find("/tags/list") != std::string::npos) {
      std::string list;
      for (const auto& [tag, unused] : tags) list += (list.empty() ? "\"" : ",\"") + tag + "\"";
      return {http_answer(200, "{\"tags\":[" + list + "]}")};
    }
    const auto reference = request.target.substr(request.target.rfind('/') + 1);
    const bool by_digest = reference.starts_with("sha256:");
    if (request.method == "DELETE") return remove(reference, by_digest);
    std::string found = by_digest && any_of(reference) ? reference : "";
    if (!by_digest && tags.count(reference) != 0) found = tags[reference];
    if (found.empty()) return {http_answer(404)};
    return {
        "HTTP/1.1 200 OK\r\nContent-Length: 7\r\nContent-Type: "
        "application/vnd.oci.image.manifest.v1+json\r\nDocker-Content-Digest: " +
        found + "\r\n\r\n"};
  }
  bool any_of(const std::string& wanted) const {
    for (const auto& [tag, digest] : tags)
      if (digest == wanted) return true;
    return false;
  }
  Scripted remove(const std::string& reference, bool by_digest) {
    if (!by_digest && !deletes_tags)
      return {
          http_answer(405, R"({"errors":[{"code":"UNSUPPORTED","message":"by digest only"}]})")};
    if (by_digest) before_delete();
    if (by_digest && manifest_status != 0)
      return {http_answer(manifest_status,
                          R"({"errors":[{"code":"UNSUPPORTED","message":"not here"}]})")};
    deleted.push_back(reference);
    if (forgets) {
      if (!by_digest) tags.erase(reference);
      if (by_digest) std::erase_if(tags, [&](const auto& one) { return one.second == reference; });
    }
    return {http_answer(202)};
  }
};

}  // namespace

TEST_CASE("tags: of a real registry, as skopeo lists them; sorted only for a person") {
  const RealRegistry registry;
  const Berth berth;
  const std::string repository = registry.host() + "/a/b";
  fill(berth, repository, "one", {"1.10", "1.9", "latest", "1.2-rc1"});
  const auto listed = berth.run({"tags", repository});
  CHECK_MESSAGE(listed.status == 0, listed.err);
  const auto seen =
      test::run_command({"skopeo", "list-tags", "--tls-verify=false", "docker://" + repository});
  const auto document = document_of(berth.run({"tags", repository, "-o", "json"}));
  CHECK(document.string_or("repository", "") == repository);
  CHECK(*document.find("tags") == *base::parse_json(seen.out, "skopeo")->find("Tags"));
  std::string expected;
  for (const auto& tag : *document.find("tags")->as_array()) expected += *tag.as_string() + "\n";
  CHECK(listed.out == expected);
  const TempDir directory;
  test::TerminalCommand person({test::berth_program(), "tags", repository}, test::Streams::only_out,
                               directory / "err", berth.environment());
  CHECK(person.finish() == 0);
  CHECK(person.screen() == std::vector<std::string>{"1.2-rc1", "1.9", "1.10", "latest", ""});
  CHECK(berth.run({"tags", "--limit", "2", repository}).out ==
        expected.substr(0, expected.find('\n', expected.find('\n') + 1) + 1));
  CHECK(berth.run({"tags", "--limit", "0", repository}).status == 2);
  const auto missing = berth.run({"tags", registry.host() + "/no/repository", "-o", "json"});
  CHECK(missing.status == 6);
  CHECK(code_of(missing) == "registry.tags-repository");
  CHECK(code_of(berth.run({"tags", repository + ":1.9", "-o", "json"})) == "tags.reference");
}

TEST_CASE("tags: of a registered layout") {
  const Berth berth;
  const TempDir directory;
  berth.register_registry("shelf", "layout", "oci:" + (directory / "shelf"));
  fill(berth, "shelf/app", "one", {"1", "2"});
  fill(berth, "shelf/other", "one", {"3"});
  CHECK(joined(berth.run({"tags", "shelf/app"}).out) == "1 2 ");
  CHECK(berth.run({"tags", "shelf/none"}).status == 6);
}

TEST_CASE("tags: 100,000 tags in pages and in one response, in bounded memory") {
  const auto name = [](int i) { return "v" + std::to_string(i) + std::string(60, 'x'); };
  const auto list = [&](int from, int to) {
    std::string body = "{\"name\":\"a\",\"tags\":[";
    for (int i = from; i < to; ++i) body += (i == from ? "\"" : ",\"") + name(i) + "\"";
    return body + "]}";
  };
  ScriptedServer pages([&](const Received& request) {
    const auto last = request.target.find("last=");
    const int from = last == std::string::npos ? 0 : std::stoi(request.target.substr(last + 5));
    const std::string link =
        "Link: </v2/a/tags/list?n=1000&last=" + std::to_string(from + 1000) + ">; rel=\"next\"\r\n";
    return Scripted{http_answer(200, list(from, from + 1000), from + 1000 < 100'000 ? link : "")};
  });
  const std::string all = list(0, 100'000);
  ScriptedServer whole([&](const Received& request) {
    return Scripted{http_answer(200, request.target == "/v2/" ? "{}" : all)};
  });
  const Berth berth;
  for (const auto& host : {pages.host(), whole.host()}) {
    const auto text = berth.run({"tags", host + "/a"});
    CHECK_MESSAGE(text.status == 0, text.err);
    CHECK(std::count(text.out.begin(), text.out.end(), '\n') == 100'000);
    CHECK(text.out.starts_with(name(0) + "\n"));
    CHECK(text.out.ends_with(name(99'999) + "\n"));
    CHECK(text.peak_kib <= test::kMaxMemory);
    const auto json = berth.run({"tags", host + "/a", "-o", "json"});
    const auto document = document_of(json);
    CHECK(document.find("tags")->as_array()->size() == 100'000);
    CHECK(json.peak_kib <= test::kMaxMemory);
  }
}

TEST_CASE("tags: hostile names are escaped, and stay as they are in JSON") {
  ScriptedServer server([](const Received&) {
    return Scripted{http_answer(200, "{\"tags\":[\"\\u001b[2J\",\"a\\nb\",\"ok\"]}")};
  });
  const Berth berth;
  CHECK(berth.run({"tags", server.host() + "/a"}).out == "\\x1b[2J\na\\x0ab\nok\n");
  const auto document = document_of(berth.run({"tags", server.host() + "/a", "-o", "json"}));
  CHECK(*document.find("tags")->as_array()->front().as_string() == "\x1b[2J");
}

TEST_CASE("delete: Debian's registry deletes a tag only with its manifest, never another tag") {
  const RealRegistry registry;
  const Berth berth;
  const std::string repository = registry.host() + "/a/b";
  const auto shared = fill(berth, repository, "one", {"1", "2"});
  const auto own = fill(berth, repository, "two", {"3"});

  const auto unconfirmed = berth.run({"delete", repository + ":3"});
  CHECK(unconfirmed.status == 2);
  CHECK(has(unconfirmed.err, "pass --yes"));
  const auto kept = berth.run({"delete", "--yes", repository + ":1", "-o", "json"});
  CHECK(kept.status == 2);
  CHECK(code_of(kept) == "delete.other-tags");
  CHECK(has(kept.err, "cause     2; localhost:"));
  CHECK(registry.digest_seen_by_skopeo("a/b:1") == shared);

  const auto deleted = berth.run({"delete", "--yes", repository + ":3", "-o", "json"});
  CHECK_MESSAGE(deleted.status == 0, deleted.err);
  const auto report = document_of(deleted);
  const auto& entry = report.find("deleted")->as_array()->front();
  CHECK(entry.string_or("digest", "") == own);
  CHECK(entry.is_true("manifest"));
  CHECK(registry.digest_seen_by_skopeo("a/b:3").empty());
  CHECK(registry.digest_seen_by_skopeo("a/b:2") == shared);

  CHECK(berth.run({"delete", "--yes", repository + "@" + shared}).status == 2);
  const auto forced = berth.run({"delete", "--yes", "--force", repository + ":1"});
  CHECK_MESSAGE(forced.status == 0, forced.err);
  CHECK(forced.out == "deleted " + repository + ":1, with its manifest; its tags: 2\n");
  CHECK(registry.digest_seen_by_skopeo("a/b:2").empty());
  CHECK(berth.run({"delete", "--yes", repository + ":1"}).status == 6);
}

TEST_CASE("delete: a registry that deletes tags keeps the manifest and its other tags") {
  FakeRegistry fake;
  fake.tags = {{"1", FakeRegistry::digest('a')}, {"2", FakeRegistry::digest('a')}};
  const Berth berth;
  const auto deleted = berth.run({"delete", "--yes", fake.server.host() + "/a:1"});
  CHECK_MESSAGE(deleted.status == 0, deleted.err);
  CHECK(fake.deleted == std::vector<std::string>{"1"});
  CHECK(fake.tags.size() == 1);
  CHECK(deleted.out == "deleted " + fake.server.host() + "/a:1\n");
  CHECK(deleted.err.empty());
  // The last tag: this registry keeps no manifest without one.
  const auto last = berth.run({"delete", "--yes", fake.server.host() + "/a:2"});
  CHECK_MESSAGE(last.status == 0, last.err);
  CHECK(last.out == "deleted " + fake.server.host() + "/a:2, with its manifest\n");
  CHECK(has(last.err, "is not known"));
}

TEST_CASE("delete: all references are found before the first is deleted") {
  FakeRegistry fake;
  fake.tags = {{"1", FakeRegistry::digest('a')}, {"2", FakeRegistry::digest('b')}};
  const std::string host = fake.server.host();
  const Berth berth;
  CHECK(berth.run({"delete", "--yes", host + "/a:1", host + "/a:3"}).status == 6);
  CHECK(berth.run({"delete", "--yes", host + "/a:1", host + "/a"}).status == 2);
  CHECK(berth.run({"delete", "--yes", host + "/a:1@" + FakeRegistry::digest('c')}).status == 6);
  CHECK(fake.deleted.empty());
  CHECK(berth.run({"delete", "--yes", host + "/a:1", host + "/a:2"}).status == 0);
  CHECK(fake.tags.empty());
}

TEST_CASE("delete: a tag that another job sets to the same manifest in between keeps it") {
  FakeRegistry fake;
  fake.deletes_tags = false;
  fake.tags = {{"1", FakeRegistry::digest('a')}};
  const Berth berth;
  const TempDir directory;
  test::TerminalCommand person({test::berth_program(), "delete", fake.server.host() + "/a:1"},
                               test::Streams::all, directory / "other", berth.environment());
  REQUIRE(person.wait_for("delete it? [y/N]"));
  fake.tags.emplace("new", FakeRegistry::digest('a'));
  person.type("y\n");
  CHECK(person.finish() == 2);
  CHECK(has(person.written(), "1 other tag points to the manifest"));
  CHECK(fake.deleted.empty());
}

TEST_CASE("delete: a tag that moves in between is not deleted") {
  FakeRegistry fake;
  fake.tags = {{"1", FakeRegistry::digest('a')}};
  const Berth berth;
  const TempDir directory;
  test::TerminalCommand person({test::berth_program(), "delete", fake.server.host() + "/a:1"},
                               test::Streams::all, directory / "other", berth.environment());
  REQUIRE(person.wait_for("delete it? [y/N]"));
  fake.tags["1"] = FakeRegistry::digest('b');
  person.type("y\n");
  CHECK(person.finish() == 10);
  CHECK(fake.deleted.empty());
}

TEST_CASE("delete: a declined confirmation deletes nothing") {
  FakeRegistry fake;
  fake.tags = {{"1", FakeRegistry::digest('a')}};
  const Berth berth;
  const TempDir directory;
  test::TerminalCommand person({test::berth_program(), "delete", fake.server.host() + "/a:1"},
                               test::Streams::all, directory / "other", berth.environment());
  REQUIRE(person.wait_for("delete it? [y/N]"));
  person.type("n\n");
  CHECK(person.finish() == 2);
  CHECK(has(person.written(), "nothing was deleted"));
  CHECK(fake.deleted.empty());
}

TEST_CASE("delete: refused, denied and ineffective deletions are different errors") {
  const Berth berth;
  FakeRegistry refuses;  // after it accepted everything else
  refuses.deletes_tags = false;
  refuses.manifest_status = 405;
  refuses.tags = {{"1", FakeRegistry::digest('a')}};
  const auto refused = berth.run({"delete", "--yes", refuses.server.host() + "/a:1", "-o", "json"});
  CHECK(refused.status == 9);
  CHECK(code_of(refused) == "delete.unsupported");
  CHECK(has(refused.err, "405 UNSUPPORTED: not here"));
  FakeRegistry lacks;
  lacks.deletes_tags = false;
  lacks.manifest_status = 404;  // and still has it
  lacks.tags = {{"1", FakeRegistry::digest('a')}};
  CHECK(code_of(berth.run({"delete", "--yes", lacks.server.host() + "/a:1", "-o", "json"})) ==
        "delete.unsupported");
  FakeRegistry pretends;
  pretends.forgets = false;
  pretends.tags = {{"1", FakeRegistry::digest('a')}};
  CHECK(code_of(berth.run({"delete", "--yes", pretends.server.host() + "/a:1", "-o", "json"})) ==
        "delete.ineffective");
  const TempDir directory;
  berth.register_registry("shelf", "layout", "oci:" + (directory / "shelf"));
  CHECK(code_of(berth.run({"delete", "--yes", "shelf/app:1", "-o", "json"})) == "delete.layout");
}
