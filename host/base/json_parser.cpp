#include "base/json_parser.hpp"

#include <nlohmann/json.hpp>
#include <unordered_set>

#include "base/escape.hpp"

namespace berth::base {
namespace {

// The SAX parser calls it. It has a stack of its own, so depth needs no recursion, and checks the
// limits before anything grows.
class Builder {
 public:
  Builder(const JsonLimits& limits, bool duplicates_allowed)
      : limits_(limits), duplicates_allowed_(duplicates_allowed) {}

  bool null() { return add(Json()); }
  bool boolean(bool value) { return add(Json(value)); }
  bool number_integer(std::int64_t value) { return add(Json(value)); }
  bool number_unsigned(std::uint64_t value) { return add(Json(value)); }
  bool number_float(double value, const std::string&) { return add(Json(value)); }
  bool string(std::string& value) { return add(Json(std::move(value))); }
  bool binary(std::vector<std::uint8_t>&) { return fail("binary value"); }

  bool start_object(std::size_t) { return open(Json::object()); }
  bool start_array(std::size_t) { return open(Json::array()); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }

  bool key(std::string& name) {
    Level& level = levels_.back();
    level.repeats = !level.names.insert(name).second;
    if (level.repeats && !duplicates_allowed_) return fail("duplicate key " + quote(name, 64));
    level.key = std::move(name);
    return true;
  }

  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) {
    if (problem_.empty()) problem_ = "not valid JSON at byte " + std::to_string(position);
    return false;
  }

  [[nodiscard]] const std::string& problem() const { return problem_; }
  Json take() { return std::move(root_); }

 private:
  struct Level {
    Json value;
    std::string key;
    std::unordered_set<std::string> names;
    bool repeats = false;  // `key` replaces an earlier member
  };

  bool fail(std::string problem) {
    problem_ = std::move(problem);
    return false;
  }

  bool add(Json value) {
    if (++values_ > limits_.values)
      return fail("more than " + std::to_string(limits_.values) + " values");
    place(std::move(value));
    return true;
  }

  bool open(Json container) {
    if (levels_.size() >= limits_.depth)
      return fail("nested deeper than " + std::to_string(limits_.depth));
    if (++values_ > limits_.values)
      return fail("more than " + std::to_string(limits_.values) + " values");
    levels_.push_back(Level{std::move(container), {}, {}, false});
    return true;
  }

  bool close() {
    Json done = std::move(levels_.back().value);
    levels_.pop_back();
    place(std::move(done));
    return true;
  }

  void place(Json value) {
    if (levels_.empty()) {
      root_ = std::move(value);
      return;
    }
    Level& level = levels_.back();
    if (level.value.is_array()) {
      level.value.push_back(std::move(value));
    } else if (level.repeats) {
      level.value.set(level.key, std::move(value));
    } else {
      level.value.append_member(std::move(level.key), std::move(value));
    }
  }

  const JsonLimits& limits_;
  bool duplicates_allowed_;
  std::vector<Level> levels_;
  Json root_;
  std::size_t values_ = 0;
  std::string problem_;
};

Error invalid(std::string_view what, std::string cause) {
  return Error(ErrorClass::validation, "json.invalid", "cannot parse " + std::string(what))
      .cause(std::move(cause));
}

Result<Json> parse_text(std::string_view text, std::string_view what, const JsonLimits& limits,
                        bool lenient) {
  if (text.size() > limits.bytes)
    return invalid(what, "larger than " + std::to_string(limits.bytes) + " bytes");
  // nlohmann_json treats a zero byte as the end of the text and ignores the rest.
  if (const auto zero = text.find('\0'); zero != std::string_view::npos && !lenient)
    return invalid(what, "not valid JSON at byte " + std::to_string(zero));
  Builder builder(limits, lenient);
  const bool whole = nlohmann::json::sax_parse(text.begin(), text.end(), &builder,
                                               nlohmann::json::input_format_t::json, !lenient);
  if (!whole)
    return invalid(what, builder.problem().empty() ? "not valid JSON" : builder.problem());
  return builder.take();
}

}  // namespace

Result<Json> parse_json(std::string_view text, std::string_view what, const JsonLimits& limits) {
  return parse_text(text, what, limits, false);
}

Result<Json> parse_json_lenient(std::string_view text, std::string_view what,
                                const JsonLimits& limits) {
  return parse_text(replace_invalid_utf8(text), what, limits, true);
}

}  // namespace berth::base
