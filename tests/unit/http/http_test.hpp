// Shared by the tests of host/http: a client whose waits take milliseconds instead of seconds.
#pragma once

#include <string>

#include "http/client.hpp"
#include "http/memory_source.hpp"
#include "support/scripted_server.hpp"

namespace berth::test {

inline http::ClientOptions quick_options() {
  using std::chrono::milliseconds;
  http::ClientOptions options;
  options.limits.connect = milliseconds(5000);
  options.limits.idle = milliseconds(5000);
  options.limits.attempts = 3;
  options.limits.first_delay = milliseconds(2);
  options.limits.longest_delay = milliseconds(1500);
  options.limits.max_retry_after = milliseconds(1500);
  return options;
}

// A client with its dependencies.
struct TestClient {
  explicit TestClient(const http::ClientOptions& options = quick_options())
      : client(options, cancellation, log) {}
  base::Cancellation cancellation;
  base::SilentLog log;
  http::Client client;
};

inline http::Request request_of(http::Method method, std::string url) {
  http::Request request;
  request.method = method;
  request.url = std::move(url);
  return request;
}

// A source without a known size, or one that cannot rewind.
class MemorySource : public http::MemorySource {
 public:
  explicit MemorySource(std::string text, bool known = true, bool rewindable = true)
      : http::MemorySource(std::move(text)), known_(known), rewindable_(rewindable) {}
  [[nodiscard]] std::optional<std::uint64_t> size() const override {
    return known_ ? http::MemorySource::size() : std::nullopt;
  }
  bool rewind() override {
    ++rewinds;
    return http::MemorySource::rewind() && rewindable_;
  }
  int rewinds = 0;

 private:
  bool known_;
  bool rewindable_;
};

class TextSink : public http::BodySink {
 public:
  base::Result<void> write(std::span<const std::byte> bytes) override {
    text.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return {};
  }
  void restart() override { text.clear(); }
  std::string text;
};

}  // namespace berth::test
