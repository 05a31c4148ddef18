// Secret: a password or token. Move-only, wiped when destroyed. Has no formatter, no stream operator and no
// comparison: logging one does not compile.
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
  // The text itself, for the one place that sends it.
  [[nodiscard]] std::string_view reveal() const;
  [[nodiscard]] Secret clone() const;

 private:
  std::string value_;
};

}  // namespace berth::base
