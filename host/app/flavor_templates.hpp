// The files of flavor_project/, compiled into the program by CMakeLists.txt.
#pragma once

#include <array>
#include <string_view>

namespace berth::app {

// @NAME@, @CLASS@ and @VERSION@ are replaced in names and contents.
struct FlavorTemplate {
  std::string_view name;  // of the created file
  std::string_view content;
};

inline constexpr std::size_t kFlavorTemplateCount = 5;
extern const std::array<FlavorTemplate, kFlavorTemplateCount> kFlavorTemplates;

}  // namespace berth::app
