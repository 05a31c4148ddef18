// Upload sessions, step by step, with the exact requests.
#include <doctest/doctest.h>

#include <future>

#include "oci/hasher.hpp"
#include "registry_test.hpp"

using namespace berth;
using base::ErrorClass;
using test::answer_html;
using test::config_for;
using test::digest_header;
using test::http_answer;
using test::lines;
using test::MemorySource;
using test::Scripted;
using test::ScriptedServer;
using test::TestRegistryClient;
using Lines = std::vector<std::string>;

namespace {

const std::string kUploads = "/v2/a/b/blobs/uploads/";

oci::Digest blob_digest() { return oci::digest_of("blob"); }

std::string mount_line() {
  return "POST " + kUploads + "?mount=" + blob_digest().str() + "&from=a/b";
}

Scripted opened(const std::string& location) {
  return {http_answer(202, "", "Location: " + location + "\r\n")};
}

}  // namespace

TEST_CASE("start upload: mounts or opens; a mount that is refused is not requested again") {
  const auto digest = blob_digest();
  const registry::BlobName name{digest, 4};
  ScriptedServer server({{http_answer(201)},
                         opened(kUploads + "1"),
                         {http_answer(405)},
                         {http_answer(404)},
                         opened(kUploads + "2"),
                         {"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"},
                         opened(kUploads + "3")});
  TestRegistryClient test(server);
  auto start = [&](const registry::BlobName* wanted) {
    return test.client.uploads().start("a/b", wanted);
  };
  CHECK(start(&name)->exists);
  const auto second = start(&name);
  CHECK_FALSE(second->exists);
  CHECK(second->upload.location == "http://" + server.host() + kUploads + "1");
  CHECK(start(&name)->upload.location == "http://" + server.host() + kUploads + "2");
  CHECK(start(&name)->exists);
  CHECK_FALSE(start(nullptr)->exists);
  const std::string head = "HEAD /v2/a/b/blobs/" + digest.str();
  CHECK(lines(server) == Lines{mount_line(), mount_line(), mount_line(), head, "POST " + kUploads,
                               head, "POST " + kUploads});
  CHECK(server.received()[0].header("content-length") == "0");
}

TEST_CASE("start upload: accepts every form of Location, and reports a missing one") {
  const std::pair<std::string, std::string> good[] = {
      {"/v2/a/b/blobs/uploads/1?_state=x%3D", "/v2/a/b/blobs/uploads/1?_state=x%3D"},
      {"1", kUploads + "1"},
      {"/v2/a/b/blobs/uploads/1#part", "/v2/a/b/blobs/uploads/1"},
  };
  for (const auto& one : good) {
    CAPTURE(one.first);
    ScriptedServer server({opened(one.first)});
    TestRegistryClient test(server);
    CHECK(test.client.uploads().start("a/b", nullptr)->upload.location ==
          "http://" + server.host() + one.second);
  }
  for (const std::string headers :
       {"", "Location: ftp://x/1\r\n", "Location: http://u:p@localhost/1\r\n",
        "Location: http://\r\n"}) {
    CAPTURE(headers);
    ScriptedServer server({{http_answer(202, "", headers)}});
    TestRegistryClient test(server);
    const auto start = test.client.uploads().start("a/b", nullptr);
    REQUIRE_FALSE(start.has_value());
    CHECK(start.error().error_class() == ErrorClass::server);
    CHECK(start.error().code() == (headers.empty() ? "registry.no-location" : "http.url"));
  }
}

TEST_CASE("start upload: a web page with status 200 is neither an opened nor a stored upload") {
  const auto digest = blob_digest();
  const registry::BlobName name{digest, 4};
  ScriptedServer server([](const test::Received& request) {
    return Scripted{request.method == "POST" && request.target.find('?') != std::string::npos
                        ? answer_html(404)
                        : answer_html(200),
                    request.method == "HEAD"};
  });
  TestRegistryClient test(server);
  const auto start = test.client.uploads().start("a/b", &name);
  REQUIRE_FALSE(start.has_value());
  CHECK(start.error().code() == "registry.not-a-registry");
  CHECK(test.client.uploads().start("a/b", nullptr).error().code() == "registry.not-a-registry");
}

TEST_CASE("start upload: denied, repository not found, and a busy registry") {
  auto error_of = [](const std::string& answer) {
    ScriptedServer server([&](const test::Received&) { return Scripted{answer, true}; });
    TestRegistryClient test(server);
    return std::move(test.client.uploads().start("a/b", nullptr)).error();
  };
  CHECK(error_of(http_answer(403, R"({"errors":[{"code":"DENIED"}]})")).code() == "auth.required");
  CHECK(error_of(http_answer(404, R"({"errors":[{"code":"NAME_UNKNOWN"}]})")).code() ==
        "push.blob-repository");

  const auto digest = blob_digest();
  const registry::BlobName name{digest, 4};
  ScriptedServer busy(
      [&](const test::Received&) { return Scripted{http_answer(429, "", "Retry-After: 60\r\n")}; });
  TestRegistryClient test(busy);
  CHECK(test.client.retry_after() == std::chrono::milliseconds(0));
  const auto error = std::move(test.client.uploads().start("a/b", &name)).error();
  CHECK(error.code() == "push.blob-rate");
  CHECK(error.max_attempts() == test.client.limits().attempts);
  CHECK(lines(busy) == Lines{mount_line()});
  CHECK(test.client.retry_after() > std::chrono::milliseconds(50'000));
  CHECK(test.client.retry_after() <= std::chrono::milliseconds(60'000));
}

TEST_CASE("upload: sends the blob in one PUT and appends the digest to the location's query") {
  for (const std::string location : {"1", "1?_state=x"}) {
    CAPTURE(location);
    ScriptedServer server({{http_answer(201, "", digest_header(blob_digest().str()))}});
    TestRegistryClient test(server);
    MemorySource source("blob");
    registry::Upload upload{"http://" + server.host() + "/" + location, 0};
    CHECK(test.client.uploads().finish("a/b", upload, blob_digest(), &source).has_value());
    const auto request = server.received().at(0);
    CHECK(request.method == "PUT");
    CHECK(request.target ==
          "/" + location + (location == "1" ? "?" : "&") + "digest=" + blob_digest().str());
    CHECK(request.header("content-type") == "application/octet-stream");
    CHECK(request.header("content-length") == "4");
    CHECK(request.body == "blob");
  }
}

TEST_CASE("upload: streams a chunked PATCH, then closes it by an empty PUT at the new location") {
  ScriptedServer server(
      {opened(kUploads + "1"),
       {http_answer(202, "", "Location: " + kUploads + "1?part=2\r\nRange: 0-3\r\n")},
       {http_answer(201)}});
  TestRegistryClient test(server);
  MemorySource source("blob");
  auto upload = test.client.uploads().start("a/b", nullptr)->upload;
  REQUIRE(test.client.uploads().patch("a/b", upload, source).has_value());
  CHECK(upload.offset == 4);
  CHECK(upload.confirmed == 4);
  CHECK(test.client.uploads().finish("a/b", upload, blob_digest(), nullptr).has_value());
  CHECK(lines(server) == Lines{"POST " + kUploads, "PATCH " + kUploads + "1",
                               "PUT " + kUploads + "1?part=2&digest=" + blob_digest().str()});
  const auto received = server.received();
  CHECK(received[1].header("transfer-encoding") == "chunked");
  CHECK(received[1].header("content-type") == "application/octet-stream");
  CHECK(received[1].body == "blob");
  CHECK(received[2].header("content-length") == "0");
}

TEST_CASE("upload: sends chunks with length and range to the location of each response") {
  ScriptedServer server(
      {{http_answer(202, "", "Location: " + kUploads + "1\r\nOCI-Chunk-Min-Length: 3\r\n")},
       {http_answer(202, "", "Location: " + kUploads + "1?part=2\r\nRange: 0-2\r\n")},
       {http_answer(201, "", "Location: " + kUploads + "1?part=3\r\nRange: 0-2\r\n")},
       {http_answer(202, "", "Location: " + kUploads + "1?part=4\r\n")},
       {http_answer(416)},
       {http_answer(200, "{}")}});
  TestRegistryClient test(server);
  auto upload = test.client.uploads().start("a/b", nullptr)->upload;
  CHECK(upload.min_chunk_size == 3);
  CHECK(upload.confirmed == std::nullopt);
  REQUIRE(test.client.uploads().patch_chunk("a/b", upload, "one").has_value());
  CHECK(upload.offset == 3);
  CHECK(upload.confirmed == 3);
  REQUIRE(test.client.uploads().patch_chunk("a/b", upload, "more").has_value());
  CHECK(upload.offset == 7);
  CHECK(upload.confirmed == 3);
  REQUIRE(test.client.uploads().patch_chunk("a/b", upload, "!").has_value());
  CHECK(upload.confirmed == std::nullopt);
  CHECK(test.client.uploads().patch_chunk("a/b", upload, "?").error().code() ==
        "push.blob-refused");
  CHECK(upload.offset == 8);
  const auto received = server.received();
  const std::tuple<const char*, const char*, const char*> expected[] = {{"1", "0-2", "3"},
                                                                        {"1?part=2", "3-6", "4"},
                                                                        {"1?part=3", "7-7", "1"},
                                                                        {"1?part=4", "8-8", "1"}};
  for (std::size_t i = 0; i < 4; ++i) {
    const auto& request = received.at(i + 1);
    CHECK(request.method + " " + request.target == "PATCH " + kUploads + std::get<0>(expected[i]));
    CHECK(request.header("content-range") == std::get<1>(expected[i]));
    CHECK(request.header("content-length") == std::get<2>(expected[i]));
    CHECK(request.header("content-type") == "application/octet-stream");
  }
}

TEST_CASE("upload: refreshes an expired token between chunks and repeats only that chunk") {
  ScriptedServer server({{http_answer(202, "", "Location: " + kUploads + "1\r\n")},
                         {http_answer(202, "", "Location: " + kUploads + "1\r\n")},
                         {http_answer(401, "", "WWW-Authenticate: Basic\r\n")},
                         {http_answer(202, "", "Location: " + kUploads + "1\r\n")}});
  TestRegistryClient test(server, config_for(server.host()));
  auto upload = test.client.uploads().start("a/b", nullptr)->upload;
  REQUIRE(test.client.uploads().patch_chunk("a/b", upload, "one").has_value());
  REQUIRE(test.client.uploads().patch_chunk("a/b", upload, "two").has_value());
  const auto received = server.received();
  REQUIRE(received.size() == 4);
  CHECK(received[3].body == "two");
  CHECK(received[3].header("content-range") == "3-5");
  CHECK(upload.offset == 6);
}

TEST_CASE(
    "upload: terminates the PATCH cleanly if the source fails, so that the session can be "
    "deleted") {
  struct BrokenSource final : MemorySource {
    BrokenSource() : MemorySource("half") {}
    base::Result<std::size_t> read(std::span<std::byte> buffer) override {
      BERTH_TRY(const auto count, MemorySource::read(buffer));
      if (count == 0) return base::Error(ErrorClass::disk, "test.source", "broken");
      return count;
    }
  } source;
  ScriptedServer server({opened(kUploads + "1?at=4"), {http_answer(204)}});
  TestRegistryClient test(server);
  registry::Upload upload{server.url(kUploads + "1?at=0"), 0};
  const auto sent = test.client.uploads().patch("a/b", upload, source);
  REQUIRE_FALSE(sent.has_value());
  CHECK(sent.error().code() == "test.source");
  test.client.uploads().cancel("a/b", upload);
  CHECK(lines(server) == Lines{"PATCH " + kUploads + "1?at=0", "DELETE " + kUploads + "1?at=4"});
  CHECK(server.received()[0].body == "half");
}

TEST_CASE("upload: reports failures and never retries without the caller") {
  const struct {
    std::string answer;
    ErrorClass error_class;
    std::string code;
  } cases[] = {
      {http_answer(500), ErrorClass::server, "push.blob-failed"},
      {http_answer(404, R"({"errors":[{"code":"BLOB_UPLOAD_UNKNOWN"}]})"), ErrorClass::not_found,
       "push.blob-not-found"},
      {http_answer(400, R"({"errors":[{"code":"DIGEST_INVALID"}]})"), ErrorClass::integrity,
       "push.blob-digest"},
      {http_answer(413, "<html>"), ErrorClass::server, "push.blob-too-large"},
      {http_answer(201, "", digest_header(oci::digest_of("x").str())), ErrorClass::integrity,
       "push.blob-digest"},
      {"", ErrorClass::network, "http.lost"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.code);
    ScriptedServer server([&](const test::Received& request) {
      return Scripted{request.method == "PUT" ? one.answer : http_answer(200, "{}"),
                      one.answer.empty()};
    });
    TestRegistryClient test(server);
    MemorySource source("blob");
    registry::Upload upload{server.url("/1"), 0};
    const auto finished = test.client.uploads().finish("a/b", upload, blob_digest(), &source);
    REQUIRE_FALSE(finished.has_value());
    CHECK(finished.error().error_class() == one.error_class);
    CHECK(finished.error().code() == one.code);
    int puts = 0;
    for (const auto& request : server.received()) puts += request.method == "PUT" ? 1 : 0;
    CHECK(puts == 1);
  }
}

TEST_CASE("upload: another origin gets the bytes without the credentials") {
  ScriptedServer storage(
      {{http_answer(201)},
       {http_answer(401, R"({"errors":[{"code":"UNAUTHORIZED"}]})", "WWW-Authenticate: Basic\r\n")},
       {http_answer(204)}});
  ScriptedServer server(
      {{http_answer(401, "", "WWW-Authenticate: Basic\r\n")}, opened(storage.url("/1?sig=x"))});
  TestRegistryClient test(server, config_for(server.host()));
  auto start = test.client.uploads().start("a/b", nullptr);
  REQUIRE(start.has_value());
  MemorySource source("blob");
  CHECK(test.client.uploads().finish("a/b", start->upload, blob_digest(), &source).has_value());
  source.rewind();
  CHECK(test.client.uploads()
            .finish("a/b", start->upload, blob_digest(), &source)
            .error()
            .error_class() == ErrorClass::auth);
  test.client.uploads().cancel("a/b", start->upload);
  CHECK(server.received().at(1).header("authorization") == "Basic YWxpY2U6c2VjcmV0");
  const auto received = storage.received();
  REQUIRE(received.size() == 3);
  for (const auto& request : received) CHECK(request.header("authorization").empty());
}

TEST_CASE("upload: sends nothing to a location at a forbidden address") {
  ScriptedServer server({opened("http://169.254.169.254/1")});
  TestRegistryClient test(server, config_for(server.host()));
  auto start = test.client.uploads().start("a/b", nullptr);
  REQUIRE(start.has_value());
  MemorySource source("blob");
  const auto refused = test.client.uploads().finish("a/b", start->upload, blob_digest(), &source);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code() == "http.address");
  test.client.uploads().cancel("a/b", start->upload);
}

TEST_CASE(
    "cancel upload: deletes the session with credentials, also after a cancellation, without "
    "waiting") {
  ScriptedServer server({{http_answer(401, "", "WWW-Authenticate: Basic\r\n")},
                         opened(kUploads + "1?s=2"),
                         {http_answer(204)}});
  TestRegistryClient test(server, config_for(server.host()));
  const auto start = test.client.uploads().start("a/b", nullptr);
  REQUIRE(start.has_value());
  test.cancellation.request(base::Cancellation::Reason::interrupt);
  test.client.uploads().cancel("a/b", start->upload);
  const auto request = server.received().at(2);
  CHECK(request.method + " " + request.target == "DELETE " + kUploads + "1?s=2");
  CHECK(request.header("authorization") == "Basic YWxpY2U6c2VjcmV0");

  ScriptedServer silent({{.answer = "", .wait = true}});
  TestRegistryClient other(silent);
  const auto begin = std::chrono::steady_clock::now();
  other.client.uploads().cancel("a/b", {silent.url("/1"), 0});
  other.client.uploads().cancel("a/b", {});
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(10));
}

TEST_CASE("start upload: learns of a session that is opened while the push is interrupted") {
  ScriptedServer server({{.answer = http_answer(202, "", "Location: /1\r\n"),
                          .delay = std::chrono::milliseconds(100)}});
  TestRegistryClient test(server);
  auto starting =
      std::async(std::launch::async, [&] { return test.client.uploads().start("a/b", nullptr); });
  server.wait_for_requests(1);
  test.cancellation.request(base::Cancellation::Reason::interrupt);
  const auto start = starting.get();
  REQUIRE(start.has_value());
  CHECK(start->upload.location == "http://" + server.host() + "/1");
}
