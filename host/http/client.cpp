#include "http/client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>

#include "base/escape.hpp"
#include "base/redact.hpp"
#include "http/origin.hpp"
#include "http/retry_policy.hpp"
#include "http/transfer.hpp"
#include "http/transport_error.hpp"

namespace berth::http {
namespace {

constexpr int kMaxRedirects = 5;

// RFC 9110, section 15.4: after 301 to 303 a client may change the method to GET; after 307 and 308
// it must not.
bool is_redirect(const Request& request, const Response& response) {
  const bool reads = request.method == Method::get || request.method == Method::head;
  const int status = response.status;
  if (!request.follow_redirects || response.header("location") == nullptr) return false;
  return status == 307 || status == 308 || (reads && status >= 301 && status <= 303);
}

bool prepare_again(const Request& request) {
  if (request.sink != nullptr) request.sink->restart();
  return request.source == nullptr || request.source->rewind();
}

bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    const bool alphanumeric =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    return alphanumeric || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

bool is_field_value(std::string_view text) {
  return std::ranges::none_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7F;
  });
}

// Rejects characters that would inject another header or a second request. Source: RFC 9110,
// sections 5.1 and 5.5.
base::Result<void> check_headers(const Request& request) {
  auto refused = [](std::string_view name) {
    return base::Error(base::ErrorClass::validation, "http.header",
                       fmt::format("invalid header {}", base::quote(name, 80)))
        .cause("it has characters that are not allowed in headers");
  };
  for (const auto& [name, value] : request.headers)
    if (!is_token(name) || !is_field_value(value)) return refused(name);
  if (request.authorization && !is_field_value(request.authorization->reveal()))
    return refused("Authorization");
  return {};
}

// Replaces `hop` by the target of the redirect. Another origin does not receive the credential, and
// its address must be allowed for the origin that sent the redirect.
base::Result<void> take_redirect(Hop& hop, const Response& response) {
  BERTH_TRY(auto url, resolve_url(hop.url, *response.header("location")));
  BERTH_TRY(auto next, Origin::of(url));
  if (hop.origin.tls() && !next.tls())
    return base::Error(base::ErrorClass::server, "http.insecure-redirect",
                       fmt::format("{} redirects from https to http", hop.origin.host()))
        .cause("to " + base::redact_url(url));
  if (next != hop.origin) {
    hop.authorization = nullptr;
    hop.addresses = hop.addresses.intersect(AddressPolicy::allowed_from(response.address));
  }
  hop.url = std::move(url);
  hop.origin = std::move(next);
  return {};
}

}  // namespace

struct Client::State {
  ClientOptions options;
  std::shared_ptr<TrustStores>
      trust;  // shared by the clients of a pool, so that each certificate is read once
  const base::Cancellation& cancellation;
  base::Log& log;
  CurlMulti multi;
  CurlEasy easy;

  std::variant<Response, TransportFailure> follow(const Request& request);
  std::variant<Response, TransportFailure> transfer(const Request& request, const Hop& hop);
  base::Result<void> prepare(Hop& hop);
  Response traced(const Request& request, const Hop& hop, Response response,
                  std::chrono::steady_clock::time_point begin);
};

Client::Client(const ClientOptions& options, const base::Cancellation& cancellation, base::Log& log)
    : Client(options, std::make_shared<TrustStores>(options.tls, options.trust), cancellation,
             log) {}

Client::Client(ClientOptions options, std::shared_ptr<TrustStores> trust,
               const base::Cancellation& cancellation, base::Log& log) {
  state_ = std::unique_ptr<State>(new State{std::move(options), std::move(trust), cancellation, log,
                                            CurlMulti(curl().multi_init()),
                                            CurlEasy(curl().easy_init())});
  if (!state_->multi || !state_->easy) throw std::bad_alloc();
}

Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;
Client::~Client() = default;

// Determines what can be checked before connecting: the proxy, the certificates, an IP literal that
// is not allowed.
base::Result<void> Client::State::prepare(Hop& hop) {
  const bool local = !options.unix_socket.empty();
  if (const auto kind = classify_literal(hop.origin.host());
      kind && !local && !hop.addresses.allows(*kind))
    return wrong_address(hop.origin, *kind);
  hop.proxy.reset();
  if (!local) {
    BERTH_TRY(hop.proxy, proxy_for(options.proxies, hop.origin));
  }
  const bool tls_to_proxy = hop.proxy && hop.proxy->url.starts_with("https:");
  if (hop.origin.tls() || tls_to_proxy) {
    BERTH_TRY(hop.tls, trust->of(hop.origin));
  }
  return {};
}

// After an aborted upload, libcurl 8 keeps "rewind before sending" in the handle, even across
// curl().easy_reset(), and the next request fails. Such a handle is replaced; the connections
// belong to the multi handle.
std::variant<Response, TransportFailure> Client::State::transfer(const Request& request,
                                                                 const Hop& hop) {
  Transfer transfer({multi.get(), easy.get()}, options, cancellation, request, hop);
  auto outcome = transfer.run();
  if (std::holds_alternative<Response>(outcome) && transfer.whole_body_sent()) return outcome;
  easy.reset(curl().easy_init());
  if (!easy) throw std::bad_alloc();
  return outcome;
}

// Sends the request and follows redirects.
std::variant<Response, TransportFailure> Client::State::follow(const Request& request) {
  auto origin = Origin::of(request.url);
  if (!origin) return TransportFailure{std::move(origin).error(), 1};
  Hop hop{request.url,       *origin, request.authorization ? &*request.authorization : nullptr,
          request.addresses, {},      {}};
  for (int redirects = 0;; ++redirects) {
    const auto begin = std::chrono::steady_clock::now();
    if (auto ready = prepare(hop); !ready) return TransportFailure{std::move(ready).error(), 1};
    auto outcome = transfer(request, hop);
    if (std::holds_alternative<TransportFailure>(outcome)) return outcome;
    Response response = traced(request, hop, std::get<Response>(std::move(outcome)), begin);
    if (!is_redirect(request, response) || !prepare_again(request)) return response;
    if (redirects == kMaxRedirects)
      return TransportFailure{base::Error(base::ErrorClass::server, "http.redirects",
                                          "too many redirects from " + hop.origin.host()),
                              1};
    if (auto taken = take_redirect(hop, response); !taken)
      return TransportFailure{std::move(taken).error(), 1};
  }
}

Response Client::State::traced(const Request& request, const Hop& hop, Response response,
                               std::chrono::steady_clock::time_point begin) {
  if (!log.enabled(base::LogLevel::trace)) return response;
  const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - begin);
  log.write(base::LogLevel::trace, "http",
            {{"method", std::string(method_name(request.method))},
             {"url", base::redact_url(hop.url)},
             {"via", hop.proxy ? hop.proxy->url : "direct"},
             {"status", std::to_string(response.status)},
             {"ms", std::to_string(elapsed.count())}});
  return response;
}

// Exactly one of `response` and `failure` is not nullptr.
bool is_repeatable(const Request& request, const Response* response,
                   const TransportFailure* failure) {
  if (request.retry == Retry::safe)
    return failure != nullptr || is_transient_status(response->status);
  if (request.retry == Retry::not_executed)
    return failure != nullptr ? failure->unsent : is_not_executed(*response);
  return false;
}

base::Result<Response> Client::send(const Request& request) {
  BERTH_CHECK(check_headers(request));
  if (state_->cancellation.requested()) return state_->cancellation.error();
  const auto& options = state_->options;
  RetryPolicy policy(options.limits, options.on_retry, state_->cancellation, state_->log);
  while (true) {
    auto outcome = state_->follow(request);
    auto* response = std::get_if<Response>(&outcome);
    auto* failure = std::get_if<TransportFailure>(&outcome);
    const int attempts = failure != nullptr ? failure->attempts : options.limits.attempts;
    const auto delay =
        policy.next_delay(attempts, response != nullptr ? retry_after(*response) : std::nullopt);
    const bool in_time =
        delay && (!request.retry_within || policy.elapsed() + *delay <= *request.retry_within);
    if (!is_repeatable(request, response, failure) || !in_time || !prepare_again(request)) {
      if (failure != nullptr)
        return std::move(failure->error).max_attempts(request.retry == Retry::never ? attempts : 1);
      response->attempts = policy.attempt();
      return std::move(*response);
    }
    const auto reason =
        failure != nullptr ? failure->error.message() : std::to_string(response->status);
    if (!policy.wait(*delay, attempts, reason)) return state_->cancellation.error();
  }
}

struct ClientPool::State {
  ClientOptions options;
  std::shared_ptr<TrustStores> trust;  // shared by its clients
  const base::Cancellation& cancellation;
  base::Log& log;
  std::mutex mutex;
  std::vector<Client> idle;
};

ClientPool::ClientPool(const ClientOptions& options, const base::Cancellation& cancellation,
                       base::Log& log)
    : state_(new State{options,
                       std::make_shared<TrustStores>(options.tls, options.trust),
                       cancellation,
                       log,
                       {},
                       {}}) {}

ClientPool::~ClientPool() = default;

base::Result<Response> ClientPool::send(const Request& request) {
  auto borrow = [this] {
    const std::lock_guard lock(state_->mutex);
    if (state_->idle.empty())
      return Client(state_->options, state_->trust, state_->cancellation, state_->log);
    Client client = std::move(state_->idle.back());
    state_->idle.pop_back();
    return client;
  };
  Client client = borrow();
  auto response = client.send(request);
  const std::lock_guard lock(state_->mutex);
  state_->idle.push_back(std::move(client));
  return response;
}

}  // namespace berth::http
