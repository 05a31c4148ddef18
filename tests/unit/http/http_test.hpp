// What the tests of host/http share: a client that waits milliseconds where a person's would wait seconds.
#pragma once

#include <cstring>
#include <string>

#include "http/client.hpp"
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
  return options;
}

// A client with what it borrows.
struct TestClient {
  explicit TestClient(http::ClientOptions options = quick_options()) : client(std::move(options), cancellation, log) {}
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

class TextSource : public http::BodySource {
 public:
  explicit TextSource(std::string text, bool known = true, bool rewindable = true)
      : text_(std::move(text)), known_(known), rewindable_(rewindable) {}
  [[nodiscard]] std::optional<std::uint64_t> size() const override {
    return known_ ? std::optional<std::uint64_t>(text_.size()) : std::nullopt;
  }
  base::Result<std::size_t> read(std::span<std::byte> buffer) override {
    const auto count = std::min(buffer.size(), text_.size() - position_);
    std::memcpy(buffer.data(), text_.data() + position_, count);
    position_ += count;
    return count;
  }
  bool rewind() override {
    ++rewinds;
    position_ = 0;
    return rewindable_;
  }
  int rewinds = 0;

 protected:
  std::string text_;

 private:
  bool known_;
  bool rewindable_;
  std::size_t position_ = 0;
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
