// DialGuard: restricts a transfer to the addresses that its rule allows. It opens no other
// connection, and does not reuse one that an earlier request opened under another rule. One per
// transfer; must outlive it.
#pragma once

#include <optional>

#include "http/address.hpp"
#include "http/curl_handles.hpp"

namespace berth::http {

class DialGuard {
 public:
  explicit DialGuard(AddressPolicy rule) : rule_(rule) {}
  DialGuard(const DialGuard&) = delete;
  DialGuard& operator=(const DialGuard&) = delete;

  // Not for transfers through a proxy: the address checked would be the proxy's.
  void attach(CURL* easy);
  // Returns the kind of the last address that was not allowed; std::nullopt if all were.
  [[nodiscard]] const std::optional<AddressKind>& refused() const { return refused_; }

 private:
  bool refuses(const std::optional<Address>& address);
  static curl_socket_t open_callback(void* self, curlsocktype purpose,
                                     curl_sockaddr* address) noexcept;
  static int request_callback(void* self, char* remote, char* local, int remote_port,
                              int local_port) noexcept;

  AddressPolicy rule_;
  std::optional<AddressKind> refused_;
};

}  // namespace berth::http
