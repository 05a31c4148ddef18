#include "base/error_codes.hpp"

#include <algorithm>

#include "base/error_codes_command.hpp"
#include "base/error_codes_flavor.hpp"
#include "base/error_codes_http.hpp"
#include "base/error_codes_image.hpp"
#include "base/error_codes_push.hpp"
#include "base/error_codes_registry.hpp"
#include "base/error_codes_source.hpp"
#include "base/error_codes_system.hpp"

namespace berth::base {
namespace {

using error_code_rows::kOutcomes;
using error_code_rows::kRequests;

constexpr std::string_view kPlaceholder = "{}";

template <typename Rows>
void append_rows(std::vector<ErrorCode>& codes, const Rows& rows) {
  for (const auto& row : rows)
    codes.push_back({std::string(row.code), row.reported_as, std::string(row.meaning),
                     std::string(row.remedy)});
}

// Adds the code of each outcome of each request, unless a row describes it.
void append_outcomes(std::vector<ErrorCode>& codes) {
  const std::size_t rows = codes.size();
  for (const auto& request : kRequests)
    for (const auto& outcome : kOutcomes) {
      std::string code = std::string(request.code) + std::string(outcome.suffix);
      const auto end = codes.begin() + static_cast<std::ptrdiff_t>(rows);
      if (std::any_of(codes.begin(), end, [&](const ErrorCode& row) { return row.code == code; }))
        continue;
      std::string meaning(outcome.meaning);
      meaning.replace(meaning.find(kPlaceholder), kPlaceholder.size(), request.name);
      codes.push_back(
          {std::move(code), outcome.reported_as, std::move(meaning), std::string(outcome.remedy)});
    }
}

std::vector<ErrorCode> assemble() {
  std::vector<ErrorCode> codes;
  append_rows(codes, error_code_rows::kCommandCodes);
  append_rows(codes, error_code_rows::kFlavorCodes);
  append_rows(codes, error_code_rows::kHttpCodes);
  append_rows(codes, error_code_rows::kImageCodes);
  append_rows(codes, error_code_rows::kPushCodes);
  append_rows(codes, error_code_rows::kRegistryCodes);
  append_rows(codes, error_code_rows::kSourceCodes);
  append_rows(codes, error_code_rows::kSystemCodes);
  append_outcomes(codes);
  std::ranges::sort(codes, {}, &ErrorCode::code);
  return codes;
}

}  // namespace

const std::vector<ErrorCode>& error_codes() {
  static const std::vector<ErrorCode> codes = assemble();
  return codes;
}

const ErrorCode* find_error_code(std::string_view code) {
  const auto& codes = error_codes();
  const auto found = std::ranges::lower_bound(
      codes, code, {}, [](const ErrorCode& each) { return std::string_view(each.code); });
  return found != codes.end() && found->code == code ? &*found : nullptr;
}

}  // namespace berth::base
