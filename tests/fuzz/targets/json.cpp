// The JSON reader and writer themselves.
#include "base/json_parser.hpp"

#include <cmath>

#include "base/escape.hpp"
#include "base/json_members.hpp"
#include "fuzz/target.hpp"

namespace berth::fuzz {
namespace {

void check_parsed(std::string_view input) {
  const auto value = base::parse_json(input, "the input");
  if (!value) return;
  const auto again = base::parse_json(value->dump(), "the written value");
  require(again && *again == *value, "what is written is read as the same value");
  const auto pretty = base::parse_json(value->pretty(), "the written value");
  require(pretty && *pretty == *value,
          "what is written with indentation is read as the same value");
  const auto lenient = base::parse_json_lenient(input, "the input");
  require(lenient && *lenient == *value, "lenient reading accepts what strict reading accepts");
}

// The members that find_members() locates are those of the whole document.
void check_members(std::string_view input) {
  constexpr std::string_view kNames[] = {"os", "rootfs", "config"};
  const auto members = base::find_members(input, "the input", kNames);
  const auto value = base::parse_json(input, "the input");
  require(members || !value || !value->is_object(), "members are found in every object");
  if (!members) return;
  require(members->size() == std::size(kNames), "one result for each name");
  for (std::size_t i = 0; i < std::size(kNames); ++i) {
    const auto& member = (*members)[i];
    if (value && value->is_object())
      require(member.has_value() == (value->find(kNames[i]) != nullptr),
              "a member is found if there is one");
    if (!member) continue;
    const auto parsed = base::parse_member(*member, "a member");
    if (value && parsed)
      require(*parsed == *value->find(kNames[i]), "a member has the value of the document");
  }
}

}  // namespace

void run_json(std::string_view input) {
  check_parsed(input);
  check_members(input);
  require(base::is_clean_text(base::escape(input)), "escaped text is clean");
}

}  // namespace berth::fuzz
