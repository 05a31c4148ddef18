#include "worker/host_call.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstddef>

#include "channel/protocol.hpp"
#include "worker/texts.hpp"
#include "worker/tools.hpp"

namespace berth::worker {
namespace {

using base::Json;

// Whether the finding has all fields of the first version of the ABI.
bool is_complete(const berth_finding* finding) {
  return finding != nullptr && finding->size >= offsetof(berth_finding, fix) + sizeof(berth_string);
}

}  // namespace

HostCall::HostCall(int channel, channel::FrameDecoder& decoder)
    : channel_(channel), decoder_(decoder), thread_(std::this_thread::get_id()), call_{sizeof(berth_call),
                                                                                       this,
                                                                                       &HostCall::log,
                                                                                       &HostCall::now,
                                                                                       &HostCall::cancelled,
                                                                                       &HostCall::report,
                                                                                       &HostCall::query,
                                                                                       &HostCall::set_fix} {}

const berth_call* HostCall::begin(Rights rights) {
  calls_.push_back({std::move(rights), {}});
  return &call_;
}

HostCall::Ended HostCall::end() {
  Ended ended{breach_.exchange(nullptr), std::move(calls_.back().fix)};
  calls_.pop_back();
  return ended;
}

bool HostCall::allowed() const { return std::this_thread::get_id() == thread_ && !calls_.empty(); }

// Without the host, the worker has no purpose: it exits.
void HostCall::tell(const Json& message) const {
  if (!channel::send_frame(channel_, message)) ::_exit(0);
}

HostCall::Answer HostCall::ask(const Json& question) {
  if (!allowed())
    return {BERTH_STATUS_REFUSED,
            Json::object({{"error", "services may be called only during a call and from its thread"}})};
  tell(question);
  while (true) {
    auto body = channel::receive_frame(channel_, decoder_);
    if (!body) ::_exit(0);
    if (body->find("do") != nullptr) {
      tell(serve_(*body));
      continue;
    }
    const Json* status = body->find("status");
    const auto number = status != nullptr ? status->as_int() : std::nullopt;
    return {static_cast<std::int32_t>(number.value_or(BERTH_STATUS_FAILED)), std::move(*body)};
  }
}

std::int32_t HostCall::ask_for_text(const Json& question, const char* key, const berth_sink* result,
                                    const berth_sink* error) {
  const auto answer = ask(question);
  if (answer.status == BERTH_STATUS_OK) write(result, answer.body.string_or(key, ""));
  if (answer.status != BERTH_STATUS_OK) write(error, answer.body.string_or("error", ""));
  return answer.status;
}

void HostCall::log(void* context, berth_string text) noexcept {
  if (of(context).allowed()) of(context).tell(Json::object({{"tell", "log"}, {"text", copy(text)}}));
}

std::int64_t HostCall::now(void*) noexcept {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count();
}

std::int32_t HostCall::cancelled(void* context) noexcept {
  return of(context).ask(Json::object({{"ask", "cancelled"}})).status == BERTH_STATUS_CANCELLED ? 1 : 0;
}

void HostCall::report(void* context, const berth_finding* finding) noexcept {
  HostCall& call = of(context);
  if (!call.allowed()) call.breach_ = "it reported a finding from another thread or outside of a call";
  if (call.allowed() && !call.calls_.back().rights.findings)
    call.breach_ = "it reported a finding in a call that accepts none";
  if (!is_complete(finding)) call.breach_ = "the size of its finding struct is too small";
  if (call.breach_ != nullptr) return;
  call.tell(Json::object({{"tell", "report"},
                          {"severity", finding->severity},
                          {"code", copy(finding->code)},
                          {"message", copy(finding->message)},
                          {"fix", copy(finding->fix)}}));
}

const void* HostCall::query(void* context, berth_string id) noexcept {
  static const berth_push_1 pusher{sizeof(berth_push_1), &HostCall::push};
  if (!of(context).allowed() || id.data == nullptr) return nullptr;
  const auto& services = of(context).calls_.back().rights.services;
  auto offered = [&services](std::string_view name) {
    return std::find(services.begin(), services.end(), name) != services.end();
  };
  const std::string_view wanted(id.data, id.size);
  if (wanted == BERTH_REGISTRY_1 && offered(channel::kServiceRegistry)) return &registry_service();
  if (wanted == BERTH_PUSH_1 && offered(channel::kServicePush)) return &pusher;
  return find_tool(wanted);
}

void HostCall::set_fix(void* context, berth_string fix) noexcept {
  if (of(context).allowed()) of(context).calls_.back().fix = copy(fix);
}

std::int32_t HostCall::push(void* context, const berth_sink* digest, const berth_sink* error) noexcept {
  return of(context).ask_for_text(Json::object({{"ask", "push"}}), "digest", digest, error);
}

}  // namespace berth::worker
