#include "app/conformance.hpp"

#include <berth/abi.h>
#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "app/plugin_file_checks.hpp"
#include "app/running_flavor.hpp"
#include "flavor/flavor_settings.hpp"
#include "flavor/plugin.hpp"
#include "platform/process_tree.hpp"
#include "platform/thread_limit.hpp"

namespace berth::app {
namespace {

using base::Error;
using base::ErrorClass;
using Result = ConformanceCheck::Result;
constexpr std::size_t kLong = std::size_t{1} << 20U;

// One call of the plugin, by the strings that it receives.
enum class Strings { usual, empty, long_ones };

std::string sized(Strings strings, const std::string& usual) {
  if (strings == Strings::usual) return usual;
  return strings == Strings::empty ? std::string() : std::string(kLong, 'a');
}

template <class T>
base::Result<void> outcome_of(const base::Result<T>& result) {
  if (result) return {};
  return result.error().clone();
}

// Runs checks of one plugin, each in a process of its own.
class Conformance {
 public:
  Conformance(const App& app, flavor::Candidate candidate, oci::RegistryUri uri,
              base::Json settings, std::vector<flavor::Setting> schema)
      : app_(app),
        candidate_(std::move(candidate)),
        uri_(std::move(uri)),
        settings_(std::move(settings)),
        schema_(std::move(schema)) {
    // Without permissions, nothing of the user is accessed.
    candidate_.metadata->permissions.clear();
  }

  base::Result<std::vector<ConformanceCheck>> run();

 private:
  using Step = std::function<base::Result<void>(flavor::Plugin&)>;

  base::Result<flavor::Plugin> start(const base::Json& settings, base::Cancellation& cancellation) {
    auto options = plugin_options(app_);
    options.ended = {};  // crashes in a check do not count
    options.variables = [](std::string_view) { return std::optional<std::string>(); };
    return flavor::Plugin::start(candidate_, uri_, settings, options, cancellation, app_.log);
  }

  // Runs `step` on a new process, then destroys the flavor.
  void check(const std::string& name, const base::Json& settings, const Step& step,
             bool may_reject = false) {
    base::Cancellation cancellation;
    auto plugin = start(settings, cancellation);
    if (!plugin) return add(name, plugin.error(), may_reject);
    auto done = step(*plugin);
    if (!done) return add(name, done.error(), false);
    if (const auto closed = plugin->close(); !closed) return add(name, closed.error(), false);
    checks_.push_back({.name = name});
  }
  void check(const std::string& name, const Step& step) { check(name, settings_, step); }

  // Errors that are not the plugin's fault pass: a flavor may reject odd input.
  void add(const std::string& name, const Error& error, bool may_reject) {
    if (error.error_class() == ErrorClass::trust && error.code() == "flavor.changed" && !changed_)
      changed_ = error.clone();
    const bool is_fault = error.error_class() == ErrorClass::plugin ||
                          error.error_class() == ErrorClass::trust || !may_reject;
    ConformanceCheck check{.name = name};
    check.detail = error.cause().empty() ? error.message() : error.message() + ": " + error.cause();
    if (is_fault) {
      check.result = Result::failed;
      check.fix = error.error_class() == ErrorClass::validation
                      ? "pass --uri U and --set K=V that the flavor accepts"
                      : fix_of(error);
    }
    checks_.push_back(std::move(check));
  }

  static std::string fix_of(const Error& error) {
    if (error.code() == "plugin.ended")
      return "find the crash with the fake host of berth/testing.hpp, or with --debug-plugin";
    if (error.code() == "plugin.hung") return "return within the time limits of sdk/README.md";
    if (error.code() == "plugin.failed")
      return "report a finding, or throw berth::Failure with a fix, instead of failing";
    if (error.code() == "flavor.note-differs") return "build it with BERTH_PLUGIN() of one SDK";
    return error.fix().empty() ? "follow the rules of berth/abi.h" : error.fix();
  }

  // Only a fault of the plugin counts: a flavor may fail for odd input, without permissions and
  // without a registry.
  static base::Result<void> tolerate(base::Result<void> result) {
    if (result || (result.error().error_class() == ErrorClass::plugin &&
                   result.error().code() != "plugin.failed"))
      return result;
    return {};
  }

  flavor::ImageView image(Strings strings) const {
    return {sized(strings, uri_.str() + "/app:1"), sized(strings, "app"),
            sized(strings, uri_.path().empty() ? "app" : uri_.path() + "/app"), sized(strings, "1"),
            nullptr};
  }

  void check_create();
  void check_images();
  void check_credentials(const std::vector<std::string>& extensions);
  void check_explanations();
  void check_cancellation();
  void check_instances();
  base::Json odd_settings(Strings strings) const;

  const App& app_;
  flavor::Candidate candidate_;
  oci::RegistryUri uri_;
  base::Json settings_;
  std::vector<flavor::Setting> schema_;
  std::vector<ConformanceCheck> checks_;
  std::optional<Error> changed_;
};

// All free strings of the schema replaced.
base::Json Conformance::odd_settings(Strings strings) const {
  base::Json settings = settings_;
  for (const auto& setting : schema_)
    if (!setting.common && setting.type == "string" && !setting.allowed.is_array())
      settings.set(setting.name, sized(strings, "a"));
  return settings;
}

void Conformance::check_create() {
  const Step nothing = [](flavor::Plugin&) { return base::Result<void>(); };
  check("create", nothing);
  check("create: empty settings", odd_settings(Strings::empty), nothing, true);
  check("create: settings of 1 MiB", odd_settings(Strings::long_ones), nothing, true);
}

void Conformance::check_images() {
  for (const auto& [name, strings] :
       {std::pair("usual", Strings::usual), std::pair("empty strings", Strings::empty),
        std::pair("strings of 1 MiB", Strings::long_ones)}) {
    const auto view = image(strings);
    check(fmt::format("prepare_image_push: {}", name),
          [&](flavor::Plugin& plugin) { return tolerate(outcome_of(plugin.prepare(view, {}))); });
    check(fmt::format("push_image: {}", name), [&](flavor::Plugin& plugin) {
      flavor::Services services;
      services.push = []() -> base::Result<push::Report> {
        return push::Report{oci::Digest::parse("sha256:" + std::string(64, 'a')).value(), {}, 0, 0};
      };
      return tolerate(outcome_of(plugin.push(view, services)));
    });
  }
  check("push_image: the push fails", [&](flavor::Plugin& plugin) {
    flavor::Services services;
    services.push = []() -> base::Result<push::Report> {
      return Error(ErrorClass::denied, "push.blob-denied", "not authorized");
    };
    return tolerate(outcome_of(plugin.push(image(Strings::usual), services)));
  });
}

void Conformance::check_credentials(const std::vector<std::string>& extensions) {
  if (std::find(extensions.begin(), extensions.end(), BERTH_CREDENTIALS_1) == extensions.end())
    return;
  for (const auto& [name, strings] :
       {std::pair("usual", Strings::usual), std::pair("empty strings", Strings::empty),
        std::pair("strings of 1 MiB", Strings::long_ones)}) {
    const std::string text = sized(strings, uri_.host());
    check(fmt::format("credential: {}", name), [&](flavor::Plugin& plugin) -> base::Result<void> {
      for (const bool refused : {false, true}) {
        auto found = plugin.ask_for_credential({text, text, text}, refused);
        if (!found) BERTH_CHECK(tolerate(found.error().clone()));
      }
      return {};
    });
    check(fmt::format("is_expired: {}", name), [&](flavor::Plugin& plugin) -> base::Result<void> {
      return tolerate(outcome_of(plugin.is_expired_credential({text, text, text})));
    });
  }
}

void Conformance::check_explanations() {
  for (const auto& [name, strings] :
       {std::pair("usual", Strings::usual), std::pair("empty strings", Strings::empty),
        std::pair("strings of 1 MiB", Strings::long_ones)}) {
    const std::string text = sized(strings, "403 DENIED: denied");
    check(fmt::format("explain: {}", name), [&](flavor::Plugin& plugin) -> base::Result<void> {
      if (!plugin.has_extension(BERTH_EXPLANATIONS_1)) return {};
      return tolerate(outcome_of(plugin.call_extension<channel::ExplainError>({text, text, text})));
    });
  }
}

// A plugin that does not return within 250 ms of the cancellation is terminated.
void Conformance::check_cancellation() {
  const auto view = image(Strings::usual);
  const std::pair<const char*, std::function<void(flavor::Plugin&)>> calls[] = {
      {"prepare_image_push: cancelled",
       [&](flavor::Plugin& plugin) { static_cast<void>(plugin.prepare(view, {})); }},
      {"push_image: cancelled",
       [&](flavor::Plugin& plugin) { static_cast<void>(plugin.push(view, {})); }},
      {"credential: cancelled", [&](flavor::Plugin& plugin) {
         if (plugin.provides_credentials())
           static_cast<void>(plugin.ask_for_credential({uri_.host(), "", ""}, false));
       }}};
  for (const auto& [name, call] : calls) {
    base::Cancellation cancellation;
    auto plugin = start(settings_, cancellation);
    if (!plugin) {
      add(name, plugin.error(), false);
      continue;
    }
    cancellation.request(base::Cancellation::Reason::interrupt);
    call(*plugin);
    ConformanceCheck check{.name = name};
    if (platform::count_threads(plugin->process_id()) == 0) {
      check.result = Result::failed;
      check.detail = "it did not return within 250 ms of the cancellation";
      check.fix = "return at once when a service fails, or call.cancelled() is true";
    }
    checks_.push_back(std::move(check));
  }
}

// Creates two flavors in one process, destroys both, and looks at what is left.
void Conformance::check_instances() {
  base::Cancellation cancellation;
  auto options = plugin_options(app_);
  options.ended = {};
  auto plugin = flavor::Plugin::spawn(candidate_, uri_, settings_, options, cancellation, app_.log);
  const char* name = "two instances";
  if (!plugin) return add(name, plugin.error(), false);
  if (const auto loaded = plugin->load(); !loaded) return add(name, loaded.error(), false);
  const pid_t pid = plugin->process_id();
  const std::size_t threads = platform::count_threads(pid);
  const std::size_t descriptors = platform::count_descriptors(pid);
  for (int i = 0; i < 2; ++i) {
    if (const auto created = plugin->create_another(); !created)
      return add(name, created.error(), false);
    const auto prepared = plugin->prepare(image(Strings::usual), {});
    if (!prepared && !tolerate(prepared.error().clone())) return add(name, prepared.error(), false);
  }
  if (const auto released = plugin->release(); !released) return add(name, released.error(), false);
  checks_.push_back({.name = name});
  const auto left = [&](const char* what, std::size_t before, std::size_t after, const char* fix) {
    ConformanceCheck check{.name = std::string("nothing left: ") + what};
    if (after > before) {
      check.result = Result::failed;
      check.detail = fmt::format("{} {} left after destroy", after - before, what);
      check.fix = fix;
    }
    checks_.push_back(std::move(check));
  };
  left("threads", threads, platform::count_threads(pid), "join threads in the destructor");
  left("descriptors", descriptors, platform::count_descriptors(pid),
       "close descriptors in the destructor");
  left("processes", 0, platform::descendants_of(pid).size(), "start no process: use exec/1");
}

base::Result<std::vector<ConformanceCheck>> Conformance::run() {
  check_create();
  const bool is_created = checks_.front().result == Result::passed;
  std::vector<std::string> extensions;
  if (is_created) {
    base::Cancellation cancellation;
    if (auto plugin = start(settings_, cancellation)) extensions = plugin->extensions();
    check_images();
    check_credentials(extensions);
    if (std::find(extensions.begin(), extensions.end(), BERTH_EXPLANATIONS_1) != extensions.end())
      check_explanations();
    check_cancellation();
    check_instances();
  } else {
    checks_.push_back({.name = "functions",
                       .result = Result::skipped,
                       .detail = "create failed: pass --uri and --set K=V that it accepts"});
  }
  if (changed_) return std::move(*changed_);
  return std::move(checks_);
}

// Required settings that were not passed.
void fill_required(const std::vector<flavor::Setting>& schema, base::Json& settings) {
  for (const auto& setting : schema) {
    if (!setting.required || settings.find(setting.name) != nullptr) continue;
    if (setting.allowed.is_array() && !setting.allowed.as_array()->empty())
      settings.set(setting.name, setting.allowed.as_array()->front());
    else if (setting.type == "string")
      settings.set(setting.name, "conformance");
    else if (setting.type == "boolean")
      settings.set(setting.name, false);
    else
      settings.set(setting.name, setting.minimum.is_null() ? base::Json(1) : setting.minimum);
  }
}

}  // namespace

bool ConformanceReport::passed() const {
  return std::none_of(checks.begin(), checks.end(),
                      [](const auto& check) { return check.result == Result::failed; });
}

base::Result<ConformanceReport> check_conformance(const App& app, const ConformanceRequest& request,
                                                  Events& events) {
  BERTH_TRY(auto candidate, flavor::inspect_plugin(request.path));
  candidate.origin = flavor::Origin::registered;
  BERTH_TRY(auto uri, oci::RegistryUri::parse(request.uri));
  BERTH_TRY(auto schema, flavor::settings_of(candidate.metadata->settings_schema));
  BERTH_TRY(auto settings, flavor::parse_settings(schema, request.settings));
  fill_required(schema, settings);
  ConformanceReport report{.flavor = candidate.metadata->flavor,
                           .version = candidate.metadata->version,
                           .path = candidate.path,
                           .sha256 = candidate.sha256,
                           .checks = {}};
  BERTH_TRY(report.checks, check_plugin_file(candidate.path));
  events.info("running " + report.path + " without permissions");
  Conformance conformance(app, std::move(candidate), std::move(uri), std::move(settings),
                          std::move(schema));
  BERTH_TRY(auto checks, conformance.run());
  std::move(checks.begin(), checks.end(), std::back_inserter(report.checks));
  return report;
}

}  // namespace berth::app
