// What libcurl reports, in the words of the person whose push it was.
#pragma once

#include <curl/curl.h>

#include <chrono>
#include <string>

#include "base/result.hpp"
#include "http/client.hpp"
#include "http/origin.hpp"

namespace berth::http {

struct TransportFailure {
  base::Error error;
  // How often the whole request may be tried: 1 where another attempt cannot help.
  int attempts = 1;
};

struct TransportFacts {
  CURLcode code = CURLE_OK;
  std::string detail;  // libcurl's error buffer
  long os_errno = 0;
  long certificate_check = 0;  // CURLINFO_SSL_VERIFYRESULT
  std::string issuer;          // of the certificate; foreign text, empty: unknown
  std::string names;           // that the certificate is for
  long proxy_status = 0;       // CURLINFO_HTTP_CONNECTCODE
  std::chrono::milliseconds elapsed{};
};

TransportFailure describe_failure(const TransportFacts& facts, const Origin& origin, const ClientOptions& options);

}  // namespace berth::http
