#include <cstdint>

#include "http/transfer.hpp"

namespace berth::http {
namespace {

// libcurl's maximum. With 64 KiB an upload costs twice the CPU time.
constexpr long kUploadBuffer = 2L << 20;
constexpr std::uint64_t kSmallBody = std::uint64_t{256} << 10U;

}  // namespace

void Transfer::configure() {
  curl().easy_setopt(easy_, CURLOPT_URL, hop_.url.c_str());
  curl().easy_setopt(easy_, CURLOPT_PATH_AS_IS, 1L);  // send exactly what was checked
  curl().easy_setopt(easy_, CURLOPT_PROTOCOLS_STR, "http,https");
  curl().easy_setopt(easy_, CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1});
  curl().easy_setopt(easy_, CURLOPT_FOLLOWLOCATION, 0L);
  curl().easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
  curl().easy_setopt(easy_, CURLOPT_QUICK_EXIT, 1L);  // else cancellation waits for a resolver that does not respond
  curl().easy_setopt(easy_, CURLOPT_TCP_KEEPALIVE, 1L);
  curl().easy_setopt(easy_, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options_.limits.connect.count()));
  curl().easy_setopt(easy_, CURLOPT_ERRORBUFFER, detail_.data());
  curl().easy_setopt(easy_, CURLOPT_NOPROGRESS, 0L);
  curl().easy_setopt(easy_, CURLOPT_XFERINFOFUNCTION, &Transfer::progress_callback);
  curl().easy_setopt(easy_, CURLOPT_XFERINFODATA, this);
  curl().easy_setopt(easy_, CURLOPT_WRITEFUNCTION, &Transfer::write_callback);
  curl().easy_setopt(easy_, CURLOPT_WRITEDATA, this);
  curl().easy_setopt(easy_, CURLOPT_HEADERFUNCTION, &Transfer::header_callback);
  curl().easy_setopt(easy_, CURLOPT_HEADERDATA, this);
  configure_route();
  configure_headers();
  configure_body();
  if (hop_.tls != nullptr) configure_tls();
  curl().easy_setopt(easy_, CURLOPT_HTTPHEADER, headers_.get());
}

// Disables libcurl's own proxy variables: an empty proxy and an explicit NOPROXY.
void Transfer::configure_route() {
  curl().easy_setopt(easy_, CURLOPT_NOPROXY, hop_.proxy ? "" : "*");
  curl().easy_setopt(easy_, CURLOPT_PROXY, hop_.proxy ? hop_.proxy->url.c_str() : "");
  if (!options_.unix_socket.empty()) {
    curl().easy_setopt(easy_, CURLOPT_UNIX_SOCKET_PATH, options_.unix_socket.c_str());
    return;
  }
  if (!hop_.proxy) {
    guard_.attach(easy_);
    return;
  }
  curl().easy_setopt(easy_, CURLOPT_PROXYAUTH, CURLAUTH_BASIC);
  curl().easy_setopt(easy_, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl().easy_setopt(easy_, CURLOPT_HEADEROPT,
                     long{CURLHEADER_SEPARATE});  // the registry's headers are not for the proxy
  if (hop_.proxy->username.empty()) return;
  curl().easy_setopt(easy_, CURLOPT_PROXYUSERNAME, hop_.proxy->username.c_str());
  curl().easy_setopt(easy_, CURLOPT_PROXYPASSWORD, std::string(hop_.proxy->password.reveal()).c_str());
}

void Transfer::configure_headers() {
  add_header("User-Agent: berth");
  for (const auto& [name, value] : request_.headers) add_header(value.empty() ? name + ";" : name + ": " + value);
  if (hop_.authorization != nullptr) add_header("Authorization: " + std::string(hop_.authorization->reveal()));
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
  // Waiting for "100 Continue" costs a round trip; missing permissions already failed when the session was opened.
  add_header("Expect:");
  curl().easy_setopt(easy_, CURLOPT_READFUNCTION, &Transfer::read_callback);
  curl().easy_setopt(easy_, CURLOPT_READDATA, this);
  curl().easy_setopt(easy_, CURLOPT_SEEKFUNCTION, &Transfer::seek_callback);
  curl().easy_setopt(easy_, CURLOPT_SEEKDATA, this);
  curl().easy_setopt(easy_, CURLOPT_UPLOAD, 1L);
  curl().easy_setopt(easy_, CURLOPT_CUSTOMREQUEST, method_name(request_.method).data());
  body_size_ = request_.source != nullptr ? request_.source->size() : std::optional(request_.body.size());
  if (body_size_) curl().easy_setopt(easy_, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(*body_size_));
  if (!body_size_) add_header("Transfer-Encoding: chunked");
  body_sent_ = body_size_ == 0U;
  // Many small blobs are uploaded in parallel: each connection keeps its buffer, so theirs stays small.
  if (request_.source != nullptr && (!body_size_ || *body_size_ > kSmallBody))
    curl().easy_setopt(easy_, CURLOPT_UPLOAD_BUFFERSIZE, kUploadBuffer);
}

// An https proxy is verified with the same CAs and does not receive the client certificate.
void Transfer::configure_tls() {
  certificate_.attach(easy_, *hop_.tls);
  const bool verify = options_.tls.verify;
  curl().easy_setopt(easy_, CURLOPT_SSLVERSION, long{CURL_SSLVERSION_TLSv1_2});
  curl().easy_setopt(easy_, CURLOPT_SSL_VERIFYPEER, verify ? 1L : 0L);
  curl().easy_setopt(easy_, CURLOPT_SSL_VERIFYHOST, verify ? 2L : 0L);
  // certificate_ sets the store with all trusted certificates.
  curl().easy_setopt(easy_, CURLOPT_CAINFO, nullptr);
  curl().easy_setopt(easy_, CURLOPT_CAPATH, nullptr);
  curl().easy_setopt(easy_, CURLOPT_PROXY_CAINFO, nullptr);
  curl().easy_setopt(easy_, CURLOPT_PROXY_CAPATH, nullptr);
  curl().easy_setopt(easy_, CURLOPT_PROXY_SSLVERSION, long{CURL_SSLVERSION_TLSv1_2});
  const auto& host = *hop_.tls;
  if (!host.client_certificate.empty()) curl().easy_setopt(easy_, CURLOPT_SSLCERT, host.client_certificate.c_str());
  if (!host.client_key.empty()) curl().easy_setopt(easy_, CURLOPT_SSLKEY, host.client_key.c_str());
  curl().easy_setopt(easy_, CURLOPT_KEYPASSWD, "");  // else OpenSSL prompts for it on the terminal
}

void Transfer::add_header(const std::string& line) {
  curl_slist* longer = curl().slist_append(headers_.get(), line.c_str());
  if (longer == nullptr) throw std::bad_alloc();
  static_cast<void>(headers_.release());
  headers_.reset(longer);
}

}  // namespace berth::http
