// What goes to standard output: one JSON document, or text for people.
#pragma once

#include <string>
#include <vector>

#include "base/json.hpp"
#include "cli/context.hpp"
#include "flavor/plugin.hpp"
#include "push/push.hpp"
#include "store/store.hpp"

namespace berth::cli {

void print_json(Context& context, const base::Json& document);

// Columns as wide as their widest cell; cells are escaped.
void print_table(Context& context, const std::vector<std::vector<std::string>>& rows);

// What fails after a signal or the wall limit fails because of it, whatever it looks like where it failed; what was
// proven wrong stays wrong.
base::Error root_cause(const Context& context, const base::Error& error);

base::Json error_json(const base::Error& error);
// CLI.md, "failure": with what the context knows of the result.
base::Json failure_json(const Context& context, const base::Error& error);
base::Json findings_json(const std::vector<flavor::Finding>& findings);
base::Json registry_json(const store::ContainerRegistry& registry, bool active);

}  // namespace berth::cli
