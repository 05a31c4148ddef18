// A daemon with TLS: client certificates, and the errors.
#include <doctest/doctest.h>
#include <poll.h>

#include "daemon_client.hpp"
#include "support/command.hpp"

using namespace berth;
using base::ErrorClass;
using test::DaemonClient;
using test::TempDir;

namespace {

// Responds as documented by the Engine API, to clients whose certificate its authority signed.
constexpr const char* kServer = R"(
import http.server, ssl, sys
directory = sys.argv[1]
class Daemon(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == '/_ping': body = b'OK'
        elif self.path.endswith('/json'): body = b'{"Id":"sha256:1"}'
        else: body = open(directory + '/archive.tar', 'rb').read()
        self.send_response(200)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *arguments): pass
class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, *arguments): pass
server = Server(('127.0.0.1', 0), Daemon)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(directory + '/server/cert.pem', directory + '/server/key.pem')
context.load_verify_locations(directory + '/client/ca.pem')
context.verify_mode = ssl.CERT_REQUIRED
server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
print(server.server_port, flush=True)
server.serve_forever()
)";

// Two authorities; the server and the directory "client" belong to the first, the directory
// "stranger" to the second.
constexpr const char* kCertificates = R"(
set -e
make() { openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "$@" 2>/dev/null; }
for side in client stranger; do
  mkdir $side
  make -subj /CN=$side-ca -keyout $side/ca.key -out $side/ca.pem
  make -subj /CN=$side -CA $side/ca.pem -CAkey $side/ca.key -keyout $side/key.pem -out $side/cert.pem
done
mkdir server anonymous
make -subj /CN=daemon -addext subjectAltName=IP:127.0.0.1,DNS:localhost -CA client/ca.pem -CAkey client/ca.key \
  -keyout server/key.pem -out server/cert.pem
cp client/ca.pem anonymous
)";

// The response of an http server to a TLS handshake.
constexpr const char* kPlainServer = R"(
import socket
server = socket.create_server(('127.0.0.1', 0))
print(server.getsockname()[1], flush=True)
while True:
    connection = server.accept()[0]
    connection.recv(1)
    connection.sendall(b'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n')
    connection.close()
)";

// A program that prints the port on which it listens.
class PythonServer {
 public:
  PythonServer(const char* program, const std::string& directory)
      : process_({"/usr/bin/python3", "-c", program, directory}, directory + "/log") {
    for (int tries = 0; tries < 1000 && process_.running(); ++tries) {
      port_ = test::slurp(directory + "/log");
      if (!port_.empty() && port_.back() == '\n') break;
      ::poll(nullptr, 0, 10);
    }
    if (!process_.running()) throw std::runtime_error("python3: " + port_);
    port_.pop_back();
  }
  [[nodiscard]] const std::string& port() const { return port_; }

 private:
  test::BackgroundCommand process_;
  std::string port_;
};

class TlsDaemon {
 public:
  TlsDaemon() {
    test::CommandOptions here;
    here.directory = directory_.path();
    const auto made = test::run_command({"bash", "-c", kCertificates}, here);
    if (made.status != 0) throw std::runtime_error("openssl: " + made.err);
    directory_.write("archive.tar", test::docker_archive({"one"}).tar());
    server_ = std::make_unique<PythonServer>(kServer, directory_.path());
  }

  // Opens an image with these variables and the certificates of that directory.
  base::Result<std::unique_ptr<image::Source>> open(test::Variables variables,
                                                    const std::string& certificates) {
    variables.emplace("DOCKER_HOST", "tcp://127.0.0.1:" + port());
    if (!certificates.empty()) variables.emplace("DOCKER_CERT_PATH", directory_ / certificates);
    DaemonClient client(std::move(variables));
    return client.open("app:1");
  }
  [[nodiscard]] const std::string& port() const { return server_->port(); }
  [[nodiscard]] std::string path(const std::string& name) const { return directory_ / name; }

 private:
  TempDir directory_;
  std::unique_ptr<PythonServer> server_;
};

}  // namespace

TEST_CASE("daemon tls: supports mutual TLS and reports its failures") {
  TlsDaemon daemon;
  const auto mutual = daemon.open({{"DOCKER_TLS_VERIFY", "1"}}, "client");
  CHECK_MESSAGE(mutual, mutual.error().message() << ": " << mutual.error().cause());

  const struct {
    const char* what;
    test::Variables variables;
    const char* certificates;
    ErrorClass error_class;
    const char* code;
  } cases[] = {
      {"signed by another authority",
       {{"DOCKER_TLS_VERIFY", "1"}},
       "stranger",
       ErrorClass::network,
       "daemon.certificate"},
      {"no client certificate",
       {{"DOCKER_TLS_VERIFY", "1"}},
       "anonymous",
       ErrorClass::network,
       "daemon.client-certificate"},
      {"unverified, a client of another authority",
       {{"DOCKER_TLS", "1"}},
       "stranger",
       ErrorClass::network,
       "daemon.client-certificate"},
      {"no TLS at all", {}, "", ErrorClass::network, "daemon.lost"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.what);
    const auto refused = daemon.open(one.variables, one.certificates);
    REQUIRE_FALSE(refused);
    CAPTURE(refused.error().message() + ": " + refused.error().cause());
    CHECK(refused.error().code() == one.code);
    CHECK(refused.error().error_class() == one.error_class);
  }
  CHECK(daemon.open({{"DOCKER_TLS", "1"}}, "client"));

  // The same certificates, of a context.
  const TempDir config;
  const std::string id = test::sha256("build").substr(7);
  config.write("contexts/meta/" + id + "/meta.json",
               R"({"Endpoints":{"docker":{"Host":"tcp://localhost:)" + daemon.port() +
                   R"(","SkipTLSVerify":false}}})");
  for (const char* file : {"ca.pem", "cert.pem", "key.pem"})
    config.write("contexts/tls/" + id + "/docker/" + file,
                 test::slurp(daemon.path(std::string("client/") + file)));
  DaemonClient client({{"DOCKER_CONFIG", config.path()}, {"DOCKER_CONTEXT", "build"}});
  const auto source = client.open("app:1");
  CHECK_MESSAGE(source, source.error().message());
}

TEST_CASE("daemon tls: reports a daemon that is not serving TLS") {
  const TempDir directory;
  const PythonServer server(kPlainServer, directory.path());
  DaemonClient client(test::Variables{{"DOCKER_HOST", "tcp://127.0.0.1:" + server.port()},
                                      {"DOCKER_TLS", "1"},
                                      {"HOME", "/nowhere"}});
  const auto source = client.open("app:1");
  REQUIRE_FALSE(source);
  CHECK(source.error().code() == "daemon.plain");
  CHECK(source.error().error_class() == ErrorClass::network);
}
