// HostCall: what a plugin may ask during one call, carried over the channel.
#pragma once

#include <berth/abi.h>
#include <sys/types.h>

#include <string>
#include <vector>

#include "base/json.hpp"
#include "channel/frame.hpp"

namespace berth::worker {

class HostCall {
 public:
  // `decoder` outlives the call; `services` are those that the host named for it.
  HostCall(int channel, channel::FrameDecoder& decoder, std::vector<std::string> services);
  HostCall(const HostCall&) = delete;
  HostCall& operator=(const HostCall&) = delete;

  [[nodiscard]] const berth_call* call() const { return &call_; }

 private:
  struct Answer {
    std::int32_t status = BERTH_FAILED;
    base::Json body;
  };

  [[nodiscard]] bool on_own_thread() const;
  void tell(base::Json message) const;
  Answer ask(base::Json question);
  std::int32_t ask_for_text(base::Json question, const char* key, const berth_sink* result, const berth_sink* error);

  static HostCall& self(void* context) { return *static_cast<HostCall*>(context); }
  static void log(void* context, berth_string text) noexcept;
  static std::int64_t now(void* context) noexcept;
  static std::int32_t cancelled(void* context) noexcept;
  static void report(void* context, const berth_finding* finding) noexcept;
  static const void* query(void* context, berth_string id) noexcept;
  static std::int32_t registry_probe(void* context, const berth_sink* error) noexcept;
  static std::int32_t registry_manifest(void* context, berth_string repository, berth_string reference,
                                        const berth_sink* digest, const berth_sink* error) noexcept;
  static std::int32_t registry_blob(void* context, berth_string repository, berth_string digest, std::uint64_t* bytes,
                                    const berth_sink* error) noexcept;
  static std::int32_t push(void* context, const berth_sink* digest, const berth_sink* error) noexcept;

  int channel_;
  channel::FrameDecoder& decoder_;
  std::vector<std::string> services_;
  pid_t thread_;
  berth_call call_;
};

}  // namespace berth::worker
