// ConnectionFacts: what was seen of the connection that one request went over, also of one that failed. Values; texts
// are foreign, and escaped by whoever prints them.
#pragma once

#include <chrono>
#include <string>

#include "http/curl_handles.hpp"

namespace berth::http {

struct ConnectionFacts {
  std::string address;  // that was connected to; empty: none
  int port = 0;
  // How long each part took, from the end of the one before; 0: it was not reached.
  std::chrono::microseconds name{0};
  std::chrono::microseconds connection{0};
  std::chrono::microseconds handshake{0};
  // Empty without TLS, or where the server said nothing after the handshake.
  std::string tls_version;  // "TLSv1.3"
  std::string subject;      // "CN=registry.example"
  std::string issuer;
  std::string expires;  // "Nov 25 20:12:25 2026 GMT"
};

// While the answer comes: the connection's TLS.
void see_handshake(CURL* easy, ConnectionFacts& facts);
// Once the transfer has ended.
void see_connection(CURL* easy, ConnectionFacts& facts);

}  // namespace berth::http
