// CertificateWatch: what a TLS server's certificate says of itself, for the error that explains why it was refused.
// libcurl tells of a certificate only once it was accepted, so OpenSSL is asked during the handshake.
// One transfer's; outlives that transfer's handshake. Foreign text: escaped by whoever prints it.
#pragma once

#include <string>

#include "http/curl_handles.hpp"

namespace berth::http {

class CertificateWatch {
 public:
  CertificateWatch() = default;
  CertificateWatch(const CertificateWatch&) = delete;
  CertificateWatch& operator=(const CertificateWatch&) = delete;

  void attach(CURL* easy);

  // Who signed the certificate at which verification stopped ("CN=Test CA"), else the server's own. Empty: unknown.
  [[nodiscard]] const std::string& issuer() const { return issuer_; }
  // The hosts that the server's certificate is for ("a.example, *.b.example"). Empty: unknown.
  [[nodiscard]] const std::string& names() const { return names_; }

 private:
  friend struct CertificateCallbacks;
  std::string issuer_;
  std::string names_;
};

}  // namespace berth::http
