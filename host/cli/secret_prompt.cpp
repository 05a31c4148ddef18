#include "cli/secret_prompt.hpp"

#include <termios.h>

#include <string>

#include "cli/read_line.hpp"

namespace berth::cli {
namespace {

using base::Error;
using base::ErrorClass;

// No echo while it lives.
class Hidden {
 public:
  Hidden() : known_(::tcgetattr(0, &before_) == 0) {
    termios hidden = before_;
    hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    if (known_) ::tcsetattr(0, TCSAFLUSH, &hidden);
  }
  Hidden(const Hidden&) = delete;
  Hidden& operator=(const Hidden&) = delete;
  ~Hidden() {
    if (known_) ::tcsetattr(0, TCSAFLUSH, &before_);
  }

 private:
  termios before_{};
  bool known_;
};

}  // namespace

base::Result<base::Secret> prompt_secret(Context& context, const std::string& prompt) {
  if (!context.interactive)
    return Error(ErrorClass::usage, "usage.password", "cannot ask for a password: not a terminal")
        .fix("pass --username U --password-stdin");
  auto typed = [&] {
    // Before the prompt: who types at once is not shown either.
    const Hidden hidden;
    context.terminal.line(prompt);
    return read_line(context);
  }();
  if (!typed) return std::move(typed).error();
  if (typed->empty()) return Error(ErrorClass::usage, "usage.password", "no password entered");
  return base::Secret(std::move(*typed));
}

}  // namespace berth::cli
