// A plugin that reports a false result of its push, or violates the ABI, as its setting `what`
// selects.
#include <pthread.h>

#include <cstdint>
#include <string>

#include "by_hand.hpp"

namespace {

using by_hand::put;
using by_hand::text;

constexpr char kOther[] = "sha256:0000000000000000000000000000000000000000000000000000000000000000";

std::string what;
const berth_call* kept_call;

const berth_push_1* pusher(const berth_call* call) {
  return static_cast<const berth_push_1*>(call->query(call->context, text(BERTH_PUSH_1)));
}

void report(const berth_call* call, std::int32_t severity, const char* code, const char* message) {
  const berth_finding finding{sizeof(berth_finding), severity, text(code), text(message), text("")};
  call->report(call->context, &finding);
}

std::int32_t create(const berth_create_options* options, void** flavor, const berth_sink* error) {
  what.clear();
  if (options->setting_count > 0)
    what.assign(options->settings[0].string.data, options->settings[0].string.size);
  if (what == "refuse") {
    put(error, "this uri is not for me");
    return BERTH_STATUS_REFUSED;
  }
  if (what == "status") return 77;
  if (what != "no-flavor") *flavor = &what;
  return BERTH_STATUS_OK;
}

// Uses the call context after the call has returned.
void destroy(void*) {
  if (what != "late" || kept_call == nullptr) return;
  report(kept_call, BERTH_SEVERITY_ERROR, "liar1.late", "too late");
  if (pusher(kept_call) != nullptr) __builtin_trap();
}

const void* query(void*, berth_string) { return nullptr; }

struct Elsewhere {
  const berth_call* call;
  const berth_push_1* service;
  std::int32_t status = 0;
  bool found = false;
};

void* use_elsewhere(void* argument) {
  auto* elsewhere = static_cast<Elsewhere*>(argument);
  elsewhere->found = pusher(elsewhere->call) != nullptr;
  elsewhere->status = elsewhere->service->push(elsewhere->call->context, nullptr, nullptr);
  if (what == "thread-report")
    report(elsewhere->call, BERTH_SEVERITY_ERROR, "liar1.thread", "lost");
  elsewhere->call->log(elsewhere->call->context, text("logged on another thread"));
  return nullptr;
}

std::int32_t prepare(void*, const berth_call* call, const berth_image*, const berth_sink*) {
  kept_call = call;
  if (what == "small-finding") {
    const berth_finding finding{8, BERTH_SEVERITY_ERROR, text("liar1.small"), text("lost"),
                                text("")};
    call->report(call->context, &finding);
  }
  if (what == "severity") report(call, 99, "liar1.severity", "of no known severity");
  if (what == "push-in-prepare" && pusher(call) != nullptr)
    report(call, BERTH_SEVERITY_ERROR, "liar1.push", "may push");
  return BERTH_STATUS_OK;
}

std::int32_t push_elsewhere(const berth_call* call, const berth_sink* error) {
  Elsewhere elsewhere{call, pusher(call)};
  pthread_t thread{};
  pthread_create(&thread, nullptr, use_elsewhere, &elsewhere);
  pthread_join(thread, nullptr);
  put(error, !elsewhere.found && elsewhere.status == BERTH_STATUS_REFUSED ? "refused elsewhere"
                                                                          : "allowed elsewhere");
  return what == "thread-report" ? BERTH_STATUS_OK : BERTH_STATUS_FAILED;
}

std::int32_t push(void*, const berth_call* call, const berth_image*, const berth_sink* digest,
                  const berth_sink* error) {
  if (what.rfind("thread", 0) == 0) return push_elsewhere(call, error);
  if (what == "nothing") return BERTH_STATUS_OK;
  if (what == "nothing-with-digest") {
    put(digest, kOther);
    return BERTH_STATUS_OK;
  }
  if (what == "error-then-push")
    report(call, BERTH_SEVERITY_ERROR, "liar1.error", "this must not be uploaded");
  const std::int32_t status = pusher(call)->push(call->context, digest, error);
  if (what == "error-then-push")
    return status == BERTH_STATUS_REFUSED ? BERTH_STATUS_OK : BERTH_STATUS_FAILED;
  if (what == "error-then-digest")
    report(call, BERTH_SEVERITY_ERROR, "liar1.error", "this should not have been uploaded");
  if (what == "other-digest") put(digest, kOther);
  if (what == "no-digest") put(digest, "");
  if (what == "twice") pusher(call)->push(call->context, digest, error);
  if (what == "crash-after") __builtin_trap();
  return what == "hide-failure" ? BERTH_STATUS_OK : status;
}

}  // namespace

BY_HAND_PLUGIN(BY_HAND_METADATA("liar1"), BY_HAND_METADATA("liar1"))
