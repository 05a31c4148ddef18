#include "http/dial_guard.hpp"

#include "platform/socket.hpp"

namespace berth::http {

void DialGuard::attach(CURL* easy) {
  if (rule_ == AddressPolicy::everything()) return;
  curl().easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, &DialGuard::open_callback);
  curl().easy_setopt(easy, CURLOPT_OPENSOCKETDATA, this);
  curl().easy_setopt(easy, CURLOPT_PREREQFUNCTION, &DialGuard::request_callback);
  curl().easy_setopt(easy, CURLOPT_PREREQDATA, this);
}

bool DialGuard::refuses(const std::optional<Address>& address) {
  const auto kind = address ? address->kind() : AddressKind::reserved;
  if (rule_.allows(kind)) return false;
  refused_ = kind;
  return true;
}

curl_socket_t DialGuard::open_callback(void* self, curlsocktype, curl_sockaddr* address) noexcept {
  if (static_cast<DialGuard*>(self)->refuses(Address::of(address->addr))) return CURL_SOCKET_BAD;
  return platform::create_socket(address->family, address->socktype, address->protocol).release();
}

// Called once the connection is open, new or reused, and before the request is sent.
int DialGuard::request_callback(void* self, char* remote, char*, int, int) noexcept {
  return static_cast<DialGuard*>(self)->refuses(Address::parse(remote)) ? CURL_PREREQFUNC_ABORT
                                                                        : CURL_PREREQFUNC_OK;
}

}  // namespace berth::http
