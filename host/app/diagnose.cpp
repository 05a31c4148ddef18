#include "app/diagnose.hpp"

#include <unistd.h>

#include <boost/filesystem.hpp>

#include "app/diagnose_registry.hpp"
#include "app/find_target.hpp"
#include "app/registries_conf_policy.hpp"
#include "app/running_flavor.hpp"
#include "app/uri_kind.hpp"
#include "app/workspace.hpp"
#include "base/file_io.hpp"
#include "image/docker_host.hpp"

namespace berth::app {
namespace {

bool path_exists(const std::string& path) {
  boost::system::error_code error;
  return boost::filesystem::exists(path, error);
}

// Starts the flavor as a push would. std::nullopt if that failed.
std::optional<flavor::Plugin> diagnose_worker(const App& app, const flavor::Candidate& flavor,
                                              const oci::RegistryUri& uri,
                                              const base::Json& settings,
                                              Step<flavor::PluginSandbox>& step) {
  const Stopwatch watch;
  auto plugin = start_plugin(app, flavor, uri, settings);
  if (!plugin) {
    step.failed(std::move(plugin).error(), watch.elapsed());
    return std::nullopt;
  }
  step.succeeded(plugin->sandbox(), watch.elapsed());
  return std::move(*plugin);
}

void diagnose_directory(const std::string& directory, Step<DirectoryFacts>& step) {
  const Stopwatch watch;
  boost::filesystem::path existing(directory);
  while (!path_exists(existing.string()) && existing.has_parent_path())
    existing = existing.parent_path();
  if (::access(existing.c_str(), W_OK | X_OK) != 0)
    return step.failed(base::file_error("write into", existing.string(), errno), watch.elapsed());
  step.succeeded({directory, existing.string()}, watch.elapsed());
}

DestinationFacts destination_facts(const Target& target) {
  return {target.registry ? *target.registry : target.uri.str(), target.flavor->metadata->flavor,
          target.flavor->metadata->version, target.flavor->path, target.selection_reason};
}

void diagnose_configuration(const App& app, const base::Result<store::Contents>& contents,
                            Elapsed elapsed, Step<ConfigurationFacts>& step) {
  if (!contents) return step.failed(contents.error().clone(), elapsed);
  ConfigurationFacts facts;
  if (!app.paths.config.empty()) facts.file = app.paths.config + "/registries.json";
  facts.unavailable = contents->unavailable;
  facts.container_registries = contents->container_registries.size();
  if (!app.paths.docker_config.empty()) facts.login_file = app.paths.docker_config + "/config.json";
  facts.login_file_exists = path_exists(facts.login_file);
  step.succeeded(std::move(facts), elapsed);
}

void diagnose_registries_conf(const App& app, Step<RegistriesConfFacts>& step) {
  const Stopwatch watch;
  auto conf = registries_conf(app);
  if (!conf) return step.failed(std::move(conf).error(), watch.elapsed());
  step.succeeded({std::move(conf->files), {}, {}, false}, watch.elapsed());
}

FlavorsFacts flavors_facts(const flavor::FlavorIndex& index) {
  FlavorsFacts facts;
  for (const auto& candidate : index.candidates()) {
    if (candidate.in_use())
      facts.in_use.push_back({candidate.metadata->flavor, candidate.metadata->version});
    else
      ++facts.others;
  }
  return facts;
}

// Only docker-daemon: sources need it: its absence is not a failure.
void diagnose_daemon(const App& app, Step<DaemonFacts>& step) {
  const Stopwatch watch;
  const auto host = image::find_docker_host({app.cancellation, app.log, app.environment, {}});
  if (!host) {
    step.skip_reason = host.error().message();
    return;
  }
  http::ClientOptions options;
  options.tls = host->tls;
  options.unix_socket = host->unix_socket;
  options.limits.connect = std::chrono::seconds(2);
  options.limits.idle = std::chrono::seconds(5);
  options.limits.attempts = 1;
  http::Request request;
  request.url = host->url + "/_ping";
  const auto response = http::Client(options, app.cancellation, app.log).send(request);
  if (!response) {
    step.skip_reason = response.error().message() + "; only docker-daemon: sources require it";
    return;
  }
  step.succeeded({host->name, response->status}, watch.elapsed());
}

}  // namespace

base::Result<Diagnosis> diagnose(const App& app, DiagnoseRequest request, Events& events) {
  request.network.limits.attempts = 1;
  request.network.limits.idle = std::chrono::seconds(15);
  const Stopwatch watch;
  BERTH_TRY(const auto workspace, open_workspace(app, events));
  Diagnosis diagnosis;
  diagnosis.reference = request.destination;
  auto target =
      find_target(request.destination, request.target, workspace.contents, workspace.index);
  if (!target) {
    diagnosis.destination.failed(std::move(target).error(), watch.elapsed());
    return diagnosis;
  }
  diagnosis.reference = target->reference();
  diagnosis.layout = !target->is_remote();
  diagnosis.destination.succeeded(destination_facts(*target), watch.elapsed());
  auto plugin =
      diagnose_worker(app, *target->flavor, target->uri, target->settings, diagnosis.worker);
  if (!plugin) return diagnosis;
  if (diagnosis.layout)
    diagnose_directory(target->uri.directory(), diagnosis.directory);
  else
    diagnose_registry(app, {*target, request.network, *plugin, request.probe}, diagnosis, events);
  return diagnosis;
}

MachineDiagnosis diagnose_machine(const App& app, Events& events) {
  MachineDiagnosis diagnosis;
  const Stopwatch watch;
  const auto contents = read_store(app, events);
  diagnose_configuration(app, contents, watch.elapsed(), diagnosis.configuration);
  diagnose_registries_conf(app, diagnosis.registries_conf);
  const Stopwatch index_watch;
  const auto index = discover_flavors(app, contents ? *contents : store::Contents());
  if (auto installed = index.check_installed(); !installed)
    diagnosis.flavors.failed(std::move(installed).error(), index_watch.elapsed());
  else
    diagnosis.flavors.succeeded(flavors_facts(index), index_watch.elapsed());
  // Any host will do: the flavor for hosts that no other flavor claims.
  const auto flavor = index.claiming("localhost");
  const auto uri = oci::RegistryUri::parse("localhost");
  if (!flavor)
    diagnosis.worker.failed(flavor.error().clone(), Elapsed(0));
  else
    diagnose_worker(app, **flavor, *uri, base::Json::object(), diagnosis.worker);
  diagnose_daemon(app, diagnosis.docker);
  return diagnosis;
}

}  // namespace berth::app
