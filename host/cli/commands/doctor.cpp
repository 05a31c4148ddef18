#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <boost/filesystem.hpp>

#include "cli/commands/commands.hpp"
#include "cli/examine_registry.hpp"
#include "cli/registries.hpp"
#include "cli/workspace.hpp"
#include "image/docker_host.hpp"

namespace berth::cli {
namespace {

bool is_there(const std::string& path) {
  boost::system::error_code error;
  return boost::filesystem::exists(path, error);
}

std::string describe_sandbox(const flavor::PluginSandbox& sandbox) {
  const auto state = [](bool active) { return active ? "on" : "not on this machine"; };
  return fmt::format("no_new_privs {}, landlock {}, seccomp {}, threads limited by {}",
                     state(sandbox.no_new_privileges), state(sandbox.landlock), state(sandbox.seccomp),
                     sandbox.thread_limit ? "the kernel" : "counting");
}

// Loads the flavor as a push would. std::nullopt if that failed.
std::optional<flavor::Plugin> examine_worker(Context& context, const flavor::Candidate& flavor,
                                             const oci::RegistryUri& uri, const base::Json& settings,
                                             Examination& seen) {
  const Stopwatch watch;
  auto plugin = start_plugin(context, flavor, uri, settings);
  if (!plugin) {
    seen.failed("worker", plugin.error(), watch.elapsed());
    return std::nullopt;
  }
  seen.ok("worker", "flavors run in a process of their own: " + describe_sandbox(plugin->sandbox()), watch.elapsed());
  return std::move(*plugin);
}

// A layout needs no network, only a folder that can be written.
void examine_folder(const std::string& directory, Examination& seen) {
  const Stopwatch watch;
  boost::filesystem::path existing(directory);
  while (!is_there(existing.string()) && existing.has_parent_path()) existing = existing.parent_path();
  if (::access(existing.c_str(), W_OK | X_OK) != 0)
    return seen.failed("folder", base::file_error("write into", existing.string(), errno), watch.elapsed());
  seen.ok("folder", existing == directory ? "it can be written" : "it will be made below " + existing.string(),
          watch.elapsed());
}

std::string describe_target(const Target& target) {
  return fmt::format("{}, flavor {} {} at {} ({})", target.registry ? *target.registry : target.uri.str(),
                     target.flavor->metadata->flavor, target.flavor->metadata->version, target.flavor->path,
                     target.why);
}

base::Result<int> examine_destination(Context& context, WatchingLog& log, const Arguments& arguments) {
  const std::string& typed = arguments.operand(0);
  BERTH_TRY(const auto target_options_given, target_options(arguments));
  BERTH_TRY(auto network, network_options(context, arguments));
  // What fails once is what a doctor wants to see, and soon.
  network.limits.attempts = 1;
  network.limits.idle = std::chrono::seconds(15);
  const Stopwatch watch;
  std::vector<std::string> steps{"destination", "worker"};
  for (auto& step : registry_steps()) steps.push_back(std::move(step));
  BERTH_TRY(const auto workspace, open_workspace(context));
  const auto target = find_target(typed, target_options_given, workspace.contents, workspace.index);
  if (target && target->uri.is_layout()) steps = {"destination", "worker", "folder"};
  Examination seen(std::move(steps));
  if (!target) {
    seen.failed("destination", target.error(), watch.elapsed());
    return seen.print(context, typed);
  }
  seen.ok("destination", describe_target(*target), watch.elapsed());
  auto plugin = examine_worker(context, *target->flavor, target->uri, target->settings, seen);
  if (plugin && target->uri.is_layout()) examine_folder(target->uri.directory(), seen);
  if (plugin && !target->uri.is_layout())
    examine_registry(context, log, *target, *plugin, network, arguments.has("--probe"), seen);
  return seen.print(context, target->reference());
}

void examine_files(Context& context, Examination& seen) {
  const Stopwatch watch;
  const auto contents = read_store(context);
  if (!contents) return seen.failed("configuration", contents.error(), watch.elapsed());
  seen.ok("configuration",
          fmt::format("{}/registries.json: {} container registries; logins: {}/config.json{}", context.paths.config,
                      contents->container_registries.size(), context.paths.docker_config,
                      is_there(context.paths.docker_config + "/config.json") ? "" : " (not there)"),
          watch.elapsed());
  const Stopwatch conf_watch;
  const auto conf = registries_conf(context);
  if (!conf) return seen.failed("registries.conf", conf.error(), conf_watch.elapsed());
  seen.ok("registries.conf", conf->files.empty() ? "there is none" : fmt::format("{}", fmt::join(conf->files, ", ")),
          conf_watch.elapsed());
}

void examine_flavors(const flavor::FlavorIndex& index, Elapsed elapsed, Examination& seen) {
  std::vector<std::string> used;
  std::size_t others = 0;
  for (const auto& candidate : index.candidates()) {
    if (candidate.in_use()) used.push_back(candidate.flavor() + " " + candidate.metadata->version);
    if (!candidate.in_use()) ++others;
  }
  seen.ok("flavors",
          fmt::format("{}{}", fmt::join(used, ", "),
                      others == 0 ? "" : fmt::format("; {} not in use: berth flavor list --all", others)),
          elapsed);
}

// Only docker-daemon: sources need it: without one this machine is no worse.
void examine_docker(const Context& context, Examination& seen) {
  const Stopwatch watch;
  const auto host = image::find_docker_host({context.cancellation, context.log, context.environment, {}});
  if (!host) return seen.skipped("docker", host.error().message());
  http::ClientOptions options;
  options.tls = host->tls;
  options.unix_socket = host->unix_socket;
  options.limits.connect = std::chrono::seconds(2);
  options.limits.idle = std::chrono::seconds(5);
  options.limits.attempts = 1;
  http::Request request;
  request.url = host->url + "/_ping";
  const auto answer = http::Client(options, context.cancellation, context.log).send(request);
  if (!answer) return seen.skipped("docker", answer.error().message() + "; docker-daemon: sources need it");
  seen.ok("docker", fmt::format("{} answers with {}", host->name, answer->status), watch.elapsed());
}

base::Result<int> examine_machine(Context& context) {
  Examination seen({"configuration", "registries.conf", "flavors", "worker", "docker"});
  examine_files(context, seen);
  const Stopwatch watch;
  const auto contents = read_store(context);
  const auto index = discover_flavors(context, contents ? *contents : store::Contents());
  examine_flavors(index, watch.elapsed(), seen);
  // Any registry's host will do: the flavor that takes what no other claims.
  const auto flavor = index.claiming("localhost");
  BERTH_TRY(const auto uri, oci::RegistryUri::parse("localhost"));
  if (!flavor) seen.failed("worker", flavor.error());
  if (flavor) examine_worker(context, **flavor, uri, base::Json::object(), seen);
  examine_docker(context, seen);
  return seen.print(context, "");
}

base::Result<int> run_doctor(Context& context, const Arguments& arguments) {
  WatchingLog log(context.log);
  Context watched = with_log(context, log);
  return arguments.operands.empty() ? examine_machine(watched) : examine_destination(watched, log, arguments);
}

}  // namespace

Command doctor_command() {
  Command command;
  command.name = "doctor";
  command.summary = "Diagnose and time each step of a push";
  command.operands = {{"DESTINATION", false, false}};
  command.examples = {"berth doctor prod/team/app:1.2", "berth doctor --probe ghcr.example/acme/app", "berth doctor"};
  command.options = {{"--probe", "", "allow requests with side effects", false, {}, {}}};
  for (const auto& list : {target_option_list(), network_option_list()})
    command.options.insert(command.options.end(), list.begin(), list.end());
  command.run = run_doctor;
  return command;
}

}  // namespace berth::cli
