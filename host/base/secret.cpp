#include "base/secret.hpp"

#include <utility>

#include "platform/private_memory.hpp"

namespace berth::base {
namespace {

void wipe(std::string& value) {
  value.resize(value.capacity());
  platform::clear_memory(value.data(), value.size());
  value.clear();
}

}  // namespace

Secret::Secret(std::string value) : value_(std::move(value)) {}

// A short string is stored in the object and copied by a move, so the moved-from object is wiped.
Secret::Secret(Secret&& other) noexcept : value_(std::move(other.value_)) { wipe(other.value_); }

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this == &other) return *this;
  wipe(value_);
  value_ = std::move(other.value_);
  wipe(other.value_);
  return *this;
}

Secret::~Secret() { wipe(value_); }

bool Secret::empty() const { return value_.empty(); }
std::string_view Secret::reveal() const { return value_; }
Secret Secret::clone() const { return Secret(value_); }

}  // namespace berth::base
