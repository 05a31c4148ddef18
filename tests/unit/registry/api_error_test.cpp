#include <doctest/doctest.h>

#include "registry/api_error.hpp"

using namespace berth;
using base::ErrorClass;

namespace {

http::Response response_of(int status, std::string body, std::vector<http::Header> headers = {}) {
  http::Response response;
  response.status = status;
  response.body = std::move(body);
  response.headers = std::move(headers);
  return response;
}

std::string errors(const std::string& code, const std::string& message = "text") {
  return R"({"errors":[{"code":")" + code + R"(","message":")" + message + R"("}]})";
}

base::Error error_of(const http::Response& response, http::Method method = http::Method::put) {
  return registry::api_error(
      response, {.code = "push.blob", .what = "upload", .method = method, .repository = "a/b"},
      {"r.example", "password of bob, from FILE", "bob"});
}

}  // namespace

TEST_CASE("api error: derives class and code from status and body") {
  const struct {
    int status;
    std::string body;
    ErrorClass error_class;
    std::string code;
  } cases[] = {
      {400, errors("NAME_INVALID"), ErrorClass::server, "push.blob-refused"},
      {400, errors("DIGEST_INVALID"), ErrorClass::integrity, "push.blob-digest"},
      {400, "", ErrorClass::server, "push.blob-refused"},
      {401, errors("UNAUTHORIZED"), ErrorClass::auth, "push.blob-auth"},
      {403, errors("DENIED"), ErrorClass::denied, "push.blob-denied"},
      {403, "<html>", ErrorClass::denied, "push.blob-denied"},
      {404, errors("NAME_UNKNOWN"), ErrorClass::not_found, "push.blob-repository"},
      {404, errors("BLOB_UPLOAD_UNKNOWN"), ErrorClass::not_found, "push.blob-not-found"},
      {404, "", ErrorClass::not_found, "push.blob-not-found"},
      {405, errors("UNSUPPORTED"), ErrorClass::server, "push.blob-refused"},
      {413, "<html>", ErrorClass::server, "push.blob-too-large"},
      {429, errors("TOOMANYREQUESTS"), ErrorClass::server, "push.blob-rate"},
      {500, errors("UNKNOWN"), ErrorClass::server, "push.blob-failed"},
      {503, "", ErrorClass::server, "push.blob-failed"},
      {501, "<html>", ErrorClass::server, "push.blob-refused"},
      {507, "", ErrorClass::server, "push.blob-refused"},
      {200, "<html>", ErrorClass::server, "push.blob-refused"},
      {307, "", ErrorClass::server, "push.blob-refused"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.status);
    CAPTURE(one.body);
    const auto error = error_of(response_of(one.status, one.body));
    CHECK(error.error_class() == one.error_class);
    CHECK(error.code() == one.code);
    CHECK(error.registry().find(std::to_string(one.status)) == 0);
  }
}

TEST_CASE("api error: names the account and the resource") {
  const auto denied = error_of(response_of(403, errors("DENIED", "no write")));
  CHECK(denied.message() == "bob is not authorized to push to a/b");
  CHECK(denied.cause() == "password of bob, from FILE");
  CHECK(denied.registry() == "403 DENIED: no write");
  CHECK(error_of(response_of(403, ""), http::Method::get).message() ==
        "bob is not authorized to pull from a/b");
  auto failed = response_of(500, "");
  failed.attempts = 5;
  CHECK(error_of(failed).cause() == "500 for PUT, 5 times");
  CHECK(error_of(response_of(404, ""), http::Method::post).code() == "push.blob-repository");
}

TEST_CASE("api error: distinguishes size limits of a proxy and of the registry") {
  const auto by_proxy = error_of(response_of(413, "<html>", {{"server", "nginx/1.22"}}));
  CHECK(by_proxy.message().starts_with("a proxy in front of "));
  CHECK(by_proxy.cause() == "413 for PUT; Server: nginx/1.22");
  CHECK(by_proxy.fix().find("nginx: client_max_body_size") != std::string::npos);
  CHECK_FALSE(error_of(response_of(413, errors("SIZE_INVALID"))).message().starts_with("a proxy"));
}

TEST_CASE("api error: reports the delay of Retry-After, and no other text of that header") {
  CHECK(error_of(response_of(429, "", {{"retry-after", "7"}})).cause().find("7 s") !=
        std::string::npos);
  CHECK(error_of(response_of(429, "", {{"retry-after", "\x1b[31m"}})).cause() == "429 for PUT");
}

TEST_CASE("api error: parses untrusted bodies of every kind") {
  const std::pair<std::string, std::string> cases[] = {
      {errors("DENIED", "no"), "403 DENIED: no"},
      {R"({"errors":[{"code":"DENIED"}]})", "403 DENIED"},
      {R"({"errors":[{"code":"DENIED","detail":"because"}]})", "403 DENIED: because"},
      {R"({"errors":[{"code":"A","message":"a"},{"code":"B","message":"b"}]})", "403 A: a"},
      {R"({"errors":[]})", R"(403 {"errors":[]})"},
      {R"({"errors":{}})", R"(403 {"errors":{}})"},
      {R"({"errors":[7,"x",null,{}]})", R"(403 {"errors":[7,"x",null,{}]})"},
      {"[]", "403 []"},
      {"", "403"},
      {"plain\x1b[31m", "403 plain\\x1b[31m"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.first);
    CHECK(registry::error_message(response_of(403, one.first)) == one.second);
  }
  CHECK(registry::error_message(response_of(403, std::string(5000, 'x'))).size() < 300);
}

TEST_CASE("api error: recognizes digest algorithms that the registry does not support") {
  const auto sha512 = oci::Digest::parse("sha512:" + std::string(128, 'a')).value();
  const auto sha256 = oci::Digest::parse("sha256:" + std::string(64, 'a')).value();
  const registry::FailedRequest request{.code = "push.manifest", .what = "manifest"};
  const auto of = [&](int status, const std::string& body, const oci::Digest& digest) {
    return registry::unsupported_algorithm(response_of(status, body), digest, request, "r.example");
  };
  const auto error = of(400, errors("DIGEST_INVALID"), sha512);
  REQUIRE(error.has_value());
  CHECK(error->error_class() == ErrorClass::server);
  CHECK(error->code() == "push.manifest-algorithm");
  CHECK(error->message() == "r.example does not support sha512 digests");
  CHECK(error->cause() == "it rejected manifest " + sha512.str());
  CHECK_FALSE(of(400, errors("DIGEST_INVALID"), sha256).has_value());  // the bytes are wrong
  CHECK_FALSE(of(400, errors("MANIFEST_INVALID"), sha512).has_value());
  CHECK_FALSE(of(500, errors("DIGEST_INVALID"), sha512).has_value());
}
