#include "worker/host_call.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>

#include "channel/registry_calls.hpp"
#include "channel/service_calls.hpp"
#include "worker/abi_strings.hpp"

namespace berth::worker {
namespace {

using base::Json;

// Whether the finding has all fields of the first version of the ABI.
bool is_complete(const berth_finding* finding) {
  return finding != nullptr && BERTH_HAS(finding, fix);
}

constexpr std::size_t kMaxFindingCode = 128;

// Returns why the strings of a finding cannot be reported; nullptr if they can.
const char* malformed_string(const berth_finding& finding) {
  if (!is_readable(finding.code) || !is_readable(finding.message) || !is_readable(finding.fix))
    return "a string of its finding is NULL but has a size";
  if (finding.code.size > kMaxFindingCode) return "the code of its finding is too long";
  const std::string code = copy_argument(finding.code);
  if (code.find('\0') != std::string::npos || !base::is_utf8(code))
    return "the code of its finding is not a text";
  return nullptr;
}

}  // namespace

HostCall::HostCall(int channel, channel::FrameDecoder& decoder, FindService find_service)
    : channel_(channel),
      decoder_(decoder),
      find_service_(find_service),
      thread_(std::this_thread::get_id()),
      call_{sizeof(berth_call),    this,
            &HostCall::log,        &HostCall::now,
            &HostCall::cancelled,  &HostCall::report,
            &HostCall::query,      &HostCall::set_fix,
            &HostCall::last_error, &HostCall::set_cause} {}

const berth_call* HostCall::begin(Rights rights) {
  calls_.push_back({.rights = std::move(rights)});
  return &call_;
}

HostCall::Ended HostCall::end() {
  Ended ended{violation_.exchange(nullptr), std::move(calls_.back().fix), calls_.back().cause};
  calls_.pop_back();
  return ended;
}

bool HostCall::allowed() const { return std::this_thread::get_id() == thread_ && !calls_.empty(); }

// Without the host, the worker has no purpose: it exits.
void HostCall::send(const Json& frame) const {
  if (!channel::send_frame(channel_, frame)) ::_exit(0);
}

// Sends a request and returns the frame of its response.
Json HostCall::exchange(std::string_view method, Json params) {
  send(channel::encode_request(method, ++requests_, std::move(params)));
  while (true) {
    auto frame = channel::receive_frame(channel_, decoder_);
    if (!frame) ::_exit(0);
    if (!channel::is_request(*frame)) return std::move(*frame);
    send(serve_(*frame));
  }
}

std::int32_t HostCall::fail(channel::ServiceError failure, const berth_sink* error) {
  if (failure.status == BERTH_STATUS_OK) failure.status = BERTH_STATUS_REFUSED;
  const auto status = failure.status;
  write(error, failure.message);
  if (allowed()) calls_.back().last = std::move(failure);
  return status;
}

void HostCall::log(void* context, berth_string text) noexcept {
  if (!of(context).allowed() || !is_readable(text)) return;
  const channel::Log::Request line{copy_text(text)};
  of(context).send(channel::encode_notification(channel::Log::kInfo.method, channel::encode(line)));
}

std::int64_t HostCall::now(void*) noexcept {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count();
}

std::int32_t HostCall::cancelled(void* context) noexcept {
  const auto status = of(context).request<channel::IsCancelled>({}, nullptr, [](const auto&) {});
  return status == BERTH_STATUS_CANCELLED ? 1 : 0;
}

void HostCall::report(void* context, const berth_finding* finding) noexcept {
  HostCall& call = of(context);
  if (!call.allowed())
    call.violation_ = "it reported a finding from another thread or outside of a call";
  if (call.allowed() && !call.calls_.back().rights.findings)
    call.violation_ = "it reported a finding in a call that accepts none";
  if (!is_complete(finding))
    call.violation_ = "the size of its finding struct is too small";
  else if (const char* malformed = malformed_string(*finding))
    call.violation_ = malformed;
  if (call.violation_ != nullptr) return;
  const channel::Report::Request report{finding->severity, copy_text(finding->code),
                                        copy_text(finding->message), copy_text(finding->fix)};
  call.send(channel::encode_notification(channel::Report::kInfo.method, channel::encode(report)));
}

const void* HostCall::query(void* context, berth_string id) noexcept {
  if (!of(context).allowed() || id.data == nullptr) return nullptr;
  const std::string_view wanted(id.data, id.size);
  const auto& available = of(context).calls_.back().rights.services;
  const bool is_restricted = wanted == BERTH_REGISTRY_1 || wanted == BERTH_PUSH_1;
  if (is_restricted && std::find(available.begin(), available.end(), wanted) == available.end())
    return nullptr;
  return of(context).find_service_(wanted);
}

void HostCall::set_fix(void* context, berth_string fix) noexcept {
  if (of(context).allowed() && is_readable(fix)) of(context).calls_.back().fix = copy_text(fix);
}

const berth_error* HostCall::last_error(void* context) noexcept {
  if (!of(context).allowed() || of(context).calls_.back().last.id == 0) return nullptr;
  Running& call = of(context).calls_.back();
  call.error = {sizeof(berth_error), call.last.id, view(call.last.code),
                view(call.last.registry_message)};
  return &call.error;
}

void HostCall::set_cause(void* context, std::uint64_t id) noexcept {
  if (of(context).allowed()) of(context).calls_.back().cause = id;
}

}  // namespace berth::worker
