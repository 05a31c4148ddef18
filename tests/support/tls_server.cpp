#include "support/tls_server.hpp"

#include <poll.h>

#include <stdexcept>

#include "support/free_port.hpp"

namespace berth::test {
namespace {

void openssl(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "openssl");
  const auto result = run_command(arguments);
  if (result.status != 0) throw std::runtime_error("openssl: " + result.err);
}

}  // namespace

TlsServer::TlsServer(const std::string& answer) : port_(free_port()) {
  const std::string key = directory_ / "key.pem";
  const std::string request = directory_ / "request.pem";
  const std::string certificate = directory_ / "certificate.pem";
  openssl({"genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", key});
  openssl(
      {"req", "-x509", "-key", key, "-subj", "/CN=berth test CA", "-days", "2", "-out", ca_file()});
  openssl({"req", "-new", "-key", key, "-subj", "/CN=localhost", "-out", request});
  openssl({"x509", "-req", "-in", request, "-CA", ca_file(), "-CAkey", key, "-CAcreateserial",
           "-days", "2", "-extfile",
           directory_.write("extensions", "subjectAltName=DNS:localhost,DNS:registry.example\n"),
           "-out", certificate});
  directory_.write("www/page", answer);
  const std::string log = directory_ / "log";
  process_ = std::make_unique<BackgroundCommand>(
      std::vector<std::string>{"env", "--chdir=" + (directory_ / "www"), "openssl", "s_server",
                               "-accept", "127.0.0.1:" + std::to_string(port_), "-cert",
                               certificate, "-key", key, "-HTTP", "-quiet"},
      log);
  for (int tries = 0; tries < 300 && process_->running(); ++tries) {
    if (accepts(port_)) return;
    ::poll(nullptr, 0, 20);
  }
  throw std::runtime_error("openssl s_server did not start:\n" + slurp(log));
}

}  // namespace berth::test
