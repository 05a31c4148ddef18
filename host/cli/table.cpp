#include "cli/table.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>

#include "base/escape.hpp"

namespace berth::cli {
namespace {

constexpr std::size_t kGap = 2;
constexpr std::size_t kMinColumn = 8;
constexpr std::string_view kEllipsis = "…";
constexpr std::string_view kBold = "\x1b[1m";
constexpr std::string_view kPlainText = "\x1b[0m";

struct CodePointRange {
  std::uint32_t first;
  std::uint32_t last;
};

// Unicode 15, EastAsianWidth.txt (W and F), by blocks.
constexpr std::array<CodePointRange, 9> kWide{{{0x1100, 0x115f},
                                               {0x2e80, 0xa4cf},
                                               {0xac00, 0xd7a3},
                                               {0xf900, 0xfaff},
                                               {0xfe30, 0xfe6f},
                                               {0xff00, 0xff60},
                                               {0xffe0, 0xffe6},
                                               {0x1f300, 0x1faff},
                                               {0x20000, 0x3fffd}}};
// Combining marks, joiners and variation selectors.
constexpr std::array<CodePointRange, 4> kZeroWidth{
    {{0x300, 0x36f}, {0x200b, 0x200f}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}}};

template <std::size_t N>
bool contains(const std::array<CodePointRange, N>& ranges, std::uint32_t code_point) {
  return std::ranges::any_of(ranges, [code_point](const CodePointRange& range) {
    return code_point >= range.first && code_point <= range.last;
  });
}

std::size_t width_of(std::uint32_t code_point) {
  if (contains(kZeroWidth, code_point)) return 0;
  return contains(kWide, code_point) ? 2 : 1;
}

// Returns the code point at `at`, and moves behind it. `text` is valid UTF-8.
std::uint32_t next_code_point(std::string_view text, std::size_t& at) {
  const auto lead = static_cast<unsigned char>(text[at++]);
  std::uint32_t code_point = lead < 0x80 ? lead : lead < 0xe0 ? lead & 0x1fU : lead & 0x0fU;
  if (lead >= 0xf0) code_point = lead & 0x07U;
  while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0U) == 0x80U)
    code_point = code_point << 6U | (static_cast<unsigned char>(text[at++]) & 0x3fU);
  return code_point;
}

using Rows = std::vector<std::vector<std::string>>;

std::vector<std::size_t> column_widths(const Rows& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], display_width(row[i]));
  }
  return widths;
}

// Takes one column after the other from the widest one.
void fit_widths(std::vector<std::size_t>& widths, std::size_t columns) {
  if (widths.empty()) return;
  std::size_t total =
      std::accumulate(widths.begin(), widths.end(), std::size_t{0}) + kGap * (widths.size() - 1);
  while (total > columns) {
    auto widest = std::ranges::max_element(widths);
    if (*widest <= kMinColumn) return;
    --*widest;
    --total;
  }
}

// Headings are in capitals: "MEDIA TYPE".
bool is_heading(const std::vector<std::string>& row) {
  return row.size() > 1 &&
         std::ranges::all_of(row,
                             [](const std::string& cell) {
                               return std::ranges::none_of(
                                   cell, [](char c) { return c >= 'a' && c <= 'z'; });
                             }) &&
         std::ranges::any_of(row.front(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

std::string format_row(const std::vector<std::string>& row, const std::vector<std::size_t>& widths,
                       bool cut) {
  std::string line;
  for (std::size_t i = 0; i < row.size(); ++i) {
    const std::string cell = cut ? cut_to_width(row[i], widths[i]) : row[i];
    line += cell;
    if (i + 1 < row.size()) line.append(widths[i] + kGap - display_width(cell), ' ');
  }
  return line;
}

}  // namespace

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t at = 0; at < text.size();) width += width_of(next_code_point(text, at));
  return width;
}

std::string cut_to_width(std::string_view text, std::size_t width) {
  if (display_width(text) <= width) return std::string(text);
  std::size_t used = 1;  // of the ellipsis
  std::size_t end = 0;
  for (std::size_t at = 0; at < text.size();) {
    used += width_of(next_code_point(text, at));
    if (used > width) break;
    end = at;
  }
  return std::string(text.substr(0, end)) + std::string(kEllipsis);
}

std::string format_table(const Rows& rows, const TableStyle& style) {
  Rows escaped = rows;
  for (auto& row : escaped)
    for (auto& cell : row) cell = base::escape(cell);
  auto widths = column_widths(escaped);
  if (style.columns != 0) fit_widths(widths, style.columns);
  std::string text;
  for (std::size_t i = 0; i < escaped.size(); ++i) {
    const std::string line = format_row(escaped[i], widths, style.columns != 0);
    const bool bold = style.colour && i == 0 && is_heading(escaped[i]);
    text += bold ? std::string(kBold) + line + std::string(kPlainText) : line;
    text += '\n';
  }
  return text;
}

}  // namespace berth::cli
