// Client: sends HTTP/1.1 requests with libcurl and reuses its connections.
// Used by one thread at a time: each thread has its own Client or borrows one from a ClientPool. libcurl's own
// redirects, retries and credential storage are not used; this class implements them.
// Why HTTP/1.1: Debian 12's libcurl 7.88 uses a whole core during HTTP/2 uploads to a slow reader.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/cancellation.hpp"
#include "base/log.hpp"
#include "http/message.hpp"
#include "http/proxy.hpp"
#include "http/retry_event.hpp"
#include "http/trust_store.hpp"

namespace berth::http {

// Timeouts and retries. README.md in this directory lists all of berth's timeouts.
struct Limits {
  std::chrono::milliseconds connect{10'000};
  // If no byte is transferred in either direction for this long, the request ends with class stall. Time spent
  // waiting for our own BodySource does not count.
  std::chrono::milliseconds idle{60'000};
  // Minimum rate of a body in transit, in bytes per second in both directions, averaged over `idle`; slower is class
  // stall. `idle` does not cover a peer that sends or reads a byte now and then. Time spent in our own source or sink
  // does not count.
  std::uint64_t min_rate = 128;
  // From the first to the last byte of a response that is kept in memory; a response to a sink has no such limit.
  std::chrono::milliseconds answer{300'000};
  int attempts = 5;
  int connect_attempts = 2;                           // of these, if no connection can be made
  int stall_attempts = 2;                             // of these, after a timeout: each one costs `idle`
  std::chrono::milliseconds first_delay{500};         // doubles; each wait is between half and all of it
  std::chrono::milliseconds longest_delay{15'000};    // upper limit of the doubling
  std::chrono::milliseconds max_retry_after{60'000};  // if Retry-After is longer, fail and report it
};

struct ClientOptions {
  Tls tls;
  Limits limits;
  std::string unix_socket;  // connect to this socket instead of the URL's host, without proxies; empty: none
  ProxyVariables proxies;
  TrustPlaces trust;
  RetryObserver on_retry = {};  // called for each retry of all clients with these options
};

class Client {
 public:
  // `cancellation` and `log` must outlive the client.
  Client(const ClientOptions& options, const base::Cancellation& cancellation, base::Log& log);
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;
  ~Client();

  // Sends a request. Returns the response whatever its status is. Fails if no complete response arrived: class
  // network, stall, server (not HTTP, a limit exceeded, "http.address": an address that Request::addresses does not
  // allow), interrupted, or the error of a source or sink. A header or URL with control characters is rejected before
  // connecting: class validation, "http.header", or class server, "http.url".
  // Retries: with Retry::safe, 408, 429, 500, 502, 503 and 504 are retried; with Retry::not_executed, 429 and 503
  // with Retry-After. After the last attempt that response is returned. With Retry::never, Error::max_attempts() is
  // how often the caller may send the request in total; otherwise it is 1.
  base::Result<Response> send(const Request& request);

 private:
  friend class ClientPool;
  Client(ClientOptions options, std::shared_ptr<TrustStores> trust, const base::Cancellation& cancellation,
         base::Log& log);
  struct State;
  std::unique_ptr<State> state_;
};

// ClientPool: clients with one configuration; each is lent to one thread at a time. Thread-safe.
class ClientPool {
 public:
  ClientPool(const ClientOptions& options, const base::Cancellation& cancellation, base::Log& log);
  ~ClientPool();
  ClientPool(const ClientPool&) = delete;
  ClientPool& operator=(const ClientPool&) = delete;

  // Sends one request with a client from the pool, preferably one with open connections.
  base::Result<Response> send(const Request& request);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace berth::http
