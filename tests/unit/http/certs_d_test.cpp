// Which files of certs.d, and which system certificates, are used for a host.
#include <doctest/doctest.h>
#include <openssl/x509.h>

#include <tuple>

#include "http/certs_d.hpp"
#include "http/trust_store.hpp"
#include "support/command.hpp"
#include "support/temp_dir.hpp"

using namespace berth;
using http::Origin;
using test::TempDir;

namespace {

http::HostCertificates found(const std::vector<std::string>& hosts, const Origin& origin) {
  auto certificates = http::find_host_certificates(hosts, origin);
  REQUIRE(certificates.has_value());
  return std::move(certificates).value();
}

std::string own_certificate(const TempDir& directory) {
  const auto path = directory / "made.pem";
  const auto made = test::run_command({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                                       "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                                       directory / "made.key", "-subj", "/CN=made", "-out", path});
  REQUIRE(made.status == 0);
  return test::slurp(path);
}

int certificates_in(X509_STORE* store) {
  const auto* objects = X509_STORE_get0_objects(store);
  return sk_X509_OBJECT_num(objects);
}

}  // namespace

TEST_CASE("certs.d: each host has a directory, with a port unless it is the default") {
  const std::pair<Origin, const char*> cases[] = {
      {Origin::make(true, "r.example"), "r.example"},
      {Origin::make(true, "r.example:443"), "r.example"},
      {Origin::make(true, "R.example:5000"), "r.example:5000"},
      {Origin::make(true, "[::1]:5000"), "[::1]:5000"},
  };
  for (const auto& [origin, name] : cases) {
    CHECK(http::host_directory_name(origin) == name);
    const TempDir directory;
    const auto ca = directory.write(std::string(name) + "/ca.crt", "x");
    CHECK(found({directory.path()}, origin).authorities == std::vector{ca});
  }
  const TempDir directory;
  directory.write("r.example:443/ca.crt", "x");
  CHECK(found({directory.path()}, Origin::make(true, "r.example")).authorities.size() == 1);
  CHECK(found({directory.path()}, Origin::make(true, "a.r.example")).directory.empty());
  CHECK(found({directory.path()}, Origin::make(true, "r.example:5000")).directory.empty());
}

TEST_CASE("certs.d: only the first matching directory is used") {
  const TempDir user;
  const TempDir system;
  system.write("r.example/ca.crt", "x");
  const auto origin = Origin::make(true, "r.example");
  CHECK(found({user.path(), system.path()}, origin).directory == system / "r.example");
  user.write("r.example/other.crt", "x");
  CHECK(found({user.path(), system.path()}, origin).authorities ==
        std::vector{user / "r.example/other.crt"});
  CHECK(found({"/nonexistent"}, origin).directory.empty());
  CHECK(found({}, origin).directory.empty());
}

TEST_CASE("certs.d: classifies files by name") {
  const TempDir directory;
  for (const char* name :
       {"b.crt", "a.crt", "client.cert", "client.key", "z.cert", "z.key", "README", "ca.pem"})
    directory.write(std::string("r.example/") + name, "x");
  const auto host = found({directory.path()}, Origin::make(true, "r.example"));
  CHECK(host.authorities ==
        std::vector{directory / "r.example/a.crt", directory / "r.example/b.crt"});
  CHECK(host.client_certificate == directory / "r.example/client.cert");
  CHECK(host.client_key == directory / "r.example/client.key");
}

TEST_CASE("certs.d: an incomplete pair or too many files is an error with the file") {
  const struct {
    const char* file;
    const char* missing;
  } cases[] = {{"client.cert", "client.key"}, {"client.key", "client.cert"}};
  for (const auto& one : cases) {
    const TempDir directory;
    directory.write(std::string("r.example/") + one.file, "x");
    const auto refused =
        http::find_host_certificates({directory.path()}, Origin::make(true, "r.example"));
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code() == "http.certs-d");
    CHECK(refused.error().error_class() == base::ErrorClass::network);
    CHECK(refused.error().message().find(directory / "r.example/" + one.file) != std::string::npos);
    CHECK(refused.error().cause().find(one.missing) != std::string::npos);
  }
  const TempDir directory;
  for (int i = 0; i <= 100; ++i) directory.write("r.example/" + std::to_string(i) + ".crt", "x");
  const auto refused =
      http::find_host_certificates({directory.path()}, Origin::make(true, "r.example"));
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code() == "http.certs-d");
}

TEST_CASE("certs.d: a host from a server cannot leave the directory") {
  const TempDir directory;
  directory.write("ca.crt", "x");
  directory.write("certs.d/r.example/ca.crt", "x");
  for (const char* host : {"..", ".", "../certs.d/r.example", ""}) {
    CAPTURE(host);
    CHECK(found({directory / "certs.d"}, Origin::make(true, host)).directory.empty());
  }
}

TEST_CASE("trust: reads files once within limits and reports unusable ones") {
  const TempDir directory;
  const auto pem = own_certificate(directory);
  const auto origin = Origin::make(true, "r.example");
  const auto good = directory.write("good.pem", pem + pem);
  const auto text = directory.write("text.pem", "no certificate");
  const auto large = directory.write("large.pem", std::string((4U << 20U) + 1, 'x'));
  const struct {
    http::Tls tls;
    http::TrustPlaces places;
    const char* code;  // empty: no error
    std::string named;
  } cases[] = {
      {{good, "", "", true}, {}, "", ""},
      {{"", "", "", true}, {good, "", {}}, "", ""},
      {{"", "", "", true}, {"", directory.path(), {}}, "", ""},
      {{text, "", "", true}, {}, "http.ca-file", "text.pem"},
      {{large, "", "", true}, {}, "http.ca-file", "large.pem"},
      {{directory / "none.pem", "", "", true}, {}, "http.ca-file", "none.pem"},
      {{"", "", "", true}, {text, "", {}}, "", ""},  // like Go; see the next test
      {{text, "", "", false}, {}, "", ""},           // nothing is verified
  };
  for (const auto& one : cases) {
    CAPTURE(one.named);
    http::TrustStores stores(one.tls, one.places);
    const auto host = stores.of(origin);
    REQUIRE(host.has_value() == (*one.code == '\0'));
    if (host) CHECK(((*host)->store != nullptr) == one.tls.verify);
    if (host) CHECK(*stores.of(origin) == *host);
    if (host) continue;
    CHECK(host.error().code() == one.code);
    CHECK(host.error().message().find(one.named) != std::string::npos);
  }
}

TEST_CASE(
    "trust: SSL_CERT_FILE and SSL_CERT_DIR each replace their own part; mistakes are reported") {
  const TempDir directory;
  directory.write("certs/any-name.pem", own_certificate(directory));
  directory.write("certs/README", "no certificate");
  directory.write("certs.d/r.example/ca.crt", "no certificate");
  const auto r_example = Origin::make(true, "r.example");
  auto loaded = [&](const std::string& file, const std::string& directories) {
    http::TrustStores stores({}, {file, directories, {directory / "certs.d"}});
    const auto host = stores.of(r_example).value();
    return std::tuple((*host).problems, (*host).trusted, certificates_in((*host).store.get()));
  };
  const auto [no_problem, system, all] = loaded("", "");
  CHECK(no_problem == directory / "certs.d/r.example/ca.crt: it contains no certificate");
  CHECK(system == "the system trust store or " + directory / "certs.d/r.example");
  const auto [missing, named, none] = loaded("/nonexistent/ca.pem", "");
  CHECK(missing.starts_with("SSL_CERT_FILE /nonexistent/ca.pem: no such file or directory; "));
  CHECK(named.find("SSL_CERT_FILE /nonexistent/ca.pem") != std::string::npos);
  CHECK(none == 0);
  // Files of any name, like Go reads them, not only those named by a hash.
  const auto [problem, chosen, added] =
      loaded("/nonexistent/ca.pem", "/nonexistent:" + directory / "certs");
  CHECK(added == 1);
  CHECK(chosen.find("the system trust store") == std::string::npos);
}

TEST_CASE("trust: reads DER files") {
  const TempDir directory;
  const auto pem = directory.write("ca.pem", own_certificate(directory));
  REQUIRE(test::run_command(
              {"openssl", "x509", "-in", pem, "-outform", "der", "-out", directory / "ca.der"})
              .status == 0);
  CHECK(http::check_certificate_file(pem).has_value());
  CHECK(http::check_certificate_file(directory / "ca.der").has_value());
  for (const std::string& bad :
       {directory.write("empty", ""), directory / "none", directory.path()})
    CHECK(http::check_certificate_file(bad).error().code() == "http.ca-file");
}

TEST_CASE("trust: each host has its own authorities, client certificate and their directory") {
  const TempDir directory;
  const auto pem = own_certificate(directory);
  directory.write("certs.d/r.example/ca.crt", pem);
  directory.write("certs.d/r.example/me.cert", "x");
  directory.write("certs.d/r.example/me.key", "x");
  http::TrustStores stores({}, {"", "", {directory / "certs.d", "/etc/elsewhere"}});
  const auto own = stores.of(Origin::make(true, "r.example")).value();
  CHECK(own->client_certificate == directory / "certs.d/r.example/me.cert");
  CHECK(own->client_key == directory / "certs.d/r.example/me.key");
  CHECK(own->place == directory / "certs.d/r.example");
  const auto other = stores.of(Origin::make(true, "r.example:5000")).value();
  CHECK(other->client_certificate.empty());
  CHECK(other->place == directory / "certs.d/r.example:5000");
  CHECK(other->store != own->store);
  http::TrustStores given({"", "mine.cert", "mine.key", true}, {"", "", {directory / "certs.d"}});
  CHECK(given.of(Origin::make(true, "r.example")).value()->client_certificate == "mine.cert");
}

TEST_CASE("trust: searches the user's directories, then the system's") {
  auto environment = [](std::string_view name) -> std::optional<std::string> {
    return name == "SSL_CERT_FILE" ? std::optional<std::string>("/a.pem") : std::nullopt;
  };
  const auto places = http::TrustPlaces::from(environment, "/home/u/.config", "/home/u/.docker");
  CHECK(places.file == "/a.pem");
  CHECK(places.directorys.empty());
  CHECK(places.hosts == std::vector<std::string>{"/home/u/.config/containers/certs.d",
                                                 "/home/u/.config/docker/certs.d",
                                                 "/home/u/.docker/certs.d",
                                                 "/etc/containers/certs.d", "/etc/docker/certs.d"});
  CHECK(http::TrustPlaces::from(environment, "", "").hosts.size() == 2);
}
