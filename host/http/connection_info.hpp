// ConnectionInfo: what is known about the connection of one request, also of a failed one. Values.
// Text comes from the server and is not escaped.
#pragma once

#include <chrono>
#include <string>

#include "http/curl_handles.hpp"

namespace berth::http {

struct ConnectionInfo {
  std::string address;  // connected IP address; empty: none
  int port = 0;
  // Duration of each phase, without the earlier ones; 0: not reached.
  std::chrono::microseconds name{0};
  std::chrono::microseconds connection{0};
  std::chrono::microseconds handshake{0};
  // Empty without TLS, or if the server sent nothing after the handshake.
  std::string tls_version;  // "TLSv1.3"
  std::string subject;      // "CN=registry.example"
  std::string issuer;
  std::string expires;  // "Nov 25 20:12:25 2026 GMT"
};

// Records the connection's TLS. Call it while the response is being received.
void record_handshake(CURL* easy, ConnectionInfo& facts);
// Records address and durations. Call it after the transfer.
void see_connection(CURL* easy, ConnectionInfo& facts);

}  // namespace berth::http
