// Transfer: one request and its response over one connection, without redirects and retries.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>

#include "base/cancellation.hpp"
#include "http/certificate_observer.hpp"
#include "http/curl_handles.hpp"
#include "http/dial_guard.hpp"
#include "http/stall_watch.hpp"
#include "http/transfer_setup.hpp"
#include "http/transport_facts.hpp"

namespace berth::http {

// libcurl's handles, of which a client has one pair.
struct TransferHandles {
  CURLM* multi;
  CURL* easy;
};

class Transfer {
 public:
  // All references and pointers must outlive the transfer.
  Transfer(const TransferHandles& handles, const ClientOptions& options,
           const base::Cancellation& cancellation, const Request& request, const Hop& hop);
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  std::variant<Response, TransportFailure> run();
  // Returns whether the whole body was sent on the connection; true for requests without one. Valid
  // after run().
  [[nodiscard]] bool whole_body_sent() const { return whole_body_sent_; }

 private:
  using Clock = std::chrono::steady_clock;

  void configure();
  void configure_body();
  void drive();
  bool stop_early();
  std::variant<Response, TransportFailure> outcome();
  [[nodiscard]] AddressKind peer_kind() const;
  TransportFailure lost();
  TransportFailure too_large() const;

  std::size_t on_read(std::span<char> buffer);
  base::Result<std::size_t> read_source(std::span<char> buffer);
  std::size_t on_write(const char* bytes, std::size_t size);
  std::size_t on_header(std::string_view line);
  void on_progress(curl_off_t down, curl_off_t up);
  int on_seek(curl_off_t offset);

  static std::size_t read_callback(char* buffer, std::size_t size, std::size_t count,
                                   void* self) noexcept;
  static std::size_t write_callback(char* buffer, std::size_t size, std::size_t count,
                                    void* self) noexcept;
  static std::size_t header_callback(char* buffer, std::size_t size, std::size_t count,
                                     void* self) noexcept;
  static int progress_callback(void* self, curl_off_t, curl_off_t down, curl_off_t,
                               curl_off_t up) noexcept;
  static int seek_callback(void* self, curl_off_t offset, int origin) noexcept;

  CURLM* multi_;
  CURL* easy_;
  const ClientOptions& options_;
  const base::Cancellation& cancellation_;
  const Request& request_;
  const Hop& hop_;

  CurlList headers_;
  std::string detail_;
  Response response_;
  std::size_t header_bytes_ = 0;
  std::optional<std::uint64_t> body_size_;
  std::uint64_t body_offset_ = 0;  // bytes passed to libcurl
  bool body_sent_ = true;          // the source was read to its end; true without a source
  bool whole_body_sent_ = false;   // and sent on the connection
  bool headers_ended_ = false;
  bool interim_ = false;  // the current headers belong to a 1xx response
  std::optional<Clock::time_point> cancelled_;
  CertificateObserver certificate_;
  DialGuard guard_;
  curl_off_t down_ = 0;
  curl_off_t up_ = 0;
  bool too_large_ = false;
  StallWatch stall_watch_;
  std::optional<base::Error> body_error_;  // of the source or the sink
  std::optional<CURLcode> code_;           // std::nullopt: libcurl has not finished
};

}  // namespace berth::http
