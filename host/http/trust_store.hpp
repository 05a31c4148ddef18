// TrustStores: the CAs that a client trusts for each host, and its client certificate there.
// Sources: the system trust store (or its replacement), Tls::ca_file, and the host's certs.d
// directory. Each is read once, when a host is first connected to. Thread-safe.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/result.hpp"
#include "http/certs_d.hpp"

struct x509_store_st;

namespace berth::http {

struct Tls {
  std::string ca_file;             // trusted in addition to the store; empty: none
  std::string client_certificate;  // PEM file, used for every host; empty: that of certs.d
  std::string client_key;
  bool verify = true;
};

struct X509StoreDeleter {
  void operator()(x509_store_st* store) const;
};
using X509Store = std::unique_ptr<x509_store_st, X509StoreDeleter>;

// The TLS settings of one host.
struct HostTls {
  X509Store store;       // nullptr: certificates are not verified
  std::string trusted;   // where trusted CAs come from: "the system trust store or /home/u/ca.pem"
  std::string problems;  // files of SSL_CERT_FILE and certs.d without a certificate; empty if none
  std::string place;     // the directory for this host's CA certificates; empty if unknown
  std::string client_certificate;
  std::string client_key;
};

// Checks that `path` is a file with at least one certificate, in PEM or DER form, of at most 4 MiB.
// Class network, code "http.ca-file"; the cause is the reason.
base::Result<void> check_certificate_file(const std::string& path);

class TrustStores {
 public:
  TrustStores(Tls tls, TrustPlaces places);
  ~TrustStores();
  TrustStores(const TrustStores&) = delete;
  TrustStores& operator=(const TrustStores&) = delete;

  // Returns the settings for a host; valid as long as this object. Class network, codes
  // "http.ca-file" and "http.certs-d", naming the file: Tls::ca_file or a file in certs.d cannot be
  // read or is larger than 4 MiB (256 KiB in certs.d), or Tls::ca_file contains no certificate.
  base::Result<const HostTls*> of(const Origin& origin);

 private:
  base::Result<X509Store> common_store();
  base::Result<HostTls> load(const Origin& origin);

  Tls tls_;
  TrustPlaces places_;
  std::mutex mutex_;                      // guards everything below
  X509Store common_;                      // without the certificates of certs.d
  std::string problems_;                  // of the files in common_
  std::map<std::string, HostTls> hosts_;  // by Origin::str()
};

}  // namespace berth::http
