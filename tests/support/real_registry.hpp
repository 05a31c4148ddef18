// RealRegistry: Debian's docker-registry on a free loopback port with its own storage. Stopped by
// the destructor.
#pragma once

#include <memory>
#include <string>

#include "support/command.hpp"
#include "support/temp_dir.hpp"

namespace berth::test {

struct RegistryOptions {
  std::string username = {};  // not empty: Basic authentication
  std::string password = {};
  std::string auth = {};        // not empty: the section of that name in the configuration, instead
  std::string tls = {};         // not empty: the section http.tls, on every address of this machine
  std::string validation = {};  // not empty: the section of that name in the configuration
  std::string storage = {};     // the storage directory; empty: a temporary one
};

class RealRegistry {
 public:
  // Returns once the registry responds.
  explicit RealRegistry(const RegistryOptions& options = {});

  // "localhost:PORT"
  [[nodiscard]] std::string host() const { return "localhost:" + std::to_string(port_); }
  [[nodiscard]] int port() const { return port_; }
  // The digest that the reference ("a/b:1") points to, read by skopeo, an independent client;
  // empty: not found.
  [[nodiscard]] std::string digest_seen_by_skopeo(const std::string& reference) const;
  // The bytes of a blob, downloaded with curl.
  [[nodiscard]] std::string fetch_blob(const std::string& repository,
                                       const std::string& digest) const;
  // Upload sessions that were opened and neither finished nor deleted.
  [[nodiscard]] int open_uploads() const;
  [[nodiscard]] const std::string& storage() const { return storage_; }

 private:
  TempDir directory_;
  std::string storage_;
  int port_;
  std::unique_ptr<BackgroundCommand> process_;
};

}  // namespace berth::test
