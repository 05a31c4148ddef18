// Prints a Diagnosis: one line or JSON object for each step, with cause and fix of the one that
// failed. JSON:
// {"schema":1,"ok":bool,"reference":R|null,"steps":[{"step","status":"ok|failed|skipped","detail","milliseconds",
// "facts":{…} of a step that succeeded,"error":{…} of one that failed}]}.
#pragma once

#include "app/diagnosis.hpp"
#include "app/machine_diagnosis.hpp"
#include "cli/context.hpp"

namespace berth::cli {

// Returns the exit status: that of the step that failed last, else 0.
int print_diagnosis(Context& context, const app::Diagnosis& diagnosis);
int print_diagnosis(Context& context, const app::MachineDiagnosis& diagnosis);

}  // namespace berth::cli
