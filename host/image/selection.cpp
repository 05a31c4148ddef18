#include "image/selection.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <set>
#include <span>

#include "base/escape.hpp"
#include "base/near_miss.hpp"
#include "oci/reference.hpp"

namespace berth::image {
namespace {

using base::Error;
using base::ErrorClass;
using Positions = std::vector<std::size_t>;

constexpr std::size_t kMaxListedNames = 20;

// Returns the canonical form of a name that is a reference: with a host, and with latest if it has
// no tag. std::nullopt for a tag such as "1.2", which any repository may have.
std::optional<oci::Reference> as_reference(const std::string& name) {
  auto reference = oci::Reference::parse(name);
  if (!reference) return std::nullopt;
  if (!reference->tag() && !reference->digest()) return reference->with_tag("latest");
  return std::move(*reference);
}

bool is_same_reference(const std::string& name, const std::optional<oci::Reference>& selector) {
  if (name.find_first_of(":/@") == std::string::npos) return false;
  const auto reference = as_reference(name);
  return reference && selector && *reference == *selector;
}

bool has_tag(const std::string& name, const std::string& tag) {
  if (name.find_first_of(":/@") == std::string::npos) return false;
  const auto reference = as_reference(name);
  return reference && reference->tag() == tag;
}

class Selection {
 public:
  Selection(std::vector<Candidate>& candidates, const std::string& selector,
            const std::vector<oci::Platform>& platforms, const std::string& place,
            const DescribeCandidate& describe)
      : candidates_(candidates),
        selector_(selector),
        platforms_(platforms),
        place_(place),
        describe_(describe) {
    for (std::size_t i = 0; i < candidates.size(); ++i)
      for (const auto& name : candidates[i].names) owners_[name].insert(identity(i));
    collect_unambiguous_names();
  }

  base::Result<std::size_t> select() {
    if (candidates_.empty())
      return Error(ErrorClass::not_found, "source.empty", "no image in " + place_);
    Positions chosen = distinct(selector_.empty() ? all() : matches());
    if (chosen.empty()) return no_image();
    if (chosen.size() > 1) describe_all(chosen);
    if (chosen.size() > 1 && selector_.empty())
      prefer(chosen, [](const Candidate& candidate) { return candidate.is_image; });
    if (chosen.size() > 1 && !platforms_.empty())
      prefer(chosen, [this](const Candidate& candidate) { return has_platforms(candidate); });
    if (chosen.size() == 1) return chosen.front();
    return ambiguous(chosen);
  }

 private:
  [[nodiscard]] Positions all() const {
    Positions positions(candidates_.size());
    for (std::size_t i = 0; i < positions.size(); ++i) positions[i] = i;
    return positions;
  }

  [[nodiscard]] std::string identity(std::size_t i) const {
    return candidates_[i].identity.empty() ? fmt::format("@{}", i) : candidates_[i].identity;
  }

  // Returns the first entry of each image. It has the names of all its entries.
  [[nodiscard]] Positions distinct(const Positions& positions) const {
    std::set<std::string> seen;
    Positions result;
    for (const std::size_t i : positions)
      if (seen.insert(identity(i)).second) result.push_back(i);
    return result;
  }

  [[nodiscard]] Positions matches() const {
    if (const auto at = by_position()) return {*at};
    const std::string digest = selector_.front() == '@' ? selector_.substr(1) : selector_;
    if (auto found = where([&](const Candidate& candidate) {
          return !digest.empty() && candidate.identity == digest;
        });
        !found.empty())
      return found;
    if (auto found = named([&](const std::string& name) { return name == selector_; });
        !found.empty())
      return found;
    const auto reference = as_reference(selector_);
    if (auto found =
            named([&](const std::string& name) { return is_same_reference(name, reference); });
        !found.empty())
      return found;
    return named([&](const std::string& name) { return has_tag(name, selector_); });
  }

  [[nodiscard]] std::optional<std::size_t> by_position() const {
    std::size_t at = 0;
    if (selector_.size() < 2 || selector_.front() != '@') return std::nullopt;
    const char* last = selector_.data() + selector_.size();
    const auto [end, error] = std::from_chars(selector_.data() + 1, last, at);
    if (error != std::errc() || end != last || at >= candidates_.size()) return std::nullopt;
    return at;
  }

  template <typename Predicate>
  [[nodiscard]] Positions where(Predicate&& matches) const {
    Positions found;
    for (std::size_t i = 0; i < candidates_.size(); ++i)
      if (matches(candidates_[i])) found.push_back(i);
    return found;
  }

  template <typename Predicate>
  [[nodiscard]] Positions named(Predicate&& matches) const {
    return where(
        [&](const Candidate& candidate) { return std::ranges::any_of(candidate.names, matches); });
  }

  void describe_all(const Positions& positions) {
    for (const std::size_t i : positions) describe_(candidates_[i]);
  }

  // Reduces `positions` to those that satisfy `wanted`, if there are any.
  template <typename Predicate>
  void prefer(Positions& positions, Predicate&& wanted) const {
    Positions preferred;
    for (const std::size_t i : positions)
      if (wanted(candidates_[i])) preferred.push_back(i);
    if (!preferred.empty()) positions = std::move(preferred);
  }

  [[nodiscard]] bool has_platforms(const Candidate& candidate) const {
    const std::vector<std::optional<oci::Platform>> available(candidate.platforms.begin(),
                                                              candidate.platforms.end());
    return std::ranges::all_of(
        platforms_, [&](const auto& one) { return !oci::select_platform(available, one).empty(); });
  }

  void collect_unambiguous_names() {
    std::set<std::string_view> seen;
    for (std::size_t i = 0; i < candidates_.size(); ++i)
      for (const auto& name : candidates_[i].names)
        if (owners_.at(name).size() == 1 && seen.insert(name).second)
          unambiguous_[identity(i)].push_back(name);
  }

  // Returns the names, of all entries of the image, that no other image has.
  [[nodiscard]] const std::vector<std::string>& unambiguous_names(std::size_t position) const {
    static const std::vector<std::string> none;
    const auto names = unambiguous_.find(identity(position));
    return names != unambiguous_.end() ? names->second : none;
  }

  // Returns a label with how to select it and what it is: "docker.io/library/web:1", "@0
  // (linux/amd64)", "1.2 @0 (linux/amd64)".
  [[nodiscard]] std::string label(std::size_t position) const {
    const auto& candidate = candidates_[position];
    const auto& names = unambiguous_names(position);
    std::string text = fmt::format("@{}", position);
    if (!names.empty())
      text = base::escape(
          fmt::format(
              "{}",
              fmt::join(std::span(names).first(std::min(names.size(), kMaxListedNames)), ", ")),
          400);
    if (names.empty() && !candidate.names.empty())
      text.insert(0, base::escape(candidate.names.front(), 200) + " ");
    return candidate.description.empty()
               ? text
               : fmt::format("{} ({})", text, base::escape(candidate.description, 200));
  }

  [[nodiscard]] std::string listed(const Positions& positions) const {
    std::vector<std::string> labels;
    for (const std::size_t i : positions) {
      labels.push_back(labels.size() == kMaxListedNames ? "…" : label(i));
      if (labels.size() > kMaxListedNames) break;
    }
    return fmt::format("available: {}", fmt::join(labels, ", "));
  }

  [[nodiscard]] Error ambiguous(const Positions& chosen) const {
    auto message = selector_.empty() ? fmt::format("{} contains {} images", place_, chosen.size())
                                     : fmt::format("{} images in {} are named {}", chosen.size(),
                                                   place_, base::escape(selector_, 200));
    return Error(ErrorClass::usage, "source.ambiguous", std::move(message))
        .cause(listed(chosen))
        .fix(fix(chosen));
  }

  [[nodiscard]] std::string fix(const Positions& chosen) const {
    if (std::ranges::all_of(chosen,
                            [this](std::size_t i) { return !unambiguous_names(i).empty(); }))
      return "add :NAME to the source";
    const std::string by_position = fmt::format("add :@{} to the source", chosen.front());
    const auto& platforms = candidates_[chosen.front()].platforms;
    if (platforms.empty() || !platforms_.empty()) return by_position;
    return fmt::format("select one with --platform {}, or {}", platforms.front().str(),
                       by_position);
  }

  [[nodiscard]] Error no_image() const {
    Error error =
        Error(ErrorClass::not_found, "source.no-image",
              fmt::format("image {} not found in {}", base::escape(selector_, 200), place_))
            .cause(listed(distinct(all())));
    std::vector<std::string> names;
    for (const auto& own : unambiguous_)
      names.insert(names.end(), own.second.begin(), own.second.end());
    const auto near = base::near_miss(selector_, names);
    if (near) return std::move(error).fix("did you mean " + base::escape(*near, 200) + "?");
    const bool is_only = distinct(all()).size() == 1;
    return is_only ? std::move(error).fix("omit the name after the source to push the only image")
                   : std::move(error);
  }

  std::vector<Candidate>& candidates_;
  const std::string& selector_;
  const std::vector<oci::Platform>& platforms_;
  const std::string& place_;
  const DescribeCandidate& describe_;
  std::map<std::string, std::set<std::string>> owners_;  // the identities that have each name
  std::map<std::string, std::vector<std::string>>
      unambiguous_;  // by identity: names that only it has
};

}  // namespace

base::Result<std::size_t> select_image(std::vector<Candidate>& candidates,
                                       const std::string& selector,
                                       const std::vector<oci::Platform>& platforms,
                                       const std::string& place,
                                       const DescribeCandidate& describe) {
  return Selection(candidates, selector, platforms, place, describe).select();
}

base::Result<std::size_t> select_image(const std::vector<std::vector<std::string>>& names,
                                       const std::string& selector, const std::string& place) {
  std::vector<Candidate> candidates(names.size());
  for (std::size_t i = 0; i < names.size(); ++i) candidates[i].names = names[i];
  return select_image(candidates, selector, {}, place, [](Candidate&) {});
}

}  // namespace berth::image
