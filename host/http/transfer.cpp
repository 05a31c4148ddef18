#include "http/transfer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/escape.hpp"
#include "http/connection_info.hpp"
#include "http/curl_library.hpp"
#include "http/transport_error.hpp"

namespace berth::http {
namespace {

// libcurl's maximum. With 64 KiB an upload costs twice the CPU time.
constexpr long kUploadBuffer = 2L << 20;
constexpr std::uint64_t kSmallBody = std::uint64_t{256} << 10U;
constexpr std::size_t kHeaderLimit = std::size_t{256} << 10U;

void append_lower(std::string& to, std::string_view text) {
  for (const char c : text) to += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

}  // namespace

Transfer::Transfer(const TransferHandles& handles, const ClientOptions& options,
                   const base::Cancellation& cancellation, const Request& request, const Hop& hop)
    : multi_(handles.multi),
      easy_(handles.easy),
      options_(options),
      cancellation_(cancellation),
      request_(request),
      hop_(hop),
      detail_(CURL_ERROR_SIZE, '\0'),
      guard_(hop.addresses),
      stall_watch_(options.limits, request) {}

std::variant<Response, TransportFailure> Transfer::run() {
  curl().easy_reset(easy_);
  configure();
  if (curl().multi_add_handle(multi_, easy_) == CURLM_OK) drive();
  if (request_.facts != nullptr) see_connection(easy_, *request_.facts);
  auto result = outcome();
  curl_off_t uploaded = 0;
  curl().easy_getinfo(easy_, CURLINFO_SIZE_UPLOAD_T, &uploaded);
  whole_body_sent_ = body_sent_ && static_cast<std::uint64_t>(uploaded) >= body_offset_;
  curl().multi_remove_handle(multi_, easy_);
  return result;
}

void Transfer::configure() {
  set_route(easy_, hop_, options_, guard_);
  curl().easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
  curl().easy_setopt(easy_, CURLOPT_QUICK_EXIT,
                     1L);  // else cancellation waits for a resolver that does not respond
  curl().easy_setopt(easy_, CURLOPT_ERRORBUFFER, detail_.data());
  curl().easy_setopt(easy_, CURLOPT_NOPROGRESS, 0L);
  curl().easy_setopt(easy_, CURLOPT_XFERINFOFUNCTION, &Transfer::progress_callback);
  curl().easy_setopt(easy_, CURLOPT_XFERINFODATA, this);
  curl().easy_setopt(easy_, CURLOPT_WRITEFUNCTION, &Transfer::write_callback);
  curl().easy_setopt(easy_, CURLOPT_WRITEDATA, this);
  curl().easy_setopt(easy_, CURLOPT_HEADERFUNCTION, &Transfer::header_callback);
  curl().easy_setopt(easy_, CURLOPT_HEADERDATA, this);
  headers_ = request_headers(request_, hop_);
  configure_body();
  if (hop_.tls != nullptr) set_tls(easy_, *hop_.tls, options_.tls.verify, certificate_);
  curl().easy_setopt(easy_, CURLOPT_HTTPHEADER, headers_.get());
}

void Transfer::configure_body() {
  switch (request_.method) {
    case Method::get:
      return;
    case Method::head:
      curl().easy_setopt(easy_, CURLOPT_NOBODY, 1L);
      return;
    case Method::del:
      curl().easy_setopt(easy_, CURLOPT_CUSTOMREQUEST, "DELETE");
      return;
    default:
      break;
  }
  // Waiting for "100 Continue" costs a round trip; missing permissions already failed when the
  // session was opened.
  add_header(headers_, "Expect:");
  curl().easy_setopt(easy_, CURLOPT_READFUNCTION, &Transfer::read_callback);
  curl().easy_setopt(easy_, CURLOPT_READDATA, this);
  curl().easy_setopt(easy_, CURLOPT_SEEKFUNCTION, &Transfer::seek_callback);
  curl().easy_setopt(easy_, CURLOPT_SEEKDATA, this);
  curl().easy_setopt(easy_, CURLOPT_UPLOAD, 1L);
  curl().easy_setopt(easy_, CURLOPT_CUSTOMREQUEST, method_name(request_.method).data());
  body_size_ =
      request_.source != nullptr ? request_.source->size() : std::optional(request_.body.size());
  if (body_size_)
    curl().easy_setopt(easy_, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(*body_size_));
  if (!body_size_) add_header(headers_, "Transfer-Encoding: chunked");
  body_sent_ = body_size_ == 0U;
  // Many small blobs are uploaded in parallel: each connection keeps its buffer, so theirs stays
  // small.
  if (request_.source != nullptr && (!body_size_ || *body_size_ > kSmallBody))
    curl().easy_setopt(easy_, CURLOPT_UPLOAD_BUFFERSIZE, kUploadBuffer);
}

void Transfer::drive() {
  for (int running = 1; running != 0;) {
    if (curl().multi_perform(multi_, &running) != CURLM_OK) return;
    int left = 0;
    while (CURLMsg* message = curl().multi_info_read(multi_, &left))
      if (message->msg == CURLMSG_DONE && message->easy_handle == easy_)
        code_ = message->data.result;
    if (running == 0 || stop_early()) return;
    curl_waitfd cancelled{cancellation_.fd(), CURL_WAIT_POLLIN, 0};
    const auto wait =
        std::clamp<long>(stall_watch_.time_left(body_sent_).count() + 1, 1, cancelled_ ? 20 : 1000);
    curl().multi_poll(multi_, &cancelled, cancelled_ ? 0 : 1, static_cast<int>(wait), nullptr);
  }
}

bool Transfer::stop_early() {
  if (cancellation_.requested()) {
    const auto now = Clock::now();
    if (!cancelled_) cancelled_ = now;
    return now - *cancelled_ >= request_.cancel_grace;
  }
  const auto down = static_cast<std::int64_t>(down_) + static_cast<std::int64_t>(header_bytes_);
  return stall_watch_.is_stalled(
      multi_, {.up = static_cast<std::int64_t>(up_), .down = down, .body_sent = body_sent_});
}

std::variant<Response, TransportFailure> Transfer::outcome() {
  if (body_error_) return TransportFailure{std::move(*body_error_), 1};
  if (too_large_) return too_large();
  // libcurl 7.88 accepts truncated headers as a response.
  if (code_ == CURLE_OK && !headers_ended_) code_ = CURLE_PARTIAL_FILE;
  // Once the whole response was received, it does not matter that the server closed before it had
  // read all of the body.
  if (code_ == CURLE_OK) {
    long status = 0;
    curl().easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
    response_.status = static_cast<int>(status);
    if (status == 407 && hop_.proxy && !hop_.origin.tls())
      return lost();  // the proxy's own response
    response_.url = hop_.url;
    response_.address = peer_kind();
    return std::move(response_);
  }
  if (cancellation_.requested()) return TransportFailure{cancellation_.error(), 1};
  if (auto stalled = stall_watch_.failure(hop_.origin.host(), body_sent_))
    return std::move(*stalled);
  if (guard_.refused()) return TransportFailure{wrong_address(hop_.origin, *guard_.refused()), 1};
  return lost();
}

AddressKind Transfer::peer_kind() const {
  if (!options_.unix_socket.empty()) return AddressKind::loopback;
  if (hop_.proxy) return classify_literal(hop_.origin.host()).value_or(AddressKind::global);
  const char* text = nullptr;
  curl().easy_getinfo(easy_, CURLINFO_PRIMARY_IP, &text);
  const auto address = Address::parse(text != nullptr ? text : "");
  return address ? address->kind() : AddressKind::global;
}

TransportFailure Transfer::lost() {
  TransportFacts facts;
  facts.code = code_.value_or(CURLE_FAILED_INIT);
  facts.detail = detail_.substr(0, detail_.find('\0'));
  facts.elapsed =
      std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - stall_watch_.started());
  facts.certificate = certificate_.seen();
  if (!options_.tls.verify) facts.certificate.error = 0;
  facts.client_certificate_asked =
      certificate_.client_certificate_asked() && !stall_watch_.has_response();
  facts.tls = hop_.tls;
  facts.proxy = hop_.proxy ? &*hop_.proxy : nullptr;
  curl().easy_getinfo(easy_, CURLINFO_OS_ERRNO, &facts.os_errno);
  if (options_.tls.verify)
    curl().easy_getinfo(easy_, CURLINFO_SSL_VERIFYRESULT, &facts.certificate_check);
  if (facts.certificate.error != 0) facts.certificate_check = facts.certificate.error;
  curl_off_t connected = 0;
  curl().easy_getinfo(easy_, CURLINFO_CONNECT_TIME_T, &connected);
  facts.connected = connected > 0;
  curl().easy_getinfo(easy_, CURLINFO_PROXY_ERROR, &facts.proxy_error);
  curl().easy_getinfo(easy_, CURLINFO_PROXYAUTH_AVAIL, &facts.proxy_auth);
  curl().easy_getinfo(easy_, CURLINFO_HTTP_CONNECTCODE, &facts.proxy_status);
  if (response_.status == 407) facts.proxy_status = 407;
  return describe_failure(facts, hop_.origin, options_);
}

TransportFailure Transfer::too_large() const {
  const bool headers = header_bytes_ > kHeaderLimit;
  return {base::Error(base::ErrorClass::server, "http.too-large",
                      hop_.origin.host() + " sent too large a response")
              .cause(fmt::format("more than {} bytes{} in the response to {}",
                                 headers ? kHeaderLimit : request_.body_limit,
                                 headers ? " of headers" : "", method_name(request_.method))),
          1};
}

std::size_t Transfer::on_read(std::span<char> buffer) {
  // libcurl would send bytes beyond the declared size, and the server would parse them as the next
  // request.
  if (body_size_)
    buffer = buffer.first(std::min<std::uint64_t>(buffer.size(), *body_size_ - body_offset_));
  const auto begin = Clock::now();
  auto count = read_source(buffer);
  stall_watch_.exclude_since(begin);
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
    return base::Error(base::ErrorClass::integrity, "http.short-body",
                       "the request body is shorter than announced")
        .cause(fmt::format("it ended after {} of {} bytes", body_offset_, *body_size_));
  return count;
}

std::size_t Transfer::on_write(const char* bytes, std::size_t size) {
  long status = 0;
  curl().easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
  if (request_.sink != nullptr && status >= 200 && status <= 299) {
    const auto begin = Clock::now();
    auto written = request_.sink->write(std::as_bytes(std::span(bytes, size)));
    stall_watch_.exclude_since(begin);
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
    response_.headers.clear();  // these were the headers of an interim response
    interim_ = line.substr(std::min(line.find(' '), line.size()), 2) == " 1";
    if (!interim_) stall_watch_.begin_response();
    if (request_.facts != nullptr) record_handshake(easy_, *request_.facts);
  }
  if (trim(line).empty()) headers_ended_ = !interim_;
  if (!interim_) stall_watch_.touch();  // interim responses do not extend the timeout
  if (line.front() == ' ' || line.front() == '\t')
    return line.size();  // obsolete folding: RFC 9112, section 5.2
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return line.size();
  std::string name;
  append_lower(name, trim(line.substr(0, colon)));
  response_.headers.emplace_back(std::move(name), std::string(trim(line.substr(colon + 1))));
  return line.size();
}

void Transfer::on_progress(curl_off_t down, curl_off_t up) {
  if (down != down_ || up != up_) stall_watch_.touch();
  down_ = down;
  up_ = up;
}

// libcurl rewinds to resend a request if a reused connection turns out to be closed. That is right
// for requests that may be retried. The server may have stored part of an upload, so there the
// caller decides.
int Transfer::on_seek(curl_off_t offset) {
  const bool repeatable = request_.source == nullptr && request_.retry == Retry::safe;
  if (offset != 0 || (body_offset_ != 0 && !repeatable)) return CURL_SEEKFUNC_FAIL;
  body_offset_ = 0;
  body_sent_ = body_size_ == 0U;
  return CURL_SEEKFUNC_OK;
}

std::size_t Transfer::read_callback(char* buffer, std::size_t size, std::size_t count,
                                    void* self) noexcept {
  return static_cast<Transfer*>(self)->on_read({buffer, size * count});
}

std::size_t Transfer::write_callback(char* buffer, std::size_t size, std::size_t count,
                                     void* self) noexcept {
  return static_cast<Transfer*>(self)->on_write(buffer, size * count);
}

std::size_t Transfer::header_callback(char* buffer, std::size_t size, std::size_t count,
                                      void* self) noexcept {
  return static_cast<Transfer*>(self)->on_header({buffer, size * count});
}

int Transfer::progress_callback(void* self, curl_off_t, curl_off_t down, curl_off_t,
                                curl_off_t up) noexcept {
  static_cast<Transfer*>(self)->on_progress(down, up);
  return 0;
}

int Transfer::seek_callback(void* self, curl_off_t offset, int) noexcept {
  return static_cast<Transfer*>(self)->on_seek(offset);
}

}  // namespace berth::http
