#include "http/transfer_setup.hpp"

#include "http/curl_library.hpp"

namespace berth::http {

// Disables libcurl's own proxy variables: an empty proxy and an explicit NOPROXY.
void set_route(CURL* easy, const Hop& hop, const ClientOptions& options, DialGuard& guard) {
  curl().easy_setopt(easy, CURLOPT_URL, hop.url.c_str());
  curl().easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);  // send exactly what was checked
  curl().easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl().easy_setopt(easy, CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1});
  curl().easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl().easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  curl().easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                     static_cast<long>(options.limits.connect.count()));
  curl().easy_setopt(easy, CURLOPT_NOPROXY, hop.proxy ? "" : "*");
  curl().easy_setopt(easy, CURLOPT_PROXY, hop.proxy ? hop.proxy->url.c_str() : "");
  if (!options.unix_socket.empty()) {
    curl().easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, options.unix_socket.c_str());
    return;
  }
  if (!hop.proxy) {
    guard.attach(easy);
    return;
  }
  curl().easy_setopt(easy, CURLOPT_PROXYAUTH, CURLAUTH_BASIC);
  curl().easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl().easy_setopt(easy, CURLOPT_HEADEROPT,
                     long{CURLHEADER_SEPARATE});  // the registry's headers are not for the proxy
  if (hop.proxy->username.empty()) return;
  curl().easy_setopt(easy, CURLOPT_PROXYUSERNAME, hop.proxy->username.c_str());
  curl().easy_setopt(easy, CURLOPT_PROXYPASSWORD,
                     std::string(hop.proxy->password.reveal()).c_str());
}

// An https proxy is verified with the same CAs and does not receive the client certificate.
void set_tls(CURL* easy, const HostTls& tls, bool verify, CertificateObserver& certificate) {
  certificate.attach(easy, tls);
  curl().easy_setopt(easy, CURLOPT_SSLVERSION, long{CURL_SSLVERSION_TLSv1_2});
  curl().easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, verify ? 1L : 0L);
  curl().easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, verify ? 2L : 0L);
  // `certificate` sets the store with all trusted certificates.
  curl().easy_setopt(easy, CURLOPT_CAINFO, nullptr);
  curl().easy_setopt(easy, CURLOPT_CAPATH, nullptr);
  curl().easy_setopt(easy, CURLOPT_PROXY_CAINFO, nullptr);
  curl().easy_setopt(easy, CURLOPT_PROXY_CAPATH, nullptr);
  curl().easy_setopt(easy, CURLOPT_PROXY_SSLVERSION, long{CURL_SSLVERSION_TLSv1_2});
  if (!tls.client_certificate.empty())
    curl().easy_setopt(easy, CURLOPT_SSLCERT, tls.client_certificate.c_str());
  if (!tls.client_key.empty()) curl().easy_setopt(easy, CURLOPT_SSLKEY, tls.client_key.c_str());
  curl().easy_setopt(easy, CURLOPT_KEYPASSWD, "");  // else OpenSSL prompts for it on the terminal
}

CurlList request_headers(const Request& request, const Hop& hop) {
  CurlList headers;
  add_header(headers, "User-Agent: berth");
  for (const auto& [name, value] : request.headers)
    add_header(headers, value.empty() ? name + ";" : name + ": " + value);
  if (hop.authorization != nullptr)
    add_header(headers, "Authorization: " + std::string(hop.authorization->reveal()));
  return headers;
}

void add_header(CurlList& headers, const std::string& line) {
  curl_slist* longer = curl().slist_append(headers.get(), line.c_str());
  if (longer == nullptr) throw std::bad_alloc();
  static_cast<void>(headers.release());
  headers.reset(longer);
}

}  // namespace berth::http
