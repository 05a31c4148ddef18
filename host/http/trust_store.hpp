// TrustStores: what is trusted when a client speaks TLS with a host, and who the client says it is: the system's store
// (or what stands in for it), Tls::ca_file, and the host's own certs.d folder. Read when a host is first spoken to,
// once. Safe from any thread.
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
  X509Store store;      // null: nothing is verified
  std::string trusted;  // in words: "the system's store, nor in /home/u/ca.pem"
  std::string place;    // the folder where an authority's certificate for this host belongs; empty: there is none
  std::string client_certificate;
  std::string client_key;
};

class TrustStores {
 public:
  TrustStores(Tls tls, TrustPlaces places);
  ~TrustStores();
  TrustStores(const TrustStores&) = delete;
  TrustStores& operator=(const TrustStores&) = delete;

  // Valid as long as this. Class network, codes "http.ca-file" and "http.certs-d", naming the file: it cannot be read,
  // holds no certificate, or more than 4 MiB (256 KiB in certs.d).
  base::Result<const HostTls*> of(const Origin& origin);

 private:
  base::Result<X509Store> common_store() const;
  base::Result<HostTls> load(const Origin& origin);

  Tls tls_;
  TrustPlaces places_;
  std::mutex mutex_;                      // guards all below
  X509Store common_;                      // without any host's own
  std::map<std::string, HostTls> hosts_;  // by Origin::str()
};

}  // namespace berth::http
