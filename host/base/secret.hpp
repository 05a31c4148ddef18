// Secret: a password or token. Move-only; wiped when destroyed. Has no formatter, stream operator
// or comparison, so that logging it does not compile.
#pragma once

#include <string>
#include <string_view>

namespace berth::base {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value);
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret();

  [[nodiscard]] bool empty() const;
  // Returns the text, to send it.
  [[nodiscard]] std::string_view reveal() const;
  [[nodiscard]] Secret clone() const;

 private:
  std::string value_;
};

}  // namespace berth::base
