#include "cloud/machine.hpp"

#include "cloud/text.hpp"

namespace berth::cloud {

std::string Response::header(std::string_view name) const {
  const std::string wanted = lower(name);
  for (const auto& [key, value] : headers)
    if (lower(key) == wanted) return value;
  return {};
}

}  // namespace berth::cloud
