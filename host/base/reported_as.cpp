#include "base/reported_as.hpp"

namespace berth::base {

std::vector<ErrorClass> ReportedAs::classes() const {
  std::vector<ErrorClass> classes;
  for (unsigned bit = 0; bit <= static_cast<unsigned>(ErrorClass::interrupted); ++bit)
    if ((bits_ & (1U << bit)) != 0) classes.push_back(static_cast<ErrorClass>(bit));
  return classes;
}

std::vector<std::string_view> ReportedAs::severities() const {
  std::vector<std::string_view> severities;
  if ((bits_ & ~(kWarning | kInfo)) != 0) severities.emplace_back("error");
  if ((bits_ & kWarning) != 0) severities.emplace_back("warning");
  if ((bits_ & kInfo) != 0) severities.emplace_back("info");
  return severities;
}

}  // namespace berth::base
