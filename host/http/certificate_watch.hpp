// CertificateWatch: puts the trusted certificates into a TLS handshake, and sees what happens there, for the error that
// explains why it failed. libcurl tells of a certificate only once it was accepted, so OpenSSL is asked.
// One transfer's; outlives that transfer's handshakes. Foreign text: escaped by whoever prints it.
#pragma once

#include <string>

#include "http/curl_handles.hpp"
#include "http/trust_store.hpp"

namespace berth::http {

// What a server's certificate says of itself. Empty: unknown.
struct SeenCertificate {
  std::string issuer;      // of the one at which verification stopped ("CN=Test CA"), else of the server's own
  std::string names;       // the hosts that the server's own is for ("a.example, *.b.example, 10.0.0.1")
  std::string begins;      // of the one at which verification stopped: "Nov 25 20:12:25 2026 GMT"
  std::string ends;        //
  bool of_signer = false;  // verification stopped at one of those that signed the server's
  long error = 0;          // X509_V_ERR_…; 0: verification succeeded, or has not begun
  int sent = 0;            // how many certificates the server sent
};

class CertificateWatch {
 public:
  CertificateWatch() = default;
  CertificateWatch(const CertificateWatch&) = delete;
  CertificateWatch& operator=(const CertificateWatch&) = delete;

  // `host` outlives the handshakes.
  void attach(CURL* easy, const HostTls& host);

  [[nodiscard]] const SeenCertificate& seen() const { return seen_; }
  // Whether the server asked for a client certificate, there or not.
  [[nodiscard]] bool client_certificate_asked() const { return client_certificate_asked_; }

 private:
  friend struct CertificateCallbacks;
  const HostTls* host_ = nullptr;
  SeenCertificate seen_;
  bool client_certificate_asked_ = false;
};

}  // namespace berth::http
