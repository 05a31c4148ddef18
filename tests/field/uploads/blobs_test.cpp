// Ways of uploading that are refused, and what is sent instead, request by request. Table:
// ../README.md
#include <doctest/doctest.h>

#include "upload_test.hpp"

using namespace berth;
using test::http_answer;
using test::large_blob;
using test::Log;
using test::MemoryRegistry;
using test::patch;
using test::put;
using test::Received;
using test::Scripted;
using test::Uploads;

namespace {

std::string page(int status) {
  return http_answer(status, "<html><title>refused</title></html>", "Content-Type: text/html\r\n");
}

// Responds with `status` to every request of that kind.
MemoryRegistry::Before refusing(const std::string& refused, int status) {
  return [=](const Received&, const std::string& kind, int) {
    return kind == refused ? std::optional(Scripted{page(status)}) : std::nullopt;
  };
}

// A front that accepts no body larger than `limit`.
MemoryRegistry::Before limited(std::size_t limit) {
  return [=](const Received& request, const std::string&, int) {
    return request.body.size() > limit ? std::optional(Scripted{page(413)}) : std::nullopt;
  };
}

}  // namespace

TEST_CASE("uploads: without failures, no request is repeated") {
  MemoryRegistry registry;
  Uploads uploads(registry);
  CHECK(uploads.put(large_blob()) == "uploaded");
  CHECK(registry.log() == Log{"mount", patch(large_blob().size()), put(0)});
  CHECK(uploads.put("small") == "uploaded");
  CHECK(uploads.put("small") == "reused");
  CHECK(registry.log() ==
        Log{"mount", patch(large_blob().size()), put(0), "mount", put(5), "mount", "get"});
}

TEST_CASE(
    "uploads: a mount that fails in any way leads to a plain upload at once, and is not tried "
    "again") {
  for (const int status : {400, 403, 404, 405, 500, 501, 502, 503}) {
    CAPTURE(status);
    MemoryRegistry registry(refusing("mount", status));
    Uploads uploads(registry);
    CHECK(uploads.put("one") == "uploaded");
    CHECK(uploads.put("two") == "uploaded");
    CHECK(registry.log() == Log{"mount", "head", "open", put(3), "head", "open", put(3)});
  }
  MemoryRegistry closing([](const Received&, const std::string& kind, int) {
    return kind == "mount" ? std::optional(Scripted{.answer = "", .hang_up = true}) : std::nullopt;
  });
  CHECK(Uploads(closing).put("one") == "uploaded");
  CHECK(closing.log() == Log{"mount", "head", "open", put(3)});
}

TEST_CASE("uploads: a refused HEAD means unknown") {
  MemoryRegistry registry([](const Received&, const std::string& kind, int) {
    return kind == "mount" || kind == "head" ? std::optional(Scripted{http_answer(403)})
                                             : std::nullopt;
  });
  CHECK(Uploads(registry).put("one") == "uploaded");
}

TEST_CASE("uploads: a registry that fails on everything gets as many POSTs as one policy allows") {
  MemoryRegistry registry([](const Received& request, const std::string&, int) {
    return request.method == "POST" ? std::optional(Scripted{page(503)}) : std::nullopt;
  });
  CHECK(Uploads(registry).put("one") == "push.blob-failed");
  CHECK(registry.log() == Log{"mount", "head", "open", "head", "open", "head", "open"});
}

TEST_CASE("uploads: PATCH that is refused is replaced by one PUT, for all blobs") {
  const auto size = large_blob().size();
  for (const int status : {400, 403, 404, 405, 411, 501}) {
    CAPTURE(status);
    MemoryRegistry registry(refusing("patch", status));
    Uploads uploads(registry);
    CHECK(uploads.put(large_blob()) == "uploaded");
    CHECK(uploads.put(test::noise(size, 2)) == "uploaded");
    CHECK(registry.log() ==
          Log{"mount", patch(size), "cancel", "mount", put(size), "mount", put(size)});
  }
}

TEST_CASE("uploads: a layer of unknown length is read twice where PATCH is refused") {
  MemoryRegistry registry(refusing("patch", 405));
  Uploads uploads(registry);
  CHECK(uploads.put_layer(large_blob()) == "uploaded");
  CHECK(registry.log() ==
        Log{"open", patch(uploads.compressed), "cancel", "mount", put(uploads.compressed)});
}

TEST_CASE("uploads: PUT with a body that is refused is replaced by PATCH") {
  MemoryRegistry registry([](const Received& request, const std::string& kind, int) {
    return kind == "put" && !request.body.empty() ? std::optional(Scripted{page(405)})
                                                  : std::nullopt;
  });
  Uploads uploads(registry);
  CHECK(uploads.put("small") == "uploaded");
  CHECK(uploads.put("other") == "uploaded");
  CHECK(registry.log() ==
        Log{"mount", put(5), "cancel", "mount", patch(5), put(0), "mount", patch(5), put(0)});
}

TEST_CASE("uploads: an account or quota error of the registry is final") {
  MemoryRegistry registry([](const Received&, const std::string& kind, int) {
    return kind == "patch"
               ? std::optional(Scripted{http_answer(403, R"({"errors":[{"code":"DENIED"}]})")})
               : std::nullopt;
  });
  CHECK(Uploads(registry).put(large_blob()) ==
        "auth.required");  // an anonymous request that is denied
  CHECK(registry.log() == Log{"mount", patch(large_blob().size()), "cancel"});
}

TEST_CASE("uploads: 413 leads to chunks, halved until they are accepted, for all blobs") {
  const auto size = large_blob().size();
  MemoryRegistry registry(limited(600'000));
  Uploads uploads(registry);
  CHECK(uploads.put(large_blob()) == "uploaded");
  Log expected{"mount",  patch(size), "cancel",          "mount",  patch(2 * test::kMiB),
               "cancel", "mount",     patch(test::kMiB), "cancel", "mount"};
  for (int i = 0; i < 5; ++i) expected.push_back(patch(test::kMiB / 2));
  expected.push_back(put(0));
  CHECK(registry.log() == expected);
  CHECK(uploads.put_layer(test::noise(test::kMiB, 2)) == "uploaded");
  CHECK(registry.log().size() == expected.size() + 5);  // POST, three chunks, PUT
}

TEST_CASE(
    "uploads: chunks are never smaller than the registry accepts, and the error names the limit") {
  MemoryRegistry registry(
      limited(600'000), [](const Received&, const std::string& kind, std::string response) {
        if (kind != "mount" && kind != "open") return response;
        return response.insert(response.find("\r\n") + 2, "OCI-Chunk-Min-Length: 1048576\r\n");
      });
  Uploads uploads(registry);
  CHECK(uploads.put(large_blob()) == "push.blob-too-large");
  CHECK(uploads.message.find("limits request bodies to less than") != std::string::npos);
  CHECK(uploads.cause.find("1048576") != std::string::npos);
  CHECK(uploads.fix.find("client_max_body_size") != std::string::npos);
}

TEST_CASE(
    "uploads: a proxy that rejects the size of every request is named, with the setting that "
    "helps") {
  MemoryRegistry registry([](const Received& request, const std::string&, int) {
    return request.body.empty() ? std::nullopt
                                : std::optional(Scripted{http_answer(413, "<html>413</html>",
                                                                     "Server: nginx/1.22\r\n")});
  });
  Uploads uploads(registry);
  CHECK(uploads.put("small") == "push.blob-too-large");
  CHECK(uploads.message.find("a proxy in front of " + registry.server().host() +
                             " rejected the request size (413)") == 0);
  CHECK(uploads.cause.find("Server: nginx/1.22") != std::string::npos);
  CHECK(uploads.cause.find("5 bytes") != std::string::npos);
  CHECK(uploads.fix.find("client_max_body_size") != std::string::npos);
}

TEST_CASE("uploads: a connection that is closed in the middle of each large body leads to chunks") {
  MemoryRegistry registry([](const Received& request, const std::string&, int) {
    return request.body.size() > 600'000 ? std::optional(Scripted{.answer = "", .hang_up = true})
                                         : std::nullopt;
  });
  Uploads uploads(registry);
  CHECK(uploads.put(large_blob()) == "uploaded");
  CHECK(registry.has(large_blob()));
  CHECK(registry.log().back() == put(0));
}

TEST_CASE(
    "uploads: after a closing request that failed the blob is looked for before it is sent again") {
  for (const int status : {500, 502, 503, 504, 524}) {
    CAPTURE(status);
    MemoryRegistry registry({},
                            [=](const Received&, const std::string& kind, std::string response) {
                              return kind == "put" ? page(status) : std::move(response);
                            });
    Uploads uploads(registry);
    CHECK(uploads.put("small") == "uploaded");
    CHECK(registry.log() == Log{"mount", put(5), "head", "get"});
    CHECK(uploads.put_layer(large_blob()) == "uploaded");
    CHECK(registry.log() == Log{"mount", put(5), "head", "get", "open", patch(uploads.compressed),
                                put(0), "head", "get"});
  }
}

TEST_CASE("uploads: a blob that did not arrive is sent again without a further check") {
  MemoryRegistry registry([](const Received&, const std::string& kind, int seen) {
    return kind == "put" && seen == 0 ? std::optional(Scripted{page(504)}) : std::nullopt;
  });
  CHECK(Uploads(registry).put("small") == "uploaded");
  CHECK(registry.log() == Log{"mount", put(5), "head", "cancel", "open", put(5)});
}

TEST_CASE(
    "uploads: a blob that the registry only reports to have is uploaded if its bytes are missing") {
  const std::pair<std::string, bool> responses[] = {
      {http_answer(404), false},
      {http_answer(500), false},
      {"HTTP/1.1 206 Partial\r\nContent-Length: 1\r\n\r\n", false},      // and closes
      {http_answer(206, "s", "Content-Range: bytes 0-0/3\r\n"), false},  // another size
      {http_answer(206, "s", "Content-Range: bytes 0-0/5\r\n"), true},
      {http_answer(200, "small"), true},  // without Range
      {http_answer(403), true},           // unknown
      {http_answer(405), true},
  };
  for (const auto& [captured, exists] : responses) {
    const auto response = captured;
    CAPTURE(response);
    const std::string text = response;
    MemoryRegistry registry(
        [text](const Received&, const std::string& kind, int) -> std::optional<Scripted> {
          if (kind == "mount") return Scripted{http_answer(201)};
          if (kind == "get") return Scripted{text, text.find("206 Partial") != std::string::npos};
          return std::nullopt;
        });
    CHECK(Uploads(registry).put("small") == (exists ? "reused" : "uploaded"));
    CHECK(registry.log() == (exists ? Log{"mount", "get"} : Log{"mount", "get", "open", put(5)}));
  }
}
