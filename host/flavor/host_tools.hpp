// HostTools: the services of the host that are no matter of one container registry: variables, files, programs,
// requests (each by the flavor's permissions) and cryptography. Safe from any thread.
#pragma once

#include <string_view>

#include "base/cancellation.hpp"
#include "base/json.hpp"
#include "base/log.hpp"
#include "flavor/http_tool.hpp"
#include "flavor/metadata.hpp"
#include "flavor/permits.hpp"

namespace berth::flavor {

class HostTools {
 public:
  // `http` as PluginOptions has it; `cancellation` and `log` outlive it.
  HostTools(const Metadata& metadata, Variables variables, const http::ClientOptions& http,
            const base::Cancellation& cancellation, base::Log& log)
      : permits_(metadata.flavor, metadata.permissions, std::move(variables)),
        http_(permits_, http, cancellation, log),
        cancellation_(cancellation) {}
  HostTools(const HostTools&) = delete;
  HostTools& operator=(const HostTools&) = delete;

  // Whether a question ({"ask": …}) is one of these.
  static bool knows(std::string_view what);
  // {"status", …}; binary parts are base64. An error is what the plugin is told, with status BERTH_STATUS_REFUSED for
  // class trust. Class plugin, code "plugin.question": what it asks makes no sense. `current`: see HttpTool::send.
  [[nodiscard]] base::Result<base::Json> answer(const base::Json& question,
                                                const CurrentCredential& current = {}) const;

 private:
  [[nodiscard]] base::Result<base::Json> get_variable(const base::Json& question) const;
  [[nodiscard]] base::Result<base::Json> read_file(const base::Json& question) const;
  [[nodiscard]] base::Result<base::Json> run_program(const base::Json& question) const;

  Permits permits_;
  HttpTool http_;
  const base::Cancellation& cancellation_;
};

}  // namespace berth::flavor
