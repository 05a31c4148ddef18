// explain: the description of a finding code.
#pragma once

#include <string>

#include "app/app.hpp"
#include "app/events.hpp"
#include "base/result.hpp"

namespace berth::app {

struct Explanation {
  std::string code;
  std::string severity;
  std::string flavor;
  std::string meaning;
};

// Searches the findings that the flavors in use declare. Class not-found, code "explain.unknown".
base::Result<Explanation> explain(const App& app, const std::string& code, Events& events);

}  // namespace berth::app
