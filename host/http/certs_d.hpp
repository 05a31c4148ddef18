// Locations of the trusted certificates for TLS: the system's store or its replacement, and the
// certs.d directories with one subdirectory per host. Source: containers-certs.d(5); Docker Engine,
// "Verify repository client with certificates"; SSL_CERT_FILE and SSL_CERT_DIR: OpenSSL,
// X509_STORE_set_default_paths(3), and Go's crypto/x509.
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
  std::string file;        // PEM file that replaces the system's; empty: not set
  std::string directorys;  // replaces the system's directory; separated by colons; empty: not set
  std::vector<std::string>
      hosts;  // certs.d directories; the first with a subdirectory for the host is used

  // Reads SSL_CERT_FILE and SSL_CERT_DIR from `environment`. certs.d directories: in
  // `config_home`/containers, `config_home`/docker (rootless docker) and `docker_config` (Docker
  // Desktop), each unless empty; in /etc/containers and /etc/docker.
  static TrustPlaces from(
      const std::function<std::optional<std::string>(std::string_view)>& environment,
      const std::string& config_home, const std::string& docker_config);
};

// Paths of a host's certificate files; not read yet.
struct HostCertificates {
  std::string directory;  // empty: this host has none
  std::vector<std::string>
      authorities;                 // *.crt, PEM: trusted for this host in addition to the store
  std::string client_certificate;  // X.cert with X.key, the first by name; empty: none
  std::string client_key;
};

// Returns the name of the subdirectory for `origin`: "r.example", "localhost:5000", "[::1]:5000".
std::string host_directory_name(const Origin& origin);

// Lists the files in the first subdirectory of this host; at most 100 files of the three kinds. An
// unreadable directory counts as missing. Fails with class network, code "http.certs-d", naming the
// file: a .cert without its .key, or the reverse; too many files.
base::Result<HostCertificates> find_host_certificates(const std::vector<std::string>& hosts,
                                                      const Origin& origin);

}  // namespace berth::http
