// Plugin: one flavor at work in its own process (berth-flavor-worker), seen from the host.
// Owns the process: destroying a Plugin ends it within a second. One thread at a time, ask_for_credential() and
// is_expired_credential() excepted. Every fault of the plugin (crash, hang, exit, garbage) is an Error of class plugin,
// code "plugin.…", that names the plugin file, the call and the cause; what it printed is in the log.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancellation.hpp"
#include "base/json.hpp"
#include "base/log.hpp"
#include "flavor/index.hpp"
#include "oci/reference.hpp"
#include "oci/registry_uri.hpp"
#include "push/push.hpp"
#include "registry/upload_rules.hpp"

namespace berth::flavor {

enum class Severity { error, warning, info };

std::string_view severity_name(Severity severity);

struct Finding {
  Severity severity = Severity::error;
  std::string code;
  std::string message;
  std::string fix;  // empty: none

  friend bool operator==(const Finding&, const Finding&) = default;
};

// What the plugin may ask of the host during a call, against this container registry alone.
struct Services {
  registry::Session* session = nullptr;  // null: no connection (offline, or a layout)
  bool probe = false;                    // `check --probe`: questions that may create something are allowed
  // Carries this call's plan out, at most once; the host's own checks run inside it. Empty when nothing may be pushed.
  std::function<base::Result<push::Report>()> push{};
  // Told of every finding as it comes, before a push goes on.
  std::function<void(const Finding&)> found{};
};

// What a flavor is told of the image that is to be pushed.
struct ImageView {
  std::string reference;        // the full destination: "r.example/acme/app:1.2"; for layouts "oci:/dir/team/app:1"
  std::string repository;       // below the container registry's uri: "app"
  std::string full_repository;  // below the host: "acme/app"
  std::string tag;              // empty with a digest reference
  const push::Plan* plan = nullptr;  // null: `check` without SOURCE
};

struct PushOutcome {
  std::vector<Finding> findings;
  std::optional<push::Report> report;  // none: findings of severity error stopped it
};

// What a flavor answered when it was asked for a credential.
struct ProvidedCredential {
  std::optional<registry::Credential> credential;
  std::string reason;  // why there is none, in its words
};

struct PluginOptions {
  std::string worker_program;  // berth-flavor-worker
  std::chrono::milliseconds load_limit{2'000};
  std::chrono::milliseconds create_limit{2'000};
  std::chrono::milliseconds call_limit{5'000};
  std::chrono::milliseconds destroy_limit{1'000};
  // The variables that a flavor may be permitted to read, and those that its permissions name. Called from the thread
  // that calls the plugin.
  std::function<std::optional<std::string>(std::string_view)> variables =
      [](std::string_view) -> std::optional<std::string> { return std::nullopt; };
  // Proxies and trust for the requests of the service http/1; its limits are the service's own.
  http::ClientOptions http{};
  // Also runs a plugin that is neither registered nor installed where this machine cannot contain malice
  // (--allow-unsandboxed).
  bool allow_unsandboxed = false;
};

// What contains a running plugin on this machine.
struct PluginSandbox {
  bool no_new_privileges = false;
  bool landlock = false;      // files
  bool seccomp = false;       // system calls
  bool thread_limit = false;  // the kernel asks the host about each new thread; else the host counts them
};

class Plugin {
 public:
  // Starts the worker on a sealed copy of the file (whose sha256 must still be candidate.sha256: else class trust,
  // "flavor.changed") and creates the flavor with validated settings.
  static base::Result<Plugin> start(const Candidate& candidate, const oci::RegistryUri& uri, const base::Json& settings,
                                    const PluginOptions& options, const base::Cancellation& cancellation,
                                    base::Log& log);
  // Class trust, code "flavor.unsandboxed": the plugin is neither registered nor installed, and this machine lacks
  // Landlock or seccomp.
  Plugin(Plugin&&) noexcept;
  Plugin& operator=(Plugin&&) noexcept;
  ~Plugin();

  [[nodiscard]] const PluginSandbox& sandbox() const;

  // prepare_image_push alone.
  base::Result<std::vector<Finding>> prepare(const ImageView& image, const Services& services);
  // push_image. Success comes only from the host's own record: a plugin that reports success without a push, or
  // another digest, is class plugin, code "plugin.lied".
  base::Result<PushOutcome> push(const ImageView& image, const Services& services);
  // What its capability upload-rules/1 said when it was created; the usual rules without it.
  [[nodiscard]] const registry::UploadRules& upload_rules() const;
  // Whether it has the capability credentials/1.
  [[nodiscard]] bool provides_credentials() const;
  // Asks it. From any thread, also while prepare() or push() waits in one of the services: then within that call, one
  // question at a time. `refused`: what it gave last was. Class auth, code "auth.flavor": the flavor says that what it
  // would take it from is broken; class plugin, code "plugin.bad-credential": what it gave cannot be one.
  base::Result<ProvidedCredential> ask_for_credential(const registry::CredentialQuestion& question, bool refused);
  // Whether it has credentials/1's is_expired.
  [[nodiscard]] bool recognises_expiry() const;
  // Whether the flavor recognises `rejection` as that of an expired credential; false without credentials/1's
  // is_expired. From any thread, as ask_for_credential().
  base::Result<bool> is_expired_credential(const registry::Rejection& rejection);
  // The error with what the flavor knows of the registry's words: its cause before the one that stands there, its fix
  // in place of it. Unchanged if the error has no message of the registry, the flavor has no explanations/1, adds nothing or fails
  // at it. `repository` is below the host. Not within a call.
  base::Error explained(base::Error error, std::string_view repository);
  // Destroys the flavor; a fault here is reported, but changes nothing that was proven.
  base::Result<void> close();

 private:
  struct State;
  explicit Plugin(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace berth::flavor
