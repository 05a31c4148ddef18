// Client: sends requests over libcurl, HTTP/1.1, and keeps its connections for the next one.
// One thread at a time; each thread that sends has its own, or borrows one from a ClientPool, so that connections
// are used again. libcurl is never asked to follow redirects, retry or store credentials: that is done here.
// Why HTTP/1.1: Debian 12's libcurl 7.88 spins a core during HTTP/2 uploads to a slow reader.
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

// Timeouts and retries. README.md in this directory lists every wait of berth.
struct Limits {
  std::chrono::milliseconds connect{10'000};
  // No byte in either direction for this long, while not waiting for our own BodySource, ends the request: class stall.
  std::chrono::milliseconds idle{60'000};
  // Bytes per second, in both directions together and averaged over `idle`, below which a body in transit is a stall:
  // a peer that sends or reads a byte now and then is never idle. Time spent in our own source or sink does not count.
  std::uint64_t min_rate = 128;
  // From the first byte of an answer that is kept in memory to its last; a sink takes as long as it takes.
  std::chrono::milliseconds answer{300'000};
  int attempts = 5;
  int connect_attempts = 2;                           // of these, if no connection can be made
  int stall_attempts = 2;                             // of these, after a timeout: each one costs `idle`
  std::chrono::milliseconds first_delay{500};         // doubles; half to all of it is waited
  std::chrono::milliseconds longest_delay{15'000};    // cap of the doubling
  std::chrono::milliseconds max_retry_after{60'000};  // a longer Retry-After is not waited for: the error reports it
};

struct ClientOptions {
  Tls tls;
  Limits limits;
  std::string unix_socket;  // every connection goes there instead of to the URL's host, past all proxies; empty: none
  ProxyVariables proxies;
  TrustPlaces trust;
  RetryObserver on_retry = {};  // called for each retry of every client with these options
};

class Client {
 public:
  // `cancellation` and `log` outlive the client.
  Client(const ClientOptions& options, const base::Cancellation& cancellation, base::Log& log);
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;
  ~Client();

  // A header or URL with control characters is refused before a connection is made: class validation, "http.header", or
  // class server, "http.url". Any status is a Response; an Error means that no whole answer came: class network, stall,
  // server (not HTTP, beyond a limit, "http.address": at an address that Request::addresses does not allow),
  // interrupted, or whatever a source or sink returned. 408, 429, 500, 502, 503 and 504 are retried under Retry::safe,
  // 429 and 503 with Retry-After under Retry::not_executed; the last one is returned as the Response it is.
  // Error::max_attempts() is how often the caller may send the request in all under Retry::never, else 1.
  base::Result<Response> send(const Request& request);

 private:
  friend class ClientPool;
  Client(ClientOptions options, std::shared_ptr<TrustStores> trust, const base::Cancellation& cancellation,
         base::Log& log);
  struct State;
  std::unique_ptr<State> state_;
};

// Clients of one configuration, lent out one to a thread. Safe from any thread.
class ClientPool {
 public:
  ClientPool(const ClientOptions& options, const base::Cancellation& cancellation, base::Log& log);
  ~ClientPool();
  ClientPool(const ClientPool&) = delete;
  ClientPool& operator=(const ClientPool&) = delete;

  // Borrows a client (an idle one with warm connections when there is one) for this one request.
  base::Result<Response> send(const Request& request);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace berth::http
