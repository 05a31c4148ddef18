// CertificateObserver: sets the trusted certificates of a TLS handshake and records what happens in
// it, for the error message if it fails. libcurl reports a certificate only once it is accepted, so
// this uses OpenSSL's callbacks. One per transfer; must outlive the transfer's handshakes. Text
// comes from the server and is not escaped.
#pragma once

#include <string>

#include "http/curl_handles.hpp"
#include "http/trust_store.hpp"

namespace berth::http {

// Fields of a server's certificate. Empty: unknown.
struct SeenCertificate {
  std::string issuer;  // of the certificate at which verification stopped ("CN=Test CA"), else of
                       // the server's own
  std::string
      names;  // host names of the server's own certificate ("a.example, *.b.example, 10.0.0.1")
  std::string
      begins;  // notBefore, of the one at which verification stopped: "Nov 25 20:12:25 2026 GMT"
  std::string ends;        // notAfter of the same certificate
  bool of_signer = false;  // verification stopped at a certificate that signed the server's
  long error = 0;          // X509_V_ERR_…; 0: verification succeeded or has not begun
  int sent = 0;            // number of certificates that the server sent
};

class CertificateObserver {
 public:
  CertificateObserver() = default;
  CertificateObserver(const CertificateObserver&) = delete;
  CertificateObserver& operator=(const CertificateObserver&) = delete;

  // `host` must outlive the handshakes.
  void attach(CURL* easy, const HostTls& host);

  [[nodiscard]] const SeenCertificate& seen() const { return seen_; }
  // Returns whether the server requested a client certificate, whether or not one was configured.
  [[nodiscard]] bool client_certificate_asked() const { return client_certificate_asked_; }

 private:
  friend struct CertificateCallbacks;
  const HostTls* host_ = nullptr;
  SeenCertificate seen_;
  bool client_certificate_asked_ = false;
};

}  // namespace berth::http
