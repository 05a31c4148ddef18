// Plugin: a running plugin in its own process (berth-flavor-worker), with one flavor instance. Owns
// the process; the destructor terminates it within a second. Use it from one thread at a time,
// except ask_for_credential() and is_expired_credential(). Every fault of the plugin (crash,
// timeout, exit, malformed frame) is an error of class plugin, code "plugin.…", that names the
// plugin file, the call and the cause. Its output is in the log.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancellation.hpp"
#include "base/json_value.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "channel/protocol.hpp"
#include "flavor/index.hpp"
#include "flavor/provided_credential.hpp"
#include "flavor/pushed_image.hpp"
#include "flavor/reported_finding.hpp"
#include "flavor/services.hpp"
#include "oci/reference.hpp"
#include "oci/registry_uri.hpp"
#include "platform/sandbox_parts.hpp"
#include "registry/blob_upload_rules.hpp"

namespace berth::flavor {

struct PushOutcome {
  std::vector<Finding> findings;
  std::optional<push::Report>
      report;  // std::nullopt if findings of severity error prevented the push
};

struct PluginOptions {
  std::string worker_program;  // berth-flavor-worker
  std::chrono::milliseconds load_limit{2'000};
  std::chrono::milliseconds create_limit{2'000};
  std::chrono::milliseconds call_limit{5'000};
  std::chrono::milliseconds destroy_limit{1'000};
  // Returns the value of an environment variable that a permission names. Called on the thread that
  // calls the plugin.
  std::function<std::optional<std::string>(std::string_view)> variables =
      [](std::string_view) -> std::optional<std::string> { return std::nullopt; };
  // Proxies and trusted certificates for the service http/1, which has its own limits.
  http::ClientOptions http{};
  // Run a plugin that is neither registered nor installed even if this machine cannot sandbox it
  // (--allow-unsandboxed).
  bool allow_unsandboxed = false;
  // Called once the process of a plugin has ended: with the error of its crash, or without one if
  // the plugin ran. Not called if it was killed from outside, or could not be started. May be
  // empty.
  std::function<void(const Candidate&, const base::Error* crash)> ended = {};
  // Called with the process id before the plugin is loaded (--debug-plugin); loading continues once
  // it returns true. A debugger may attach to that process. Empty: no debugger may attach.
  std::function<bool(pid_t)> wait_for_debugger = {};
};

// The parts of the sandbox that are in force for a running plugin.
struct PluginSandbox {
  platform::SandboxParts parts;
  bool thread_limit = false;  // the host approves each new thread; otherwise it counts them
};

class Plugin {
 public:
  // Starts the worker on a sealed copy of the file and creates the flavor with validated settings.
  // Errors: class trust, code "flavor.changed": the file's SHA-256 is not candidate.sha256; class
  // trust, code "flavor.unsandboxed": the plugin is neither registered nor installed, and this
  // machine lacks a part of the sandbox; class trust, code "flavor.note-differs"; class validation:
  // the flavor rejected the URI or the settings; class plugin. `cancellation` and `log` must
  // outlive this object.
  static base::Result<Plugin> start(const Candidate& candidate, const oci::RegistryUri& uri,
                                    const base::Json& settings, const PluginOptions& options,
                                    const base::Cancellation& cancellation, base::Log& log);
  Plugin(Plugin&&) noexcept;
  Plugin& operator=(Plugin&&) noexcept;
  ~Plugin();

  // start() in two steps. The process ends with the thread that called spawn(); call create() from
  // any thread, once, before any other function.
  static base::Result<Plugin> spawn(const Candidate& candidate, const oci::RegistryUri& uri,
                                    const base::Json& settings, const PluginOptions& options,
                                    const base::Cancellation& cancellation, base::Log& log);
  base::Result<void> create();

  // For the conformance kit: enters the sandbox and loads the plugin, without creating a flavor.
  base::Result<void> load();
  // Creates a flavor; the one created last is used. After load(), or after create().
  base::Result<void> create_another();
  // Destroys all flavors; the process keeps running until this object is destroyed.
  base::Result<void> release();
  // The process of the plugin.
  [[nodiscard]] pid_t process_id() const;

  [[nodiscard]] const PluginSandbox& sandbox() const;

  // Calls the plugin's prepare_image_push and returns its findings. Does not push.
  base::Result<std::vector<Finding>> prepare(const ImageView& image, const Services& services);
  // Calls the plugin's push_image. The result is the host's own record of the push: if the plugin
  // reports success without a push, or another digest, the error is class plugin, code
  // "plugin.lied".
  base::Result<PushOutcome> push(const ImageView& image, const Services& services);
  // The rules of its extension upload-rules/1, queried at creation; default rules if it has none.
  [[nodiscard]] const registry::BlobUploadRules& upload_rules() const;
  // Whether the plugin has the extension credentials/1.
  [[nodiscard]] bool provides_credentials() const;
  // Requests a credential. Call it from any thread, also while prepare() or push() waits in a
  // service: it then runs within that call, one request at a time. `refused`: the registry rejected
  // the previous credential. Errors: class auth, code "auth.flavor": the flavor reports that its
  // source is broken; class plugin, code "plugin.bad-credential": malformed credential.
  base::Result<ProvidedCredential> ask_for_credential(const registry::CredentialRequest& question,
                                                      bool refused);
  // Whether credentials/1 of the plugin has is_expired.
  [[nodiscard]] bool recognises_expiry() const;
  // Returns whether the flavor identifies `rejection` as caused by an expired credential; false
  // without is_expired. Threads: as for ask_for_credential().
  base::Result<bool> is_expired_credential(const registry::Rejection& rejection);
  // Adds the flavor's explanation of the registry's error message to `error`: it becomes the
  // message, the existing message is put before the cause, its fix replaces the fix. Returns
  // `error` unchanged if it has no registry message, or if the flavor has no explanations/1, has no
  // explanation, or fails. `repository` is relative to the host. Must not be called during another
  // call.
  base::Error explained(base::Error error, std::string_view repository);
  // The ids of its extensions.
  [[nodiscard]] const std::vector<std::string>& extensions() const;
  // Whether the plugin has the extension with this id ("explanations/1").
  [[nodiscard]] bool has_extension(std::string_view id) const;
  // Calls a function of an extension: one of channel::ExtensionCalls. Returns its response, or the
  // error that the plugin reported; callers check has_extension() first. Errors: class plugin.
  // Threads: as for ask_for_credential() if Call::kInfo.nested, else not during another call.
  template <class Call>
  base::Result<channel::Outcome<typename Call::Response, channel::PluginError>> call_extension(
      const typename Call::Request& request) {
    BERTH_TRY(const auto frame, exchange(Call::kInfo, channel::encode(request)));
    auto outcome = channel::decode_response<typename Call::Response, channel::PluginError>(frame);
    if (!outcome) return reject_response(Call::kInfo, outcome.error().cause());
    return outcome;
  }
  // Destroys the flavor. A failure does not affect the result of an earlier push.
  base::Result<void> close();

 private:
  struct State;
  base::Result<base::Json> exchange(const channel::CallInfo& info, base::Json params);
  base::Error reject_response(const channel::CallInfo& info, const std::string& cause);
  explicit Plugin(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace berth::flavor
