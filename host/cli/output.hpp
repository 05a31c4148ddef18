// Prints to standard output: one JSON document, or text.
#pragma once

#include <string>
#include <vector>

#include "base/json_value.hpp"
#include "base/result.hpp"
#include "cli/context.hpp"
#include "flavor/plugin.hpp"
#include "push/push.hpp"
#include "store/store.hpp"

namespace berth::cli {

void print_json(Context& context, const base::Json& document);
// Prints `text`, or with --output json that the command succeeded. Returns the exit status 0.
int print_done(Context& context, const std::string& text);

// Columns as wide as their widest cell, cut to fit a terminal; cells are escaped.
void print_table(Context& context, const std::vector<std::vector<std::string>>& rows);

base::Json error_json(const base::Error& error);
base::Json failure_json(const base::Error& error);
// Prints the error, and its JSON document with --output json. `subject` begins the line ("cannot
// log in to r.example"). Returns the exit status.
int print_failure(Context& context, const base::Error& error, const std::string& subject = {});
base::Json findings_json(const std::vector<flavor::Finding>& findings);
base::Json registry_json(const store::ContainerRegistry& registry, bool active);

}  // namespace berth::cli
