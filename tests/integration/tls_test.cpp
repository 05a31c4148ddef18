// A real docker-registry with TLS, with and without client certificates; the errors for each bad
// certificate; and a real proxy.
#include <doctest/doctest.h>
#include <poll.h>

#include "base/base64.hpp"
#include "base/json_parser.hpp"
#include "support/berth.hpp"
#include "support/free_port.hpp"
#include "support/images.hpp"
#include "support/real_registry.hpp"

using namespace berth;
using test::Berth;
using test::RealRegistry;
using test::TempDir;

namespace {

// ca signs servers, other signs clients; only "openssl ca" creates certificates that expired or are
// not yet valid.
constexpr const char* kMakeCertificates = R"(
set -e
cat > ca.cnf <<'END'
[ca]
default_ca = own
[own]
database = index.txt
new_certs_dir = .
rand_serial = yes
default_md = sha256
policy = any
copy_extensions = copy
[any]
commonName = supplied
END
: > index.txt
key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out $1.key; }
authority() { key $1; openssl req -x509 -key $1.key -subj "/CN=$2" -days 2 -out $1.crt; }
sign() {
  name=$1 authority=$2 names=$3; shift 3
  key $name
  openssl req -new -key $name.key -subj /CN=$name -addext "subjectAltName=$names" -out $name.req
  openssl ca -batch -notext -config ca.cnf -cert $authority.crt -keyfile $authority.key -in $name.req -out $name.cert "$@"
}
authority ca "berth test CA"
authority other "another CA"
here=DNS:localhost,IP:127.0.0.1,IP:0.0.0.0,IP:::1
sign good ca $here -days 2
sign wrong ca DNS:registry.example,IP:10.1.2.3 -days 2
sign old ca $here -startdate 20190101000000Z -enddate 20200101000000Z
sign early ca $here -startdate 20400101000000Z -enddate 20410101000000Z
sign client other DNS:client -days 2
key self
openssl req -x509 -key self.key -subj /CN=self -addext "subjectAltName=$here" -days 2 -out self.cert
openssl req -x509 -newkey rsa:1024 -nodes -keyout weak.key -subj /CN=weak -addext "subjectAltName=$here" -days 2 -out weak.cert
)";

class Certificates {
 public:
  Certificates() {
    test::CommandOptions here;
    here.directory = directory_.path();
    const auto made = test::run_command({"bash", "-c", kMakeCertificates}, here);
    if (made.status != 0) throw std::runtime_error("openssl: " + made.err);
  }
  [[nodiscard]] std::string path(const std::string& name) const { return directory_ / name; }
  [[nodiscard]] std::string text(const std::string& name) const { return test::slurp(path(name)); }
  // The configuration of a registry with the good certificate; `more` is added to it.
  [[nodiscard]] test::RegistryOptions registry(const std::string& more = {}) const {
    test::RegistryOptions options;
    options.tls =
        "{ certificate: " + path("good.cert") + ", key: " + path("good.key") + more + " }";
    return options;
  }
  [[nodiscard]] std::string wants_clients() const {
    return ", clientcas: [ " + path("other.crt") + " ]";
  }

 private:
  TempDir directory_;
};

const Certificates& certificates() {
  static const Certificates made;
  return made;
}

// A program that listens on a free port.
class Listening {
 public:
  Listening(int port, const std::vector<std::string>& argv, const std::string& log)
      : process_(argv, log) {
    for (int tries = 0; tries < 500 && process_.running(); ++tries) {
      if (test::accepts(port)) return;
      ::poll(nullptr, 0, 20);
    }
    throw std::runtime_error(argv[0] + " did not start: " + test::slurp(log));
  }

 private:
  test::BackgroundCommand process_;
};

// openssl s_server with one of the certificates.
class TlsPort {
 public:
  explicit TlsPort(const std::string& certificate, const std::vector<std::string>& more = {})
      : port_(test::free_port()),
        listening_(port_, arguments(certificate, more), directory_ / "log") {}
  [[nodiscard]] std::string host() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  std::vector<std::string> arguments(const std::string& certificate,
                                     const std::vector<std::string>& more) const {
    std::vector<std::string> argv{"openssl", "s_server",
                                  "-accept", host(),
                                  "-cert",   certificates().path(certificate + ".cert"),
                                  "-key",    certificates().path(certificate + ".key"),
                                  "-www",    "-quiet",
                                  "-cipher", "ALL:@SECLEVEL=0"};
    argv.insert(argv.end(), more.begin(), more.end());
    return argv;
  }
  TempDir directory_;
  int port_;
  Listening listening_;
};

// tinyproxy, which requires the password.
class RealProxy {
 public:
  RealProxy()
      : port_(test::free_port()),
        listening_(port_, {"tinyproxy", "-d", "-c", configuration()}, directory_ / "log") {}
  [[nodiscard]] std::string url(const std::string& login) const {
    return "http://" + (login.empty() ? "" : login + "@") + "127.0.0.1:" + std::to_string(port_);
  }
  [[nodiscard]] std::string log() const { return test::slurp(directory_ / "log"); }

 private:
  [[nodiscard]] std::string configuration() const {
    return directory_.write("tinyproxy.conf",
                            "Port " + std::to_string(port_) +
                                "\nListen 127.0.0.1\nTimeout 60\nMaxClients 50\nLogLevel Connect\n"
                                "BasicAuth user sesame-of-the-proxy\n");
  }
  TempDir directory_;
  int port_;
  Listening listening_;
};

std::string port_of(const RealRegistry& registry) { return std::to_string(registry.port()); }

struct Push {
  TempDir directory;
  std::string digest = test::write_layout(directory, "img", "1", {"one", "two"});
  Berth berth;

  // berth push to HOST/a/b:1.
  test::CommandResult to(const std::string& host, const std::vector<std::string>& more = {},
                         const std::vector<std::pair<std::string, std::string>>& environment = {}) {
    std::vector<std::string> arguments{"push", "-o", "json", "oci:" + (directory / "img"),
                                       host + "/a/b:1"};
    // Loopback hosts use plain http by default.
    for (const char* option : {"--flavor", "default", "--set", "tls=true"})
      arguments.emplace_back(option);
    arguments.insert(arguments.end(), more.begin(), more.end());
    test::CommandOptions options;
    options.environment = environment;
    return berth.run(arguments, options);
  }
  std::string certs_d(const std::string& host) { return "config/containers/certs.d/" + host + "/"; }
  void trust(const std::string& host, const std::string& authority = "ca.crt") {
    berth.home().write(certs_d(host) + "ca.crt", certificates().text(authority));
  }
  void give_client(const std::string& host) {
    berth.home().write(certs_d(host) + "client.cert", certificates().text("client.cert"));
    berth.home().write(certs_d(host) + "client.key", certificates().text("client.key"));
  }
};

base::Json document(const test::CommandResult& result) {
  return base::parse_json(result.out, "out").value();
}

// "" on success.
std::string code_of(const test::CommandResult& result) {
  const auto json = document(result);
  const auto* error = json.find("error");
  return error != nullptr ? error->string_or("code", "") : "";
}

bool mentions(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("tls: trusts an authority from certs.d, from a file, or from SSL_CERT_FILE") {
  const RealRegistry registry(certificates().registry());
  const auto host = registry.host();
  Push push;
  const auto unknown = push.to(host);
  CHECK(unknown.status == 7);
  CHECK(code_of(unknown) == "http.certificate-issuer");
  CHECK(mentions(unknown.out, "CN=berth test CA"));
  CHECK(mentions(unknown.out, push.berth.home() / push.certs_d(host) + "ca.crt"));

  const auto ca = certificates().path("ca.crt");
  for (const auto& pushed :
       {push.to(host, {"--ca-file", ca}), push.to(host, {}, {{"SSL_CERT_FILE", ca}}),
        push.to(host, {"--insecure"})}) {
    CHECK_MESSAGE(pushed.status == 0, pushed.out << pushed.err);
  }
  const auto missing = push.to(host, {}, {{"SSL_CERT_FILE", "/nonexistent"}});
  CHECK(code_of(missing) == "http.certificate-issuer");
  CHECK(mentions(missing.out, "SSL_CERT_FILE /nonexistent: no such file or directory"));
  CHECK(code_of(push.to(host, {}, {{"SSL_CERT_FILE", certificates().path("other.crt")}})) ==
        "http.certificate-issuer");

  push.trust(host);
  const auto pushed = push.to(host);
  REQUIRE_MESSAGE(pushed.status == 0, pushed.out << pushed.err);
  CHECK(document(pushed).string_or("digest", "") == push.digest);
  const auto seen = test::run_command({"skopeo", "inspect", "--no-tags", "--cert-dir",
                                       push.berth.home() / push.certs_d(host), "--format",
                                       "{{.Digest}}", "docker://" + host + "/a/b:1"});
  CHECK_MESSAGE(seen.out == push.digest + "\n", seen.err);
  // Another port is another host.
  CHECK(code_of(push.to("127.0.0.1:" + port_of(registry))) == "http.certificate-issuer");
}

TEST_CASE("tls: sends the host's client certificate, and reports a missing one") {
  const RealRegistry registry(certificates().registry(certificates().wants_clients()));
  const auto host = registry.host();
  Push push;
  push.trust(host);
  const auto without = push.to(host);
  CHECK(without.status == 7);
  CHECK(code_of(without) == "http.client-certificate");
  CHECK(mentions(without.out, push.berth.home() / push.certs_d(host) + "client.cert"));

  // Signed by another authority.
  push.berth.home().write(push.certs_d(host) + "client.cert", certificates().text("good.cert"));
  CHECK(code_of(push.to(host)) == "http.certs-d");
  push.berth.home().write(push.certs_d(host) + "client.key", certificates().text("good.key"));
  CHECK(code_of(push.to(host)) == "http.client-certificate");
  push.berth.home().write(push.certs_d(host) + "client.key", certificates().text("self.key"));
  const auto mixed = push.to(host);
  CHECK(code_of(mixed) == "http.client-certificate");
  CHECK(mentions(mixed.out, "client.cert"));

  push.give_client(host);
  const auto pushed = push.to(host);
  REQUIRE_MESSAGE(pushed.status == 0, pushed.out << pushed.err);
  CHECK(document(pushed).string_or("digest", "") == push.digest);
  // It belongs only to that host.
  const auto other = "127.0.0.1:" + port_of(registry);
  push.trust(other);
  CHECK(code_of(push.to(other)) == "http.client-certificate");
}

TEST_CASE("tls: distinct errors for each server certificate failure") {
  const struct {
    const char* certificate;
    std::vector<std::string> server;
    const char* code;
    const char* expected;
  } cases[] = {
      {"old", {}, "http.certificate-expired", "Jan  1 00:00:00 2020"},
      {"early", {}, "http.certificate-not-yet-valid", "Jan  1 00:00:00 2040"},
      {"wrong", {}, "http.certificate-host", "registry.example, 10.1.2.3"},
      {"self", {}, "http.certificate-self-signed", "CN=self"},
      {"weak", {}, "http.certificate-weak", "2048"},
      {"good", {"-tls1_1"}, "http.tls-version", "TLS 1.2"},
      {"good",
       {"-Verify", "1", "-verify_return_error", "-CAfile", certificates().path("other.crt")},
       "http.client-certificate",
       "client.cert"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.code);
    const TlsPort server(one.certificate, one.server);
    Push push;
    push.trust(server.host());
    const auto failed = push.to(server.host());
    CAPTURE(failed.out);
    CHECK(code_of(failed) == one.code);
    CHECK(failed.status == 7);
    CHECK(mentions(failed.out, one.expected));
  }
}

TEST_CASE(
    "tls: supports TLS 1.2 and 1.3; a self-signed certificate is trusted once it is installed") {
  const struct {
    const char* certificate;
    const char* authority;
    std::vector<std::string> server;
  } cases[] = {
      {"good", "ca.crt", {"-tls1_2"}}, {"good", "ca.crt", {"-tls1_3"}}, {"self", "self.cert", {}}};
  for (const auto& one : cases) {
    CAPTURE(one.certificate);
    const TlsPort server(one.certificate, one.server);
    // Not the name of a loopback host: https by default.
    const auto host = "0.0.0.0" + server.host().substr(server.host().find(':'));
    Push push;
    push.trust(host, one.authority);
    test::CommandOptions options;
    options.input = "pass\n";
    const auto reached = push.berth.run(
        {"login", "-o", "json", host, "--username", "u", "--password-stdin"}, options);
    CAPTURE(reached.out);
    CHECK(code_of(reached) == "registry.not-a-registry");
  }
}

TEST_CASE("tls: supports a bracketed IPv6 address") {
  const RealRegistry registry(certificates().registry());
  const auto host = "[::1]:" + port_of(registry);
  Push push;
  push.trust(host);
  const auto pushed = push.to(host);
  REQUIRE_MESSAGE(pushed.status == 0, pushed.out << pushed.err);
  CHECK(document(pushed).string_or("digest_reference", "") == host + "/a/b@" + push.digest);
  CHECK(push.to("[fe80::1%25lo]:" + port_of(registry)).status == 2);
}

TEST_CASE("proxy: pushes through a real proxy with its credentials, which are not shown") {
  const RealRegistry registry(certificates().registry(certificates().wants_clients()));
  const RealProxy proxy;
  // An address of this machine other than loopback, which never uses a proxy.
  const auto host = "0.0.0.0:" + port_of(registry);
  Push push;
  push.trust(host);
  push.give_client(host);
  const std::string login = "user:sesame%2Dof-the-proxy";
  const auto pushed = push.to(host, {"-vv"}, {{"HTTPS_PROXY", proxy.url(login)}});
  REQUIRE_MESSAGE(pushed.status == 0, pushed.out << pushed.err);
  CHECK(document(pushed).string_or("digest", "") == push.digest);
  CHECK(mentions(proxy.log(), "CONNECT " + host));
  CHECK(mentions(pushed.err, proxy.url("")));
  for (const std::string& secret :
       {std::string("sesame"), base::base64_encode("user:sesame-of-the-proxy")})
    CHECK_FALSE(mentions(pushed.out + pushed.err, secret));

  for (const std::string& wrong : {std::string(), std::string("user:sesame-of-another")}) {
    const auto refused =
        push.to(host, {"-vv"}, {{"https_proxy", proxy.url(wrong)}, {"HTTPS_PROXY", ""}});
    CHECK(refused.status == 7);
    CHECK(code_of(refused) == "http.proxy-auth");
    CHECK(mentions(refused.out, "https_proxy"));
    CHECK_FALSE(mentions(refused.out + refused.err, "sesame"));
  }
  const auto before = proxy.log().size();
  CHECK(push.to(host, {}, {{"HTTPS_PROXY", proxy.url("")}, {"NO_PROXY", "0.0.0.0/8"}}).status == 0);
  CHECK(push.to(registry.host(), {"--insecure"}, {{"ALL_PROXY", proxy.url("")}}).status ==
        7);  // no client certificate
  CHECK(proxy.log().size() == before);

  // First the registry is down, then the proxy.
  const auto unreachable = "0.0.0.0:" + std::to_string(test::free_port());
  const auto beyond = push.to(unreachable, {}, {{"HTTPS_PROXY", proxy.url(login)}});
  CHECK(code_of(beyond) == "http.proxy");
  CHECK(mentions(beyond.out, unreachable));
  const auto down = push.to(
      host, {},
      {{"HTTPS_PROXY", "http://user:sesame@127.0.0.1:" + std::to_string(test::free_port())}});
  CHECK(code_of(down) == "http.proxy-unreachable");
  CHECK_FALSE(mentions(down.out + down.err, "sesame"));
}
