// HostTools: the services of the host that do not depend on a container registry. Environment
// variables, files, programs and HTTP requests are subject to the flavor's permissions;
// cryptography is not. Thread-safe.
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
  // `http`: see PluginOptions::http. `cancellation` and `log` must outlive this object.
  HostTools(const Metadata& metadata, Variables variables, const http::ClientOptions& http,
            const base::Cancellation& cancellation, base::Log& log)
      : permits_(metadata.flavor, metadata.permissions, std::move(variables)),
        http_(permits_, http, cancellation, log),
        cancellation_(cancellation) {}
  HostTools(const HostTools&) = delete;
  HostTools& operator=(const HostTools&) = delete;

  // Returns whether `what`, the method of a request ({"ask": …}), belongs to one of these services.
  static bool knows(std::string_view what);
  // Handles a request. Returns {"status": …} and the results; bytes are base64-encoded. `current`:
  // see HttpTool::send.
  // Errors are meant for the plugin: class trust becomes status BERTH_STATUS_REFUSED. Class plugin,
  // code "plugin.question": the request is malformed.
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
