#include "http/transfer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/escape.hpp"

namespace berth::http {
namespace {

// libcurl's largest. With 64 KiB an upload costs twice the CPU.
constexpr long kUploadBuffer = 2L << 20;
constexpr std::uint64_t kSmallBody = std::uint64_t{256} << 10U;
constexpr std::size_t kHeaderLimit = std::size_t{256} << 10U;

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "[::1]" || host.rfind("127.", 0) == 0;
}

void append_lower(std::string& to, std::string_view text) {
  for (const char c : text) to += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

}  // namespace

Transfer::Transfer(CURLM* multi, CURL* easy, const ClientOptions& options, const base::Cancellation& cancellation,
                   const Request& request, std::string url, const base::Secret* authorization)
    : multi_(multi),
      easy_(easy),
      options_(options),
      cancellation_(cancellation),
      request_(request),
      url_(std::move(url)),
      origin_(std::move(Origin::of(url_)).value()),
      authorization_(authorization),
      detail_(CURL_ERROR_SIZE, '\0'),
      started_(Clock::now()),
      last_progress_(started_) {}

std::variant<Response, TransportFailure> Transfer::run() {
  curl_easy_reset(easy_);
  configure();
  configure_body();
  if (origin_.tls()) configure_tls();
  curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, headers_.get());
  if (curl_multi_add_handle(multi_, easy_) == CURLM_OK) drive();
  auto result = outcome();
  curl_multi_remove_handle(multi_, easy_);
  return result;
}

void Transfer::configure() {
  curl_easy_setopt(easy_, CURLOPT_URL, url_.c_str());
  curl_easy_setopt(easy_, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy_, CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1});
  curl_easy_setopt(easy_, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy_, CURLOPT_QUICK_EXIT, 1L);  // or cancellation waits for a resolver that does not answer
  curl_easy_setopt(easy_, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(easy_, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options_.limits.connect.count()));
  curl_easy_setopt(easy_, CURLOPT_ERRORBUFFER, detail_.data());
  curl_easy_setopt(easy_, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl_easy_setopt(easy_, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(easy_, CURLOPT_XFERINFOFUNCTION, &Transfer::progress_callback);
  curl_easy_setopt(easy_, CURLOPT_XFERINFODATA, this);
  curl_easy_setopt(easy_, CURLOPT_WRITEFUNCTION, &Transfer::write_callback);
  curl_easy_setopt(easy_, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(easy_, CURLOPT_HEADERFUNCTION, &Transfer::header_callback);
  curl_easy_setopt(easy_, CURLOPT_HEADERDATA, this);
  if (!options_.unix_socket.empty()) curl_easy_setopt(easy_, CURLOPT_UNIX_SOCKET_PATH, options_.unix_socket.c_str());
  if (!options_.unix_socket.empty() || is_loopback(origin_.host())) curl_easy_setopt(easy_, CURLOPT_NOPROXY, "*");
  add_header("User-Agent: berth");
  for (const auto& [name, value] : request_.headers) add_header(value.empty() ? name + ";" : name + ": " + value);
  if (authorization_ != nullptr) add_header("Authorization: " + std::string(authorization_->reveal()));
}

void Transfer::configure_body() {
  switch (request_.method) {
    case Method::get:
      return;
    case Method::head:
      curl_easy_setopt(easy_, CURLOPT_NOBODY, 1L);
      return;
    case Method::del:
      curl_easy_setopt(easy_, CURLOPT_CUSTOMREQUEST, "DELETE");
      return;
    default:
      break;
  }
  // Waiting for "100 Continue" costs a round trip; who may not write was told so when the session was opened.
  add_header("Expect:");
  curl_easy_setopt(easy_, CURLOPT_READFUNCTION, &Transfer::read_callback);
  curl_easy_setopt(easy_, CURLOPT_READDATA, this);
  curl_easy_setopt(easy_, CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(easy_, CURLOPT_CUSTOMREQUEST, method_name(request_.method).data());
  body_size_ = request_.source != nullptr ? request_.source->size() : std::optional(request_.body.size());
  if (body_size_) curl_easy_setopt(easy_, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(*body_size_));
  if (!body_size_) add_header("Transfer-Encoding: chunked");
  body_sent_ = body_size_ == 0U;
  // Many small blobs go up at once: each connection keeps its buffer.
  if (request_.source != nullptr && (!body_size_ || *body_size_ > kSmallBody))
    curl_easy_setopt(easy_, CURLOPT_UPLOAD_BUFFERSIZE, kUploadBuffer);
}

void Transfer::configure_tls() {
  const Tls& tls = options_.tls;
  certificate_.attach(easy_);
  curl_easy_setopt(easy_, CURLOPT_SSL_VERIFYPEER, tls.verify ? 1L : 0L);
  curl_easy_setopt(easy_, CURLOPT_SSL_VERIFYHOST, tls.verify ? 2L : 0L);
  if (!tls.ca_file.empty()) curl_easy_setopt(easy_, CURLOPT_CAINFO, tls.ca_file.c_str());
  if (!tls.client_certificate.empty()) curl_easy_setopt(easy_, CURLOPT_SSLCERT, tls.client_certificate.c_str());
  if (!tls.client_key.empty()) curl_easy_setopt(easy_, CURLOPT_SSLKEY, tls.client_key.c_str());
}

void Transfer::add_header(const std::string& line) {
  curl_slist* longer = curl_slist_append(headers_.get(), line.c_str());
  if (longer == nullptr) throw std::bad_alloc();
  static_cast<void>(headers_.release());
  headers_.reset(longer);
}

void Transfer::drive() {
  for (int running = 1; running != 0;) {
    if (curl_multi_perform(multi_, &running) != CURLM_OK) return;
    int left = 0;
    while (CURLMsg* message = curl_multi_info_read(multi_, &left))
      if (message->msg == CURLMSG_DONE && message->easy_handle == easy_) code_ = message->data.result;
    if (running == 0 || stop_early()) return;
    curl_waitfd cancelled{cancellation_.fd(), CURL_WAIT_POLLIN, 0};
    const auto quiet = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - last_progress_);
    const auto wait = std::clamp<long>((quiet_limit() - quiet).count() + 1, 1, cancelled_ ? 20 : 1000);
    curl_multi_poll(multi_, &cancelled, cancelled_ ? 0 : 1, static_cast<int>(wait), nullptr);
  }
}

std::chrono::milliseconds Transfer::quiet_limit() const {
  return body_sent_ && request_.answer_limit ? *request_.answer_limit : options_.limits.idle;
}

bool Transfer::stop_early() {
  const auto now = Clock::now();
  if (cancellation_.requested()) {
    if (!cancelled_) cancelled_ = now;
    return now - *cancelled_ >= request_.cancel_grace;
  }
  const bool endless = answer_began_ && request_.sink == nullptr && now - *answer_began_ >= options_.limits.answer;
  stalled_ = endless || now - last_progress_ >= quiet_limit();
  return stalled_;
}

std::variant<Response, TransportFailure> Transfer::outcome() {
  if (body_error_) return TransportFailure{std::move(*body_error_), 1};
  if (too_large_) return too_large();
  // libcurl 7.88 takes headers that break off for an answer.
  if (code_ == CURLE_OK && !headers_ended_) code_ = CURLE_PARTIAL_FILE;
  // Once the whole answer is here, it does not matter that the server closed before it had read all of the body.
  if (code_ == CURLE_OK) {
    long status = 0;
    curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
    response_.status = static_cast<int>(status);
    response_.url = url_;
    return std::move(response_);
  }
  if (cancellation_.requested()) return TransportFailure{cancellation_.error(), 1};
  return stalled_ ? stalled() : lost();
}

TransportFailure Transfer::lost() {
  TransportFacts facts;
  facts.code = code_.value_or(CURLE_FAILED_INIT);
  facts.detail = detail_.substr(0, detail_.find('\0'));
  facts.elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - started_);
  facts.issuer = certificate_.issuer();
  facts.names = certificate_.names();
  curl_easy_getinfo(easy_, CURLINFO_OS_ERRNO, &facts.os_errno);
  curl_easy_getinfo(easy_, CURLINFO_SSL_VERIFYRESULT, &facts.certificate_check);
  curl_easy_getinfo(easy_, CURLINFO_HTTP_CONNECTCODE, &facts.proxy_status);
  return describe_failure(facts, origin_, options_);
}

TransportFailure Transfer::stalled() const {
  const auto quiet = std::chrono::duration_cast<std::chrono::milliseconds>(quiet_limit());
  return {base::Error(base::ErrorClass::stall, "http.stall", origin_.host() + " stopped answering")
              .cause(answer_began_ ? std::string("its answer began and did not end")
                                   : fmt::format("no byte in {} ms", quiet.count())),
          options_.limits.attempts};
}

TransportFailure Transfer::too_large() const {
  const bool headers = header_bytes_ > kHeaderLimit;
  return {base::Error(base::ErrorClass::server, "http.too-large", origin_.host() + " sent more than expected")
              .cause(fmt::format("more than {} bytes{} in answer to {}", headers ? kHeaderLimit : request_.body_limit,
                                 headers ? " of headers" : "", method_name(request_.method))),
          1};
}

std::size_t Transfer::on_read(std::span<char> buffer) {
  // libcurl would send what a source has beyond its size, and the server take it for the next request.
  if (body_size_) buffer = buffer.first(std::min<std::uint64_t>(buffer.size(), *body_size_ - body_offset_));
  auto count = read_source(buffer);
  touch();
  if (!count) {
    body_error_ = std::move(count).error();
    return CURL_READFUNC_ABORT;
  }
  body_offset_ += *count;
  body_sent_ = *count == 0 || body_offset_ == body_size_;
  return *count;
}

base::Result<std::size_t> Transfer::read_source(std::span<char> buffer) {
  if (buffer.empty()) return std::size_t{0};
  if (request_.source == nullptr) {
    std::memcpy(buffer.data(), request_.body.data() + body_offset_, buffer.size());
    return buffer.size();
  }
  BERTH_TRY(const auto count, request_.source->read(std::as_writable_bytes(buffer)));
  if (count == 0 && body_size_)
    return base::Error(base::ErrorClass::integrity, "http.short-body", "what was to be sent is shorter than announced")
        .cause(fmt::format("it ended after {} of {} bytes", body_offset_, *body_size_));
  return count;
}

std::size_t Transfer::on_write(const char* bytes, std::size_t size) {
  long status = 0;
  curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
  if (request_.sink != nullptr && status >= 200 && status <= 299) {
    auto written = request_.sink->write(std::as_bytes(std::span(bytes, size)));
    touch();
    if (written) return size;
    body_error_ = std::move(written).error();
    return 0;
  }
  if (size > request_.body_limit - response_.body.size()) {
    too_large_ = true;
    return 0;
  }
  response_.body.append(bytes, size);
  return size;
}

std::size_t Transfer::on_header(std::string_view line) {
  header_bytes_ += line.size();
  if (header_bytes_ > kHeaderLimit) {
    too_large_ = true;
    return 0;
  }
  if (line.rfind("HTTP/", 0) == 0) {
    response_.headers.clear();  // an interim answer came before
    interim_ = line.substr(std::min(line.find(' '), line.size()), 2) == " 1";
    if (!interim_) answer_began_ = Clock::now();
  }
  if (trim(line).empty()) headers_ended_ = !interim_;
  if (!interim_) touch();                                               // an interim answer does not prolong the wait
  if (line.front() == ' ' || line.front() == '\t') return line.size();  // obsolete folding: RFC 9112, section 5.2
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return line.size();
  std::string name;
  append_lower(name, trim(line.substr(0, colon)));
  response_.headers.emplace_back(std::move(name), std::string(trim(line.substr(colon + 1))));
  return line.size();
}

void Transfer::on_progress(curl_off_t down, curl_off_t up) {
  if (down != down_ || up != up_) touch();
  down_ = down;
  up_ = up;
}

std::size_t Transfer::read_callback(char* buffer, std::size_t size, std::size_t count, void* self) noexcept {
  return static_cast<Transfer*>(self)->on_read({buffer, size * count});
}

std::size_t Transfer::write_callback(char* buffer, std::size_t size, std::size_t count, void* self) noexcept {
  return static_cast<Transfer*>(self)->on_write(buffer, size * count);
}

std::size_t Transfer::header_callback(char* buffer, std::size_t size, std::size_t count, void* self) noexcept {
  return static_cast<Transfer*>(self)->on_header({buffer, size * count});
}

int Transfer::progress_callback(void* self, curl_off_t, curl_off_t down, curl_off_t, curl_off_t up) noexcept {
  static_cast<Transfer*>(self)->on_progress(down, up);
  return 0;
}

}  // namespace berth::http
