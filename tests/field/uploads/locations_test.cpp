// Upload locations that cannot be used as the registry sent them. Table: ../README.md
#include <doctest/doctest.h>

#include "registry/upload_location.hpp"
#include "support/free_port.hpp"
#include "upload_test.hpp"

using namespace berth;
using test::http_answer;
using test::Log;
using test::MemoryRegistry;
using test::put;
using test::Received;
using test::Uploads;

namespace {

// The Location of each upload with its origin replaced by `origin`.
MemoryRegistry::After locations_at(const std::string& origin) {
  return [=](const Received&, const std::string&, std::string response) {
    const auto at = response.find("Location: /");
    return at == std::string::npos ? response : response.insert(at + 10, origin);
  };
}

std::string located(const std::string& own, const std::string& location) {
  http::Response response;
  response.status = 202;
  response.url = own + "/v2/a/b/blobs/uploads/";
  if (!location.empty()) response.headers = {{"location", location}};
  const auto url =
      registry::upload_location(response, http::Origin::of(own).value(), "r.example", "a/b");
  return url ? *url : url.error().code();
}

}  // namespace

TEST_CASE(
    "locations: a misspelt origin is replaced by the registry's own, the query is unchanged") {
  const std::string path = "/v2/a/b/blobs/uploads/1?_state=x%3D%2F&n=1";
  const struct {
    std::string own;
    std::string location;
    std::string url;
  } cases[] = {
      {"https://r.example", path, "https://r.example" + path},
      {"https://r.example", "https://r.example:443" + path, "https://r.example:443" + path},
      {"http://r.example:5000", "http://r.example" + path, "http://r.example:5000" + path},
      {"https://r.example:8443", "https://r.example" + path, "https://r.example:8443" + path},
      {"https://r.example", "http://r.example" + path, "https://r.example" + path},
      {"https://r.example", "http://r.example:80" + path, "https://r.example" + path},
      {"https://r.example", "http://r.example:5000" + path, "https://r.example" + path},
      {"http://r.example:5000", "https://r.example:5000" + path, "http://r.example:5000" + path},
      {"https://r.example", "http://registry:5000" + path, "https://r.example" + path},
      {"https://r.example", "https://storage.example/1?sig=x", "https://storage.example/1?sig=x"},
      {"https://r.example", "https://r.example:8443" + path, "https://r.example:8443" + path},
      {"https://r.example", "//r.example" + path, "https://r.example" + path},
      {"https://r.example", "http://storage.example/1", "registry.insecure-location"},
      {"https://r.example", "ftp://r.example/1", "http.url"},
      {"https://r.example", "", "registry.no-location"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.location);
    CHECK(located(one.own, one.location) == one.url);
  }
}

TEST_CASE(
    "locations: without a Location, the upload's identifier or the present location is used") {
  MemoryRegistry registry({}, [](const Received&, const std::string& kind, std::string response) {
    const auto begin = response.find("Location: ");
    if (begin == std::string::npos) return response;
    const auto id = response[begin + std::string("Location: /v2/a/b/blobs/uploads/").size()];
    response.erase(begin, response.find("\r\n", begin) + 2 - begin);
    if (kind == "mount")
      response.insert(response.find("\r\n") + 2, std::string("Docker-Upload-UUID: ") + id + "\r\n");
    return response;
  });
  Uploads uploads(registry);
  CHECK(uploads.put(test::large_blob()) == "uploaded");
  CHECK(registry.has(test::large_blob()));
}

TEST_CASE("locations: an internal address is replaced by the registry's own, for all blobs") {
  MemoryRegistry registry({},
                          locations_at("http://127.0.0.1:" + std::to_string(test::free_port())));
  Uploads uploads(registry);
  CHECK(uploads.put("small") == "uploaded");
  CHECK(uploads.put(test::large_blob()) == "uploaded");
  CHECK(registry.log() ==
        Log{"mount", put(5), "mount", test::patch(test::large_blob().size()), put(0)});
}

TEST_CASE("locations: a server at the wrong address that refuses the upload is not the registry") {
  test::ScriptedServer other(
      [](const Received&) { return test::Scripted{http_answer(404, "<html>")}; });
  MemoryRegistry registry({}, locations_at("http://127.0.0.1:" + std::to_string(other.port())));
  CHECK(Uploads(registry).put("small") == "uploaded");
  CHECK(registry.log() == Log{"mount", put(5)});
  CHECK(other.received().size() == 1);
}

TEST_CASE(
    "locations: an address that cannot be used is attributed to the registry, not to the user's "
    "settings") {
  const auto port = std::to_string(test::free_port());
  MemoryRegistry registry({}, [&](const Received&, const std::string&, std::string response) {
    const auto begin = response.find("Location: ");
    if (begin == std::string::npos) return response;
    return response.replace(begin, response.find("\r\n", begin) - begin,
                            "Location: http://127.0.0.1:" + port + "/1");
  });
  Uploads uploads(registry);
  CHECK(uploads.put("small") == "http.unreachable");
  CHECK(uploads.message.find("returned an upload Location at http://127.0.0.1:" + port) !=
        std::string::npos);
  CHECK(uploads.cause.find("connection refused") != std::string::npos);
  CHECK(uploads.fix.find("Host") != std::string::npos);
}

TEST_CASE(
    "locations: POST, PATCH and PUT that are redirected (307, 308) are sent again, with the body") {
  for (const std::string kind : {"mount", "open", "patch", "put"}) {
    CAPTURE(kind);
    int redirects = 0;
    MemoryRegistry registry([&](const Received& request, const std::string& of,
                                int) -> std::optional<test::Scripted> {
      if (of == "mount" && kind == "open") return test::Scripted{http_answer(405)};
      if (of != kind || request.target.find("moved") != std::string::npos) return std::nullopt;
      const char* separator = request.target.find('?') == std::string::npos ? "?" : "&";
      return test::Scripted{http_answer(++redirects % 2 == 0 ? 308 : 307, "",
                                        "Location: " + request.target + separator + "moved=1\r\n")};
    });
    Uploads uploads(registry);
    CHECK(uploads.put(test::large_blob()) == "uploaded");
    CHECK(uploads.put("small") == "uploaded");
    CHECK(uploads.put_layer(test::noise(test::kMiB, 2)) == "uploaded");
    CHECK(registry.has(test::large_blob()));
    CHECK(redirects >= 1);
  }
}

TEST_CASE(
    "locations: uploads that are redirected to another origin go there without the credentials") {
  MemoryRegistry storage;
  MemoryRegistry registry(
      [&](const Received& request, const std::string& kind, int) -> std::optional<test::Scripted> {
        if (request.header("authorization").empty())
          return test::Scripted{http_answer(401, "", "WWW-Authenticate: Basic realm=\"r\"\r\n")};
        if (kind != "mount" && kind != "open") return std::nullopt;
        return test::Scripted{
            http_answer(307, "", "Location: " + storage.server().url(request.target) + "\r\n")};
      });
  test::TestRegistryClient test(registry.server(), test::config_for(registry.server().host()));
  const auto destination =
      push::registry_destination(test.client, "a/b", {}, test.cancellation, test.log);
  http::MemorySource source(test::large_blob());
  const auto put = destination->put_blob(
      {oci::digest_of(test::large_blob()), test::large_blob().size()}, source);
  REQUIRE_MESSAGE(put.has_value(), put.error().message());
  CHECK(storage.has(test::large_blob()));
  for (const auto& request : storage.server().received())
    CHECK(request.header("authorization").empty());
}
