#include "image/selection.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>
#include <optional>

#include "base/escape.hpp"
#include "base/near_miss.hpp"

namespace berth::image {
namespace {

using base::Error;
using base::ErrorClass;

constexpr std::size_t kMostListed = 20;

std::vector<std::string> flatten(const std::vector<std::vector<std::string>>& names) {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i].empty()) all.push_back(fmt::format("@{}", i));
    all.insert(all.end(), names[i].begin(), names[i].end());
  }
  return all;
}

std::string listed(const std::vector<std::string>& names) {
  std::vector<std::string> shown;
  for (const auto& name : names) {
    if (shown.size() == kMostListed) {
      shown.emplace_back("…");
      break;
    }
    shown.push_back(base::escape(name, 200));
  }
  return fmt::format("{}", fmt::join(shown, ", "));
}

std::optional<std::size_t> position(const std::string& selector) {
  std::size_t at = 0;
  if (selector.size() < 2 || selector[0] != '@') return std::nullopt;
  const char* last = selector.data() + selector.size();
  const auto [end, error] = std::from_chars(selector.data() + 1, last, at);
  if (error != std::errc() || end != last) return std::nullopt;
  return at;
}

}  // namespace

base::Result<std::size_t> select_image(const std::vector<std::vector<std::string>>& names, const std::string& selector,
                                       const std::string& place) {
  if (names.empty()) return Error(ErrorClass::not_found, "source.empty", place + " holds no image");
  const auto all = flatten(names);
  if (selector.empty()) {
    if (names.size() == 1) return std::size_t{0};
    return Error(ErrorClass::usage, "source.ambiguous", fmt::format("{} holds {} images", place, names.size()))
        .cause("it has: " + listed(all))
        .fix("add :NAME to the source");
  }
  if (const auto at = position(selector); at && *at < names.size()) return *at;
  for (std::size_t i = 0; i < names.size(); ++i)
    for (const auto& name : names[i])
      if (name == selector) return i;
  Error error = Error(ErrorClass::not_found, "source.no-image",
                      fmt::format("{} has no image {}", place, base::escape(selector, 200)))
                    .cause("it has: " + listed(all));
  const auto near = base::near_miss(selector, all);
  if (!near) return error;
  return std::move(error).fix("did you mean " + base::escape(*near, 200) + "?");
}

}  // namespace berth::image
