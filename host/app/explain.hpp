// explain: what the codes of errors and findings mean.
#pragma once

#include <string>
#include <vector>

#include "app/app.hpp"
#include "app/events.hpp"
#include "base/error.hpp"
#include "base/result.hpp"

namespace berth::app {

struct Explanation {
  std::string code = {};
  std::vector<std::string> severities =
      {};  // "error", "warning", "info"; most severe first, never empty
  std::vector<base::ErrorClass> classes =
      {};                   // of errors; empty if the code is only that of findings
  std::string flavor = {};  // that declares the finding; empty: a code of berth itself
  std::string meaning = {};
  std::string fix = {};  // empty for findings of flavors: each finding has its own
};

// Returns the explanation of the code `text`. If that is not a code, returns those of all codes
// below it, sorted: "push" and "push.blob" are the beginnings of "push.blob-denied", and "" is that
// of all codes. Without such codes, those of the class or exit status `text`: "integrity", "10".
// Searches the codes of berth itself, then those of the flavors in use; a code of
// berth itself is found without reading configuration or flavors. Class not-found, code
// "explain.unknown".
base::Result<std::vector<Explanation>> explain(const App& app, const std::string& text,
                                               Events& events);

}  // namespace berth::app
