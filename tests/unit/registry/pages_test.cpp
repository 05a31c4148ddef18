// Lists of a registry: pages of tags, referrers; and deletions.
#include <doctest/doctest.h>

#include "registry/page_reader.hpp"
#include "registry_test.hpp"

using namespace berth;
using base::ErrorClass;
using test::config_for;
using test::http_answer;
using test::lines;
using test::ScriptedServer;
using test::TestRegistryClient;
using Lines = std::vector<std::string>;
using Tags = std::vector<std::string>;

namespace {

std::string link_to(const std::string& url) { return "Link: <" + url + ">; rel=\"next\"\r\n"; }

std::string code_of(const auto& result) { return result ? std::string() : result.error().code(); }

base::Result<std::optional<std::string>> next_of(const std::string& header, bool tls = true) {
  http::Response response;
  response.headers = {{"link", header}};
  return registry::next_page(
      response,
      tls ? "https://r.example/v2/a/tags/list?n=2" : "http://r.example:5000/v2/a/tags/list?n=2",
      http::Origin::make(tls, tls ? "r.example" : "r.example:5000"), "r.example");
}

}  // namespace

TEST_CASE("pages: finds the next page in every form of Link that registries send") {
  const std::string next = "https://r.example/v2/a/tags/list?last=b&n=2";
  for (const std::string header :
       {"</v2/a/tags/list?last=b&n=2>; rel=\"next\"", "</v2/a/tags/list?last=b&n=2>; rel=next",
        "</v2/a/tags/list?last=b&n=2>;rel=\"next\"", "<list?last=b&n=2>; rel=\"next\"",
        "/v2/a/tags/list?last=b&n=2; rel=\"next\"",
        "<https://r.example/v2/a/tags/list?last=b&n=2>; rel=\"next\"",
        "<https://r.example:443/v2/a/tags/list?last=b&n=2>; rel=\"next\"",
        "<//r.example/v2/a/tags/list?last=b&n=2>; rel=\"next\"",
        // A proxy in front of the registry that does not forward the scheme.
        "<http://r.example/v2/a/tags/list?last=b&n=2>; rel=\"next\"",
        "</v2/first>; rel=\"first\", </v2/a/tags/list?last=b&n=2>; rel=\"next\"",
        "</v2/a/tags/list?last=b&n=2>; title=\"a, b; c\"; rel=\"prev next\"",
        "</v2/a/tags/list?last=b&n=2> ; REL = NEXT"}) {
    CAPTURE(header);
    const auto found = next_of(header);
    REQUIRE_MESSAGE(found.has_value(), header);
    REQUIRE(found->has_value());
    CHECK((**found == next || **found == "https://r.example:443/v2/a/tags/list?last=b&n=2"));
  }
  for (const char* header :
       {"", "</x>; rel=\"prev\"", "</x>", "garbage", "<", "</x>; rel=\"nextpage\""}) {
    CAPTURE(header);
    const auto found = next_of(header);
    REQUIRE(found.has_value());
    CHECK_FALSE(found->has_value());
  }
}

TEST_CASE("pages: a Link to another origin is refused") {
  for (const char* url : {"https://evil.example/v2/a/tags/list", "https://r.example.evil.example/",
                          "https://r.example:8443/v2/a/tags/list", "ftp://r.example/",
                          "https://user@r.example/", "//evil.example/"}) {
    CAPTURE(url);
    const auto found = next_of("<" + std::string(url) + ">; rel=\"next\"");
    CHECK(code_of(found) == "registry.page-link");
  }
  CHECK(code_of(next_of("<http://r.example:5001/>; rel=\"next\"", false)) == "registry.page-link");
}

TEST_CASE("tags: reads all pages, in the registry's order, with the credentials") {
  ScriptedServer server({{http_answer(401, "", "WWW-Authenticate: Basic realm=\"r\"\r\n")},
                         {http_answer(200, R"({"name":"a/b","tags":["2","10"]})",
                                      link_to("/v2/a/b/tags/list?last=10&n=1000"))},
                         {http_answer(200, R"({"tags":[]})", link_to("/v2/a/b/tags/list?p=3"))},
                         {http_answer(200, R"({"tags":["1"]})")}});
  TestRegistryClient test(server, config_for(server.host()));
  const auto tags = test.client.tags().list("a/b");
  REQUIRE_MESSAGE(tags.has_value(), tags.error().message());
  CHECK(*tags == Tags{"2", "10", "1"});
  CHECK(lines(server) == Lines{"GET /v2/a/b/tags/list?n=1000", "GET /v2/a/b/tags/list?n=1000",
                               "GET /v2/a/b/tags/list?last=10&n=1000",
                               "GET /v2/a/b/tags/list?p=3"});
  CHECK(server.received()[3].header("authorization") == "Basic YWxpY2U6c2VjcmV0");
}

TEST_CASE("tags: credentials are not sent to another origin, and nothing is requested there") {
  ScriptedServer other(std::vector<test::Scripted>{{http_answer(200, R"({"tags":["x"]})")}});
  ScriptedServer server(
      {{http_answer(401, "", "WWW-Authenticate: Basic realm=\"r\"\r\n")},
       {http_answer(200, R"({"tags":["1"]})", link_to(other.url("/v2/a/tags/list?last=1")))}});
  TestRegistryClient test(server, config_for(server.host()));
  CHECK(code_of(test.client.tags().list("a")) == "registry.page-link");
  CHECK(other.received().empty());
}

TEST_CASE("tags: a limit ends the list early") {
  ScriptedServer server({{http_answer(200, R"({"tags":["1","2"]})", link_to("?last=2&n=3"))},
                         {http_answer(200, R"({"tags":["3","4"]})", link_to("?last=4&n=3"))}});
  TestRegistryClient test(server);
  CHECK(*test.client.tags().list("a", 3) == Tags{"1", "2", "3"});
  CHECK(lines(server) == Lines{"GET /v2/a/tags/list?n=3", "GET /v2/a/tags/list?last=2&n=3"});
}

TEST_CASE("tags: a registry that rejects the page size is asked for its own") {
  ScriptedServer server({{http_answer(400, R"({"errors":[{"code":"PAGINATION_NUMBER_INVALID"}]})")},
                         {http_answer(200, R"({"tags":["1"]})")}});
  TestRegistryClient test(server);
  CHECK(*test.client.tags().list("a") == Tags{"1"});
  CHECK(lines(server) == Lines{"GET /v2/a/tags/list?n=1000", "GET /v2/a/tags/list"});
}

TEST_CASE("tags: empty, unusual and wrong lists") {
  const struct {
    int status;
    std::string body;
    std::string code;  // empty: no tags
  } cases[] = {
      {200, R"({"name":"a","tags":null})", ""},
      {200, R"({"tags":[],"child":["x"],"manifest":{}})", ""},
      {200, R"({"name":"a"})", "registry.tags-malformed"},
      {200, R"({"tags":"1"})", "registry.tags-malformed"},
      {200, R"({"tags":[1]})", "registry.tags-malformed"},
      {200, R"(["1"])", "registry.tags-malformed"},
      {200, R"({"tags":["1")", "registry.tags-malformed"},
      {404, R"({"errors":[{"code":"NAME_UNKNOWN"}]})", "registry.tags-repository"},
      {403, R"({"errors":[{"code":"DENIED"}]})", "auth.required"},
      {405, R"({"errors":[{"code":"UNSUPPORTED"}]})", "registry.tags-refused"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.body);
    ScriptedServer server({{http_answer(one.status, one.body)}});
    TestRegistryClient test(server);
    const auto tags = test.client.tags().list("a");
    CHECK(code_of(tags) == one.code);
    if (tags) CHECK(tags->empty());
  }
}

TEST_CASE("tags: names of a hostile registry are returned as they are, invalid UTF-8 replaced") {
  ScriptedServer server({{http_answer(200, "{\"tags\":[\"\\u001b[31mred\",\"a\xff\",\"../x\"]}")}});
  TestRegistryClient test(server);
  CHECK(*test.client.tags().list("a") == Tags{"\x1b[31mred", "a\xef\xbf\xbd", "../x"});
}

TEST_CASE("tags: pages that never end are an error, not a loop") {
  ScriptedServer repeats([](const test::Received&) {
    return test::Scripted{http_answer(200, R"({"tags":["1"]})", link_to("?last=1&n=1"))};
  });
  TestRegistryClient first(repeats);
  CHECK(code_of(first.client.tags().list("a")) == "registry.page-loop");
  CHECK(repeats.received().size() <= 3);
  int page = 0;
  ScriptedServer same_page([&](const test::Received&) {
    return test::Scripted{
        http_answer(200, R"({"tags":["1","2"]})", link_to("?page=" + std::to_string(++page)))};
  });
  TestRegistryClient second(same_page);
  CHECK(code_of(second.client.tags().list("a")) == "registry.page-loop");
  CHECK(same_page.received().size() == 2);
  ScriptedServer circle([](const test::Received& request) {
    const bool a = request.target.find("p=a") != std::string::npos;
    return test::Scripted{http_answer(200, a ? R"({"tags":["1"]})" : R"({"tags":["2"]})",
                                      link_to(a ? "?p=b" : "?p=a"))};
  });
  TestRegistryClient third(circle);
  CHECK(code_of(third.client.tags().list("a")) == "registry.page-loop");
  CHECK(circle.received().size() <= 4);
}

TEST_CASE("tags: the memory of a list is limited") {
  const std::string name(128, 'x');
  std::string body = "{\"tags\":[";
  for (int i = 0; i < 90'000; ++i) body += (i == 0 ? "\"" : ",\"") + name + "\"";
  body += "]}";
  int page = 0;
  ScriptedServer server([&](const test::Received&) {
    body.replace(10, 6, std::to_string(100'000 + ++page));
    return test::Scripted{http_answer(200, body, link_to("?page=" + std::to_string(page)))};
  });
  TestRegistryClient test(server);
  CHECK(code_of(test.client.tags().list("a")) == "registry.tags-too-many");
  CHECK(server.received().size() <= 4);
}

TEST_CASE("delete: what a registry responds decides between deleted, missing and unsupported") {
  using registry::Deletion;
  const std::string digest = "sha256:" + std::string(64, 'a');
  const struct {
    int status;
    std::string body;
    std::string reference;
    std::string outcome;
  } cases[] = {
      {202, "", "1", "deleted"},
      {200, "", digest, "deleted"},
      {204, "", digest, "deleted"},
      {404, R"({"errors":[{"code":"MANIFEST_UNKNOWN"}]})", "1", "not found"},
      // CNCF Distribution 2.8: a tag, and a registry in which deletion is disabled.
      {400, R"({"errors":[{"code":"DIGEST_INVALID"}]})", "1", "unsupported"},
      {405, R"({"errors":[{"code":"UNSUPPORTED"}]})", digest, "unsupported"},
      {501, "", digest, "unsupported"},
      {400, R"({"errors":[{"code":"UNSUPPORTED"}]})", digest, "unsupported"},
      {400, R"({"errors":[{"code":"MANIFEST_INVALID"}]})", digest, "delete.manifest-refused"},
      {403, R"({"errors":[{"code":"DENIED"}]})", digest, "auth.required"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.status);
    CAPTURE(one.body);
    ScriptedServer server({{http_answer(one.status, one.body)}});
    TestRegistryClient test(server);
    const auto result = test.client.manifests().remove("a/b", one.reference);
    CHECK(lines(server) == Lines{"DELETE /v2/a/b/manifests/" + one.reference});
    if (!result) {
      CHECK(result.error().code() == one.outcome);
      continue;
    }
    const std::string outcome = result->outcome == Deletion::deleted     ? "deleted"
                                : result->outcome == Deletion::not_found ? "not found"
                                                                         : "unsupported";
    CHECK(outcome == one.outcome);
  }
}

TEST_CASE("delete: a repeated request after a lost response succeeds") {
  ScriptedServer server({{"", true}, {http_answer(404, "{}")}});
  TestRegistryClient test(server);
  const auto result = test.client.manifests().remove("a", "1");
  REQUIRE(result.has_value());
  CHECK(result->outcome == registry::Deletion::deleted);
}

TEST_CASE("delete: denied is another error than unsupported") {
  ScriptedServer server({{http_answer(401, "", "WWW-Authenticate: Basic realm=\"r\"\r\n")},
                         {http_answer(403, R"({"errors":[{"code":"DENIED","message":"no"}]})")}});
  TestRegistryClient test(server, config_for(server.host()));
  const auto result = test.client.manifests().remove("a", "1");
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().error_class() == ErrorClass::denied);
  CHECK(result.error().code() == "delete.manifest-denied");
  CHECK(result.error().message() == "alice is not authorized to delete from a");
}

TEST_CASE("referrers: by the API with its pages, else by the tag") {
  const auto digest = *oci::Digest::parse("sha256:" + std::string(64, 'b'));
  const auto index = [](char hex) {
    return R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","artifactType":"x/y","size":3,"digest":"sha256:)" +
           std::string(64, hex) + R"("}]})";
  };
  const std::string type = "Content-Type: application/vnd.oci.image.index.v1+json\r\n";
  ScriptedServer api({{http_answer(200, index('1'), type + link_to("?p=2"))},
                      {http_answer(200, index('2'), type)}});
  TestRegistryClient with_api(api);
  auto listed = with_api.client.referrers().list("a", digest);
  REQUIRE(listed.has_value());
  CHECK(listed->source == registry::ReferrersSource::api);
  REQUIRE(listed->descriptors.size() == 2);
  CHECK(listed->descriptors[1].digest.hex() == std::string(64, '2'));
  CHECK(listed->descriptors[1].artifact_type == "x/y");

  for (const auto& absent : {http_answer(404, "404 page not found\n"), http_answer(405),
                             http_answer(200, "<html>", "Content-Type: text/html\r\n")}) {
    CAPTURE(absent);
    ScriptedServer tag({{absent}, {http_answer(200, index('3'), type)}});
    TestRegistryClient by_tag(tag);
    listed = by_tag.client.referrers().list("a", digest);
    REQUIRE(listed.has_value());
    CHECK(listed->source == registry::ReferrersSource::tag_schema);
    CHECK(listed->descriptors.size() == 1);
    CHECK(lines(tag) == Lines{"GET /v2/a/referrers/" + digest.str(),
                              "GET /v2/a/manifests/sha256-" + std::string(64, 'b')});
  }
  ScriptedServer nothing({{http_answer(404)}, {http_answer(404)}});
  TestRegistryClient without(nothing);
  listed = without.client.referrers().list("a", digest);
  REQUIRE(listed.has_value());
  CHECK(listed->descriptors.empty());
  ScriptedServer wrong({{http_answer(200, R"({"manifests":7})", type)}});
  TestRegistryClient malformed(wrong);
  CHECK(code_of(malformed.client.referrers().list("a", digest)) == "registry.referrers-malformed");
}
