// DialGuard: keeps a transfer to the addresses that its rule allows: none other is dialled, and no request goes over a
// connection that was opened to one before, under another rule. One transfer's; outlives it.
#pragma once

#include <optional>

#include "http/address.hpp"
#include "http/curl_handles.hpp"

namespace berth::http {

class DialGuard {
 public:
  explicit DialGuard(AddressRule rule) : rule_(rule) {}
  DialGuard(const DialGuard&) = delete;
  DialGuard& operator=(const DialGuard&) = delete;

  // Not for a transfer through a proxy: that is what would be dialled.
  void attach(CURL* easy);
  // The last address that was not dialled; nothing: all were.
  [[nodiscard]] const std::optional<AddressKind>& refused() const { return refused_; }

 private:
  bool refuses(const std::optional<Address>& address);
  static curl_socket_t open_callback(void* self, curlsocktype purpose, curl_sockaddr* address) noexcept;
  static int request_callback(void* self, char* remote, char* local, int remote_port, int local_port) noexcept;

  AddressRule rule_;
  std::optional<AddressKind> refused_;
};

}  // namespace berth::http
