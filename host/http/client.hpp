// Client: sends HTTP/1.1 requests with libcurl and reuses its connections.
// Used by one thread at a time: each thread has its own Client or borrows one from a ClientPool.
// libcurl's own redirects, retries and credential storage are not used; this class implements them.
// Why HTTP/1.1: Debian 12's libcurl 7.88 uses a whole core during HTTP/2 uploads to a slow reader.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/cancellation.hpp"
#include "base/log.hpp"
#include "http/client_options.hpp"
#include "http/message.hpp"

namespace berth::http {

class Client {
 public:
  // `cancellation` and `log` must outlive the client.
  Client(const ClientOptions& options, const base::Cancellation& cancellation, base::Log& log);
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;
  ~Client();

  // Sends a request. Returns the response whatever its status is. Fails if no complete response
  // arrived: class network, stall, server (not HTTP, a limit exceeded, "http.address": an address
  // that Request::addresses does not allow), interrupted, or the error of a source or sink. A
  // header or URL with control characters is rejected before connecting: class validation,
  // "http.header", or class server, "http.url". Retries: with Retry::safe, 408, 429, 500, 502, 503
  // and 504 are retried; with Retry::not_executed, 429 and 503 with Retry-After. After the last
  // attempt that response is returned. With Retry::never, Error::max_attempts() is how often the
  // caller may send the request in total; otherwise it is 1.
  base::Result<Response> send(const Request& request);

 private:
  friend class ClientPool;
  Client(ClientOptions options, std::shared_ptr<TrustStores> trust,
         const base::Cancellation& cancellation, base::Log& log);
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
