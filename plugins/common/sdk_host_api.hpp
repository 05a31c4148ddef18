// SdkHostApi: HostApi on top of the SDK. The CallContext must outlive it.
#pragma once

#include <berth/container_registry.hpp>

#include "common/host_api.hpp"

namespace berth::common {

class SdkHostApi final : public HostApi {
 public:
  explicit SdkHostApi(const CallContext& call) : call_(call) {}

  std::vector<Response> send(const std::vector<Request>& requests) override;
  std::optional<std::string> environment_variable(const std::string& name) override;
  File file(const std::string& path) override;
  Output run(const std::vector<std::string>& command) override;
  std::string sha256(std::string_view bytes) override;
  std::string hmac_sha256(std::string_view key, std::string_view bytes) override;
  std::string rs256(const std::string& pem_key, std::string_view bytes) override;
  void pause(std::int64_t milliseconds) override;
  std::int64_t now() override { return call_.now() / 1000; }

 private:
  const CallContext& call_;
};

}  // namespace berth::common
