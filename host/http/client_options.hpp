// What the requests of a client have in common: limits, TLS, proxies. Values.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "http/proxy.hpp"
#include "http/retry_event.hpp"
#include "http/trust_store.hpp"

namespace berth::http {

// Timeouts and retries. README.md in this directory lists all of berth's timeouts.
struct Limits {
  std::chrono::milliseconds connect{10'000};
  // If no byte is transferred in either direction for this long, the request ends with class stall.
  // Time spent waiting for our own BodySource does not count.
  std::chrono::milliseconds idle{60'000};
  // Minimum rate of a body in transit, in bytes per second in both directions, averaged over
  // `idle`; slower is class stall. `idle` does not cover a peer that sends or reads a byte now and
  // then. Time spent in our own source or sink does not count.
  std::uint64_t min_rate = 128;
  // From the first to the last byte of a response that is kept in memory; a response to a sink has
  // no such limit.
  std::chrono::milliseconds answer{300'000};
  int attempts = 5;
  int connect_attempts = 2;                    // of these, if no connection can be made
  int stall_attempts = 2;                      // of these, after a timeout: each one costs `idle`
  std::chrono::milliseconds first_delay{500};  // doubles; each wait is between half and all of it
  std::chrono::milliseconds longest_delay{15'000};  // upper limit of the doubling
  std::chrono::milliseconds max_retry_after{
      60'000};  // if Retry-After is longer, fail and report it
};

struct ClientOptions {
  Tls tls;
  Limits limits;
  std::string unix_socket;  // connect to this socket instead of the URL's host, without proxies;
                            // empty: none
  ProxyVariables proxies;
  TrustPlaces trust;
  RetryObserver on_retry = {};  // called for each retry of all clients with these options
};

}  // namespace berth::http
