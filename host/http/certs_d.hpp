// Where TLS finds the certificates that were put there for it: the system's store or what stands in for it, and the
// certs.d folders, in which each host has one of its own.
// Source: containers-certs.d(5); Docker Engine, "Verify repository client with certificates"; SSL_CERT_FILE and
// SSL_CERT_DIR: OpenSSL, X509_STORE_set_default_paths(3), and Go's crypto/x509.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "http/origin.hpp"

namespace berth::http {

struct TrustPlaces {
  std::string file;                // a PEM file, instead of the system's; empty: not set
  std::string folders;             // instead of the system's directory; several are separated by colons; empty: not set
  std::vector<std::string> hosts;  // certs.d folders, the first that has a folder of the host counts

  // SSL_CERT_FILE and SSL_CERT_DIR; certs.d in `config_home`/containers, `config_home`/docker (docker without root) and
  // `docker_config` (Docker Desktop), each unless empty, in /etc/containers and in /etc/docker.
  static TrustPlaces from(const std::function<std::optional<std::string>(std::string_view)>& environment,
                          const std::string& config_home, const std::string& docker_config);
};

// Files, not read yet.
struct HostCertificates {
  std::string folder;                    // empty: no folder for this host
  std::vector<std::string> authorities;  // *.crt, PEM: trusted for this host besides the store
  std::string client_certificate;        // X.cert with X.key: the first by name; empty: none
  std::string client_key;
};

// Where a file for `origin` belongs: "r.example", "localhost:5000", "[::1]:5000".
std::string host_folder_name(const Origin& origin);

// What the first folder of this host holds, at most 100 files of the three kinds. A folder that may not be read is as
// none. Class network, code "http.certs-d", naming the file: a .cert without its .key, or the reverse; too many.
base::Result<HostCertificates> find_host_certificates(const std::vector<std::string>& hosts, const Origin& origin);

}  // namespace berth::http
