#include "http/client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>

#include "base/escape.hpp"
#include "base/redact.hpp"
#include "http/origin.hpp"
#include "http/retry_policy.hpp"
#include "http/transfer.hpp"

namespace berth::http {
namespace {

constexpr int kMostRedirects = 5;

void initialise_libcurl() {
  static const CURLcode once = curl_global_init(CURL_GLOBAL_DEFAULT);
  static_cast<void>(once);
}

bool is_redirect(const Request& request, const Response& response) {
  const bool repeatable = request.method == Method::get || request.method == Method::head;
  const int status = response.status;
  return request.follow_redirects && repeatable && response.header("location") != nullptr &&
         (status == 301 || status == 302 || status == 303 || status == 307 || status == 308);
}

bool prepare_again(const Request& request) {
  if (request.sink != nullptr) request.sink->restart();
  return request.source == nullptr || request.source->rewind();
}

bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    const bool alphanumeric = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    return alphanumeric || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

bool is_field_value(std::string_view text) {
  return std::ranges::none_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7F;
  });
}

// What would let one header smuggle in another, or a second request. Source: RFC 9110, sections 5.1 and 5.5.
base::Result<void> check_headers(const Request& request) {
  auto refused = [](std::string_view name) {
    return base::Error(base::ErrorClass::validation, "http.header",
                       fmt::format("header {} cannot be sent", base::quote(name, 80)))
        .cause("it holds characters that no header may hold");
  };
  for (const auto& [name, value] : request.headers)
    if (!is_token(name) || !is_field_value(value)) return refused(name);
  if (request.authorization && !is_field_value(request.authorization->reveal())) return refused("Authorization");
  return {};
}

}  // namespace

struct Client::State {
  ClientOptions options;
  const base::Cancellation& cancellation;
  base::Log& log;
  CurlMulti multi;
  CurlEasy easy;

  std::variant<Response, TransportFailure> follow(const Request& request);
  Response traced(const Request& request, const std::string& url, Response response,
                  std::chrono::steady_clock::time_point begin);
};

Client::Client(ClientOptions options, const base::Cancellation& cancellation, base::Log& log) {
  initialise_libcurl();
  state_ = std::unique_ptr<State>(
      new State{std::move(options), cancellation, log, CurlMulti(curl_multi_init()), CurlEasy(curl_easy_init())});
  if (!state_->multi || !state_->easy) throw std::bad_alloc();
}

Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;
Client::~Client() = default;

// Sends the request, and to where it is redirected. A redirect to another origin does not see the credential.
std::variant<Response, TransportFailure> Client::State::follow(const Request& request) {
  std::string url = request.url;
  auto origin = Origin::of(url);
  if (!origin) return TransportFailure{std::move(origin).error(), 1};
  const base::Secret* authorization = request.authorization ? &*request.authorization : nullptr;
  for (int hop = 0;; ++hop) {
    const auto begin = std::chrono::steady_clock::now();
    auto outcome = Transfer(multi.get(), easy.get(), options, cancellation, request, url, authorization).run();
    if (std::holds_alternative<TransportFailure>(outcome)) return outcome;
    Response response = traced(request, url, std::get<Response>(std::move(outcome)), begin);
    if (!is_redirect(request, response)) return response;
    if (hop == kMostRedirects)
      return TransportFailure{
          base::Error(base::ErrorClass::server, "http.redirects", origin->host() + " redirects in circles"), 1};
    auto target = resolve_url(url, *response.header("location"));
    if (!target) return TransportFailure{std::move(target).error(), 1};
    const auto next = Origin::of(*target).value();
    if (origin->tls() && !next.tls())
      return TransportFailure{base::Error(base::ErrorClass::server, "http.insecure-redirect",
                                          fmt::format("{} redirects from https to http", origin->host()))
                                  .cause("to " + base::redact_url(*target)),
                              1};
    if (next != *origin) authorization = nullptr;
    url = *target;
  }
}

Response Client::State::traced(const Request& request, const std::string& url, Response response,
                               std::chrono::steady_clock::time_point begin) {
  if (!log.enabled(base::LogLevel::trace)) return response;
  const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
  log.write(base::LogLevel::trace, "http",
            {{"method", std::string(method_name(request.method))},
             {"url", base::redact_url(url)},
             {"status", std::to_string(response.status)},
             {"ms", std::to_string(elapsed.count())}});
  return response;
}

base::Result<Response> Client::send(const Request& request) {
  BERTH_CHECK(check_headers(request));
  if (state_->cancellation.requested()) return state_->cancellation.error();
  for (int attempt = 1;; ++attempt) {
    auto outcome = state_->follow(request);
    Response* response = std::get_if<Response>(&outcome);
    TransportFailure* failure = std::get_if<TransportFailure>(&outcome);
    const int attempts = failure != nullptr ? failure->attempts : state_->options.limits.attempts;
    const bool transient = failure != nullptr || is_transient_status(response->status);
    const auto delay =
        retry_delay(state_->options.limits, attempt, response != nullptr ? asked_delay(*response) : std::nullopt);
    if (request.retry == Retry::never || !transient || attempt >= attempts || !delay || !prepare_again(request)) {
      if (failure != nullptr) return std::move(failure->error);
      response->attempts = attempt;
      return std::move(*response);
    }
    state_->log.write(base::LogLevel::step, "retry",
                      {{"attempt", std::to_string(attempt)},
                       {"after_ms", std::to_string(delay->count())},
                       {"because", failure != nullptr ? failure->error.message() : std::to_string(response->status)}});
    if (state_->cancellation.wait_for(*delay)) return state_->cancellation.error();
  }
}

struct ClientPool::State {
  ClientOptions options;
  const base::Cancellation& cancellation;
  base::Log& log;
  std::mutex mutex;
  std::vector<Client> idle;
};

ClientPool::ClientPool(ClientOptions options, const base::Cancellation& cancellation, base::Log& log)
    : state_(new State{std::move(options), cancellation, log, {}, {}}) {}

ClientPool::~ClientPool() = default;

base::Result<Response> ClientPool::send(const Request& request) {
  auto borrow = [this] {
    const std::lock_guard lock(state_->mutex);
    if (state_->idle.empty()) return Client(state_->options, state_->cancellation, state_->log);
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
