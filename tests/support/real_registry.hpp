// RealRegistry: Debian's docker-registry on a loopback port of a test's own, with its own storage. Ends with the test.
#pragma once

#include <memory>
#include <string>

#include "support/command.hpp"
#include "support/temp_dir.hpp"

namespace berth::test {

struct RegistryOptions {
  std::string username = {};  // not empty: Basic authentication
  std::string password = {};
  std::string auth = {};        // not empty: the configuration's section of that name, instead
  std::string tls = {};         // not empty: the configuration's section http.tls, on every address of this machine
  std::string validation = {};  // not empty: the configuration's section of that name
  std::string storage = {};     // where the registry keeps what it is given; empty: in a folder of its own
};

class RealRegistry {
 public:
  // Returns once the registry answers.
  explicit RealRegistry(const RegistryOptions& options = {});

  // "localhost:PORT"
  [[nodiscard]] std::string host() const { return "localhost:" + std::to_string(port_); }
  [[nodiscard]] int port() const { return port_; }
  // What skopeo, an independent reader, says the reference ("a/b:1") stands for; empty: nothing.
  [[nodiscard]] std::string digest_seen_by_skopeo(const std::string& reference) const;
  // The bytes of a blob, fetched with curl.
  [[nodiscard]] std::string fetch_blob(const std::string& repository, const std::string& digest) const;
  // Upload sessions that were opened and neither finished nor deleted.
  [[nodiscard]] int open_uploads() const;
  [[nodiscard]] const std::string& storage() const { return storage_; }

 private:
  TempDir folder_;
  std::string storage_;
  int port_;
  std::unique_ptr<BackgroundCommand> process_;
};

}  // namespace berth::test
