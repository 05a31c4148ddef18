// Tables for people: columns that are as wide as their widest cell, and fit a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace berth::cli {

// How many columns of a terminal the text takes; `text` has been escaped.
std::size_t display_width(std::string_view text);

// Returns the text, cut to `width` columns with "…" at its end if it is wider.
std::string cut_to_width(std::string_view text, std::size_t width);

struct TableStyle {
  unsigned columns = 0;  // of the terminal; 0: cells are never cut
  bool colour = false;   // a row of headings is bold
};

// Returns the rows as lines, with escaped cells. The widest columns are cut until a row fits
// `columns`; none is cut below 8 columns.
std::string format_table(const std::vector<std::vector<std::string>>& rows,
                         const TableStyle& style);

}  // namespace berth::cli
