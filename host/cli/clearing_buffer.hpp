// ClearingBuffer: standard output as the commands see it. Removes the terminal's transient line
// before bytes are passed on, because both streams may be the same terminal. `terminal` and `out`
// must outlive it.
#pragma once

#include <streambuf>

#include "cli/terminal.hpp"

namespace berth::cli {

class ClearingBuffer final : public std::streambuf {
 public:
  // `out` may be nullptr: a stream that cannot be written.
  ClearingBuffer(Terminal& terminal, std::streambuf* out) : terminal_(terminal), out_(out) {}

 protected:
  int_type overflow(int_type character) override {
    const std::lock_guard lock(terminal_.mutex_);
    terminal_.clear_transient_locked();
    if (out_ == nullptr || traits_type::eq_int_type(character, traits_type::eof()))
      return traits_type::eof();
    return out_->sputc(traits_type::to_char_type(character));
  }
  std::streamsize xsputn(const char* text, std::streamsize size) override {
    const std::lock_guard lock(terminal_.mutex_);
    terminal_.clear_transient_locked();
    return out_ != nullptr ? out_->sputn(text, size) : 0;
  }
  int sync() override { return out_ != nullptr ? out_->pubsync() : -1; }

 private:
  Terminal& terminal_;
  std::streambuf* out_;
};

}  // namespace berth::cli
