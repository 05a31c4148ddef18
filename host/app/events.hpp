// Events: what a use case reports while it runs. Texts may be untrusted; the implementation escapes
// them.
#pragma once

#include <string_view>

namespace berth::app {

// Called from one thread at a time.
class Events {
 public:
  Events() = default;
  Events(const Events&) = delete;
  Events& operator=(const Events&) = delete;
  virtual ~Events() = default;

  // Something that a user may want to know.
  virtual void info(std::string_view text) = 0;
  // Something that a user should know, as reduced security. May be reported several times with the
  // same text.
  virtual void warning(std::string_view text) = 0;
};

}  // namespace berth::app
