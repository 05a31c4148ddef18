// TrustStores: the authorities that a client trusts for a host, and its client certificate there: from the system trust
// store (or what replaces it), Tls::ca_file, and the host's own certs.d directory. Each is read once, when a host is
// first connected to. Thread-safe.
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
  std::string ca_file;             // trusted besides the store; empty: none
  std::string client_certificate;  // PEM file, shown to every host; empty: what certs.d has for the host
  std::string client_key;
  bool verify = true;
};

struct X509StoreDeleter {
  void operator()(x509_store_st* store) const;
};
using X509Store = std::unique_ptr<x509_store_st, X509StoreDeleter>;

// For one host, and shown to no other.
struct HostTls {
  X509Store store;       // null: nothing is verified
  std::string trusted;   // where authorities come from: "the system trust store or /home/u/ca.pem"
  std::string problems;  // files of SSL_CERT_FILE and certs.d that hold no certificate; empty if none
  std::string place;     // the folder where an authority's certificate for this host belongs; empty: there is none
  std::string client_certificate;
  std::string client_key;
};

// Whether `path` is a file with at least one certificate, in PEM or DER form, of at most 4 MiB. Class network, code
// "http.ca-file": the cause says what is wrong with it.
base::Result<void> check_certificate_file(const std::string& path);

class TrustStores {
 public:
  TrustStores(Tls tls, TrustPlaces places);
  ~TrustStores();
  TrustStores(const TrustStores&) = delete;
  TrustStores& operator=(const TrustStores&) = delete;

  // Valid as long as this. Class network, codes "http.ca-file" and "http.certs-d", naming the file: Tls::ca_file or a
  // file in certs.d cannot be read or is larger than 4 MiB (256 KiB in certs.d), or Tls::ca_file holds no certificate.
  base::Result<const HostTls*> of(const Origin& origin);

 private:
  base::Result<X509Store> common_store();
  base::Result<HostTls> load(const Origin& origin);

  Tls tls_;
  TrustPlaces places_;
  std::mutex mutex_;                      // guards all below
  X509Store common_;                      // without any host's own
  std::string problems_;                  // of the common places
  std::map<std::string, HostTls> hosts_;  // by Origin::str()
};

}  // namespace berth::http
