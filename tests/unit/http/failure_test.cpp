// Connection and TLS failures: class, code, number of attempts, and the facts that a user needs.
#include <doctest/doctest.h>
#include <openssl/x509_vfy.h>

#include "http/transport_error.hpp"
#include "http_test.hpp"
#include "support/free_port.hpp"
#include "support/tls_server.hpp"

using namespace berth;
using base::ErrorClass;
using http::Method;
using http::Origin;
using http::TransportFacts;
using test::quick_options;
using test::request_of;
using test::ScriptedServer;
using test::TestClient;
using test::TlsServer;

namespace {

bool mentions(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TransportFacts facts_of(CURLcode code, std::string detail = "") {
  TransportFacts facts;
  facts.code = code;
  facts.detail = std::move(detail);
  return facts;
}

}  // namespace

TEST_CASE("failure: each libcurl code has a class, a code and a number of attempts") {
  const struct {
    CURLcode code;
    const char* detail;
    ErrorClass error_class;
    std::string expected;
    int attempts;
  } cases[] = {
      {CURLE_COULDNT_RESOLVE_HOST, "", ErrorClass::network, "http.no-such-host", 2},
      {CURLE_COULDNT_CONNECT, "", ErrorClass::network, "http.unreachable", 2},
      {CURLE_OPERATION_TIMEDOUT, "", ErrorClass::stall, "http.connect-timeout", 2},
      {CURLE_PEER_FAILED_VERIFICATION, "", ErrorClass::network, "http.certificate-host", 1},
      {CURLE_SSL_ISSUER_ERROR, "", ErrorClass::network, "http.certificate-host", 1},
      {CURLE_SSL_CONNECT_ERROR, "error:0A00010B:SSL routines::wrong version number",
       ErrorClass::network, "http.plain", 1},
      {CURLE_SSL_CONNECT_ERROR, "error:0A0000C6:SSL routines::packet length too long",
       ErrorClass::network, "http.plain", 1},
      {CURLE_SSL_CONNECT_ERROR, "handshake failure", ErrorClass::network, "http.tls", 1},
      {CURLE_SSL_CONNECT_ERROR, "tlsv1 alert protocol version", ErrorClass::network,
       "http.tls-version", 1},
      {CURLE_SSL_CONNECT_ERROR, "error:0A000102:SSL routines::unsupported protocol",
       ErrorClass::network, "http.tls-version", 1},
      {CURLE_SSL_CONNECT_ERROR, "sslv3 alert bad certificate", ErrorClass::network,
       "http.client-certificate", 1},
      {CURLE_RECV_ERROR, "tlsv13 alert certificate required", ErrorClass::network,
       "http.client-certificate", 1},
      {CURLE_RECV_ERROR, "tlsv1 alert unknown ca", ErrorClass::network, "http.client-certificate",
       1},
      {CURLE_SSL_CERTPROBLEM, "", ErrorClass::network, "http.client-certificate", 1},
      {CURLE_UNSUPPORTED_PROTOCOL, "", ErrorClass::server, "http.not-http", 1},
      {CURLE_WEIRD_SERVER_REPLY, "", ErrorClass::server, "http.not-http", 1},
      {CURLE_GOT_NOTHING, "", ErrorClass::network, "http.lost", 5},
      {CURLE_SEND_ERROR, "", ErrorClass::network, "http.lost", 5},
      {CURLE_RECV_ERROR, "", ErrorClass::network, "http.lost", 5},
      {CURLE_PARTIAL_FILE, "", ErrorClass::network, "http.lost", 5},
      {CURLE_SEND_FAIL_REWIND, "", ErrorClass::network, "http.lost", 5},
      {CURLE_FAILED_INIT, "", ErrorClass::internal, "http.internal", 1},
  };
  const auto origin = Origin::make(true, "r.example:5000");
  for (const auto& one : cases) {
    CAPTURE(one.expected);
    CAPTURE(one.code);
    const auto failure = http::describe_failure(facts_of(one.code, one.detail), origin, {});
    CHECK(failure.error.error_class() == one.error_class);
    CHECK(failure.error.code() == one.expected);
    CHECK(failure.attempts == one.attempts);
    CHECK_FALSE(failure.error.message().empty());
    CHECK_FALSE(failure.error.cause().empty());
  }
}

TEST_CASE("failure: the certificate verdict selects code, cause and fix") {
  const auto origin = Origin::make(true, "r.example");
  auto facts =
      facts_of(CURLE_PEER_FAILED_VERIFICATION, "SSL certificate problem: it is bad\x1b[31m");
  facts.certificate = {
      "CN=Some CA\x1b[2J", "a.example, b.example", "Jan  1 2020", "Jan  2 2020", false, 0, 1};
  const http::HostTls tls{nullptr,
                          "the system trust store",
                          "SSL_CERT_FILE /a.pem: gone",
                          "/home/u/certs.d/r.example",
                          "",
                          ""};
  facts.tls = &tls;
  const struct {
    long check;
    const char* code;
    const char* cause;
    const char* fix;
  } cases[] = {
      {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, "http.certificate-issuer", "CN=Some CA\\x1b",
       "/home/u/certs.d/r.example/ca.crt"},
      {X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, "http.certificate-issuer", "the system trust store",
       "--ca-file"},
      {X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, "http.certificate-self-signed",
       "SSL_CERT_FILE /a.pem: gone", "r.example/ca.crt"},
      {X509_V_OK, "http.certificate-host", "valid for a.example, b.example", "host name"},
      {X509_V_ERR_CERT_HAS_EXPIRED, "http.certificate-expired", "until Jan  2 2020", "clock"},
      {X509_V_ERR_CERT_NOT_YET_VALID, "http.certificate-not-yet-valid", "from Jan  1 2020",
       "clock"},
      {X509_V_ERR_EE_KEY_TOO_SMALL, "http.certificate-weak", "it is bad", "2048"},
      {X509_V_ERR_CERT_REVOKED, "http.certificate", "it is bad", ""},
  };
  const std::pair<long, const char*> messages[] = {
      {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
       "certificate of r.example is signed by an unknown authority"},
      {X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, "certificate of r.example is self-signed"},
      {X509_V_ERR_CERT_HAS_EXPIRED, "certificate of r.example has expired"},
      {X509_V_OK, "certificate of r.example is for another host name"},
  };
  for (const auto& [check, message] : messages) {
    facts.certificate_check = check;
    CHECK(http::describe_failure(facts, origin, {}).error.message() == message);
  }
  // Which code a certificate gets depends on libcurl's version; what OpenSSL reported does not.
  facts.code = CURLE_SSL_CONNECT_ERROR;
  facts.certificate_check = X509_V_ERR_CERT_HAS_EXPIRED;
  CHECK(http::describe_failure(facts, origin, {}).error.code() == "http.certificate-expired");
  facts.certificate_check = facts.certificate.error = X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY;
  for (const auto code :
       {CURLE_SSL_CONNECT_ERROR, CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_COULDNT_CONNECT}) {
    facts.code = code;
    CHECK(http::describe_failure(facts, origin, {}).error.code() == "http.certificate-issuer");
  }
  facts.certificate.error = X509_V_OK;
  facts.code = CURLE_PEER_FAILED_VERIFICATION;
  for (const auto& one : cases) {
    CAPTURE(one.code);
    facts.certificate_check = one.check;
    const auto error = http::describe_failure(facts, origin, {}).error;
    CHECK(error.code() == one.code);
    CHECK(error.error_class() == ErrorClass::network);
    CHECK(mentions(error.cause(), one.cause));
    CHECK(mentions(error.fix(), one.fix));
    CHECK_FALSE(mentions(error.cause(), "\x1b"));
  }
}

TEST_CASE(
    "failure: a server that closes after requesting a client certificate rejected it or requires "
    "one") {
  auto facts = facts_of(CURLE_RECV_ERROR, "reset");
  facts.client_certificate_asked = true;
  http::HostTls tls{nullptr, "", "", "/home/u/certs.d/r.example", "", ""};
  facts.tls = &tls;
  const auto none = http::describe_failure(facts, Origin::make(true, "r.example"), {});
  CHECK(none.error.code() == "http.client-certificate");
  CHECK(mentions(none.error.fix(), "/home/u/certs.d/r.example/client.cert"));
  CHECK(none.attempts == 5);
  tls.client_certificate = "/home/u/certs.d/r.example/me.cert";
  const auto other = http::describe_failure(facts, Origin::make(true, "r.example"), {});
  CHECK(other.error.code() == "http.client-certificate");
  CHECK(mentions(other.error.cause(), "me.cert"));
}

TEST_CASE("failure: the cause describes the certificate's trust") {
  auto facts = facts_of(CURLE_PEER_FAILED_VERIFICATION);
  const http::HostTls tls{nullptr, "the system trust store", "", "", "", ""};
  facts.tls = &tls;
  facts.certificate_check = X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY;
  facts.certificate.issuer = "CN=Some CA";
  facts.certificate.sent = 2;
  auto cause = [&] {
    return http::describe_failure(facts, Origin::make(true, "r.example"), {}).error.cause();
  };
  CHECK(cause() == "issuer CN=Some CA is not in the system trust store");
  facts.certificate.sent = 1;
  CHECK(mentions(cause(), "sent no intermediate certificate"));
  const http::Proxy proxy{"http://proxy.example:3128", "https_proxy", "", base::Secret("")};
  facts.proxy = &proxy;
  facts.proxy_status = 200;
  CHECK(mentions(cause(),
                 "proxy http://proxy.example:3128 (https_proxy), which may replace certificates"));
}

TEST_CASE("failure: attributes failures to the proxy, not the registry") {
  const struct {
    const char* url;
    CURLcode code;
    long status;
    const char* detail;
    const char* expected;
    int attempts;
    const char* fix;
  } cases[] = {
      {"http", CURLE_RECV_ERROR, 407, "", "http.proxy-auth", 1,
       "USER:PASSWORD@proxy.example:3128; percent-encode"},
      {"http", CURLE_RECV_ERROR, 401, "", "http.proxy-auth", 1, "USER:PASSWORD"},
      {"http", CURLE_RECV_ERROR, 403, "", "http.proxy", 1, "NO_PROXY=r.example"},
      {"http", CURLE_RECV_ERROR, 502, "", "http.proxy", 2,
       "have the proxy of https_proxy reach r.example"},
      {"socks5", CURLE_PROXY, 0, "", "http.proxy", 1, "NO_PROXY=r.example"},
      {"http", CURLE_COULDNT_RESOLVE_PROXY, 0, "", "http.proxy-unreachable", 1,
       "check https_proxy"},
      {"http", CURLE_COULDNT_CONNECT, 0, "", "http.proxy-unreachable", 2, "check https_proxy"},
      {"http", CURLE_OPERATION_TIMEDOUT, 0, "", "http.proxy-timeout", 2, "check https_proxy"},
      {"http", CURLE_WEIRD_SERVER_REPLY, 0, "", "http.proxy-scheme", 1, "https_proxy"},
      {"http", CURLE_UNSUPPORTED_PROTOCOL, 0, "", "http.proxy-scheme", 1, "https_proxy"},
      {"https", CURLE_SSL_CONNECT_ERROR, 0, "wrong version number", "http.proxy-scheme", 1,
       "https_proxy=http://USER:PASSWORD@proxy.example:3128"},
      {"https", CURLE_PEER_FAILED_VERIFICATION, 0, "", "http.proxy-unreachable", 1, "https_proxy"},
      {"http", CURLE_RECV_ERROR, 200, "", "http.lost", 5, ""},
      {"http", CURLE_PEER_FAILED_VERIFICATION, 200, "", "http.certificate-host", 1, ""},
  };
  for (const auto& one : cases) {
    CAPTURE(one.status);
    CAPTURE(one.expected);
    const http::Proxy proxy{one.url + std::string("://proxy.example:3128"), "https_proxy", "user",
                            base::Secret("sesame")};
    auto facts = facts_of(one.code, one.detail);
    facts.proxy_status = one.status;
    facts.proxy = &proxy;
    const auto failure = http::describe_failure(facts, Origin::make(true, "r.example"), {});
    const auto& error = failure.error;
    CHECK(error.code() == one.expected);
    CHECK(error.error_class() ==
          (one.code == CURLE_OPERATION_TIMEDOUT ? ErrorClass::stall : ErrorClass::network));
    CHECK(failure.attempts == one.attempts);
    CHECK(mentions(error.message(), "proxy.example:3128") == mentions(error.code(), "proxy"));
    CHECK_MESSAGE(mentions(error.fix(), one.fix), error.fix());
    CHECK_FALSE(mentions(error.message() + error.cause() + error.fix(), "sesame"));
  }
}

TEST_CASE("failure: reports proxy authentication schemes and SOCKS errors") {
  http::Proxy proxy{"http://proxy.example:3128", "HTTPS_PROXY", "", base::Secret("")};
  auto described = [&](CURLcode code, long status, long auth, long socks) {
    auto facts = facts_of(code, "what libcurl reports");
    facts.proxy = &proxy;
    facts.proxy_status = status;
    facts.proxy_auth = auth;
    facts.proxy_error = socks;
    return http::describe_failure(facts, Origin::make(true, "r.example"), {}).error;
  };
  constexpr auto kNtlm = static_cast<long>(CURLAUTH_NTLM);
  CHECK(mentions(described(CURLE_RECV_ERROR, 407, kNtlm, 0).cause(), "only NTLM"));
  CHECK(mentions(described(CURLE_RECV_ERROR, 407, kNtlm | 1, 0).message(),
                 "requires authentication"));
  proxy.url = "socks5://proxy.example:1080";
  const auto not_socks = described(CURLE_PROXY, 0, 0, CURLPX_BAD_VERSION);
  CHECK(not_socks.code() == "http.proxy-scheme");
  CHECK(mentions(not_socks.fix(), "HTTPS_PROXY=http://proxy.example:1080"));
  const auto unknown = described(CURLE_PROXY, 0, 0, CURLPX_RESOLVE_HOST);
  CHECK(unknown.message() == "unknown host r.example");
  CHECK(mentions(unknown.fix(), "HTTPS_PROXY=socks5h://proxy.example:1080"));
  CHECK(described(CURLE_PROXY, 0, 0, CURLPX_USER_REJECTED).code() == "http.proxy-auth");
  CHECK(mentions(described(CURLE_PROXY, 0, 0, CURLPX_REPLY_HOST_UNREACHABLE).message(),
                 "cannot connect to r.example"));
}

TEST_CASE("failure: connection refused and unknown host") {
  TestClient test;
  const auto port = std::to_string(test::free_port());
  const auto refused = test.client.send(request_of(Method::get, "http://127.0.0.1:" + port + "/"));
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code() == "http.unreachable");
  CHECK(mentions(refused.error().message(), "127.0.0.1:" + port));
  CHECK(mentions(refused.error().cause(), "onnection refused"));
  const auto unknown = test.client.send(request_of(Method::get, "http://registry.invalid/"));
  REQUIRE_FALSE(unknown.has_value());
  CHECK(unknown.error().code() == "http.no-such-host");
  CHECK(mentions(unknown.error().message(), "registry.invalid"));
}

TEST_CASE("tls: reports an unknown authority, trusts it on request, and checks the host name") {
  const TlsServer server;
  auto get = [](const std::string& host, const std::string& ca_file, bool verify) {
    auto options = quick_options();
    options.tls.ca_file = ca_file;
    options.tls.verify = verify;
    TestClient test(options);
    return test.client.send(request_of(Method::get, "https://" + host + "/page"));
  };
  const auto unknown = get(server.host(), "", true);
  REQUIRE_FALSE(unknown.has_value());
  CHECK(unknown.error().code() == "http.certificate-issuer");
  CHECK(unknown.error().error_class() == ErrorClass::network);
  CHECK(mentions(unknown.error().cause(), "CN=berth test CA"));
  CHECK(mentions(unknown.error().fix(), "--ca-file"));

  CHECK(get(server.host(), server.ca_file(), true)->status == 200);

  const auto wrong_host = get(server.other_host(), server.ca_file(), true);
  REQUIRE_FALSE(wrong_host.has_value());
  CHECK(wrong_host.error().code() == "http.certificate-host");
  CHECK(wrong_host.error().cause() == "it is valid for localhost, registry.example");

  CHECK(get(server.other_host(), "", false)->status == 200);

  const auto no_file = get(server.host(), "/nonexistent/ca.pem", true);
  REQUIRE_FALSE(no_file.has_value());
  CHECK(no_file.error().code() == "http.ca-file");
  CHECK(mentions(no_file.error().message(), "/nonexistent/ca.pem"));
}

TEST_CASE("tls: plain http instead of https, and the reverse") {
  ScriptedServer plain({{test::http_answer(400), true}});
  TestClient test;
  const auto response = test.client.send(request_of(Method::get, "https://" + plain.host() + "/"));
  REQUIRE_FALSE(response.has_value());
  CHECK(response.error().code() == "http.plain");
  CHECK(response.error().error_class() == ErrorClass::network);
  CHECK(mentions(response.error().fix(), "--plain-http"));
  CHECK(plain.connections() == 1);

  const TlsServer server;
  const auto other = test.client.send(request_of(Method::get, "http://" + server.host() + "/page"));
  REQUIRE_FALSE(other.has_value());
  CHECK(other.error().error_class() == ErrorClass::network);
  CHECK(mentions(other.error().fix(), "tls=true"));
}

TEST_CASE("tls: refuses a redirect to plain http without a request") {
  ScriptedServer plain({{test::http_answer(200)}});
  const TlsServer server("HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + plain.url("/") +
                         "\r\n\r\n");
  auto options = quick_options();
  options.tls.ca_file = server.ca_file();
  TestClient test(options);
  const auto response = test.client.send(request_of(Method::get, server.url()));
  REQUIRE_FALSE(response.has_value());
  CHECK(response.error().code() == "http.insecure-redirect");
  CHECK(plain.connections() == 0);
}
