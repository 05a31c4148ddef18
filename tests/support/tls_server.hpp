// TlsServer: an https server on loopback (openssl s_server) whose certificate is for "localhost"
// and signed by an unknown certificate authority: "CN=berth test CA". Answers every GET of /page
// with the same bytes.
#pragma once

#include <memory>
#include <string>

#include "support/command.hpp"
#include "support/temp_dir.hpp"

namespace berth::test {

class TlsServer {
 public:
  // Returns once the server accepts connections.
  explicit TlsServer(const std::string& answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");

  [[nodiscard]] std::string host() const { return "localhost:" + std::to_string(port_); }
  [[nodiscard]] std::string url() const { return "https://" + host() + "/page"; }
  // The same server under a name that its certificate does not contain.
  [[nodiscard]] std::string other_host() const { return "127.0.0.1:" + std::to_string(port_); }
  [[nodiscard]] std::string ca_file() const { return directory_ / "ca.pem"; }

 private:
  TempDir directory_;
  int port_;
  std::unique_ptr<BackgroundCommand> process_;
};

}  // namespace berth::test
