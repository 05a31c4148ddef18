#include "app/check.hpp"

#include <algorithm>
#include <future>

#include "app/destination_kinds.hpp"
#include "app/destinations.hpp"
#include "app/find_target.hpp"
#include "app/image_source.hpp"
#include "app/running_flavor.hpp"
#include "app/source_check.hpp"
#include "app/workspace.hpp"
#include "http/curl_library.hpp"
#include "image/source_spec.hpp"

namespace berth::app {
namespace {

using base::Error;
using base::ErrorClass;

// Sends the first request to the registry while the flavor sends its own.
class FirstRequest {
 public:
  FirstRequest(const App& app, registry::RegistryClient* client) : cancellation_(app.cancellation) {
    if (client != nullptr)
      response_ =
          std::async(std::launch::async, [client] { return client->access().discover_auth(); });
  }
  FirstRequest(const FirstRequest&) = delete;
  FirstRequest& operator=(const FirstRequest&) = delete;
  // A response that was not waited for does not matter any more.
  ~FirstRequest() {
    if (response_.valid()) cancellation_.request(base::Cancellation::Reason::abandoned);
  }

  base::Result<void> wait() { return response_.valid() ? response_.get() : base::Result<void>(); }

 private:
  base::Cancellation& cancellation_;
  std::future<base::Result<void>> response_;
};

struct Resolved {
  const Target& target;
  const Workspace& workspace;
};

struct CheckedSource {
  std::unique_ptr<image::Source> source;  // nullptr if only the destination is checked
  std::optional<push::Plan> plan;         // of `source`
};

base::Result<void> check_offline(const image::SourceSpec& spec) {
  if (spec.transport == image::Transport::docker_daemon)
    return Error(ErrorClass::usage, "usage.offline",
                 "--offline does not connect to the Docker daemon")
        .fix("docker save " + spec.location +
             " -o FILE && berth check docker-archive:FILE DESTINATION");
  if (spec.transport == image::Transport::docker)
    return Error(ErrorClass::usage, "usage.offline", "--offline does not connect to a registry")
        .fix("omit --offline or SOURCE");
  return {};
}

base::Result<CheckedSource> open_checked(const App& app, const CheckRequest& request,
                                         const Target& target, const Workspace& workspace,
                                         CheckEvents& events) {
  CheckedSource checked;
  if (request.source.empty()) return checked;
  BERTH_TRY(const auto spec, image::SourceSpec::parse(request.source));
  if (request.offline) BERTH_CHECK(check_offline(spec));
  BERTH_TRY(checked.source,
            open_image(app, request.source, request.platforms,
                       {workspace.contents, request.network, {target.uri.host()}}, events));
  BERTH_TRY(const auto encoding, common_encoding({&target, 1}));
  checked.plan =
      push::plan_push(checked.source->contents(), kind_of(target).manifest_form(), encoding);
  BERTH_CHECK(check_expected(target, *checked.plan));
  return checked;
}

base::Result<Connection> connect_to_check(const App& app, const CheckRequest& request,
                                          const Target& target, flavor::Plugin& plugin,
                                          CheckEvents& events) {
  if (!request.offline)
    return kind_of(target).connect(
        app,
        {.target = target, .options = request.network, .purpose = Purpose::check, .plugin = plugin},
        events);
  BERTH_CHECK(kind_of(target).check_allowed(app, target));
  return Connection();
}

flavor::Finding unverified_credentials(const flavor::Services& services) {
  return {flavor::Severity::info, "check.credentials-unverified",
          "credentials were not verified: " + services.session->host() +
              " did not require authentication",
          services.probe ? "" : "open an upload and delete it: berth check --probe"};
}

// The checks of the flavor, then those of the registry. Returns what is known of the account's
// access; std::nullopt if it was not checked.
base::Result<std::optional<registry::Access>> check_connected(const App& app, const Target& target,
                                                              const CheckedSource& image,
                                                              flavor::Plugin& plugin,
                                                              const flavor::Services& services) {
  using Checked = base::Result<std::optional<registry::Access>>;
  if (image.source) {
    report_notices(*image.source, services.found);
    push::PushSource source(*image.source);
    BERTH_CHECK(check_content(target, {*image.plan, source}, services.session, services.found));
  }
  FirstRequest first(app, services.session);
  auto checked = [&]() -> Checked {
    BERTH_TRY(const auto findings,
              plugin.prepare(image_view(target, image.plan ? &*image.plan : nullptr), services));
    // What the flavor found explains better why the registry would reject the push.
    if (std::ranges::any_of(findings, is_error) || services.session == nullptr)
      return Checked(std::nullopt);
    BERTH_CHECK(first.wait());
    BERTH_TRY(const auto access,
              services.session->access().check(target.image.full_repository, services.probe));
    if (access.login == registry::Access::Login::unverified)
      services.found(unverified_credentials(services));
    return std::optional(access);
  }();
  if (!checked) return plugin.explained(std::move(checked).error(), target.image.full_repository);
  return checked;
}

// Everything after the destination was resolved.
base::Result<void> check_resolved(const App& app, const CheckRequest& request,
                                  const Resolved& resolved, CheckEvents& events,
                                  CheckReport& report) {
  const Target& target = resolved.target;
  BERTH_TRY(const auto image, open_checked(app, request, target, resolved.workspace, events));
  BERTH_TRY(auto plugin, start_plugin(app, target));
  BERTH_TRY(const auto connection, connect_to_check(app, request, target, plugin, events));
  flavor::Services services;
  services.session = connection.client.get();
  services.probe = request.probe;
  services.found = [&](const auto& finding) {
    report.destination.findings.push_back(finding);
    events.finding(finding);
  };
  auto checked = check_connected(app, target, image, plugin, services);
  if (auto closed = plugin.close(); !closed)
    events.warning(closed.error().message() + ": " + closed.error().cause());
  if (!checked) return std::move(checked).error();
  report.access = *checked;
  return {};
}

}  // namespace

std::size_t CheckReport::problems() const {
  return static_cast<std::size_t>(std::ranges::count_if(destination.findings, is_error));
}

base::Result<CheckReport> check(const App& app, const CheckRequest& request, CheckEvents& events) {
  const auto curl = http::load_curl();  // while the flavors are searched and started
  BERTH_TRY(const auto workspace, open_workspace(app, events));
  CheckReport report{.destination = {.given = request.destination}};
  const auto target =
      find_target(request.destination, request.target, workspace.contents, workspace.index);
  if (!target) {
    fail(app, target.error(), report.destination, events);
    return report;
  }
  report.destination.resolved = describe_target(*target);
  announce(app, std::span(&*target, 1), events);
  const auto checked = check_resolved(app, request, {*target, workspace}, events, report);
  if (!checked) fail(app, checked.error(), report.destination, events);
  return report;
}

}  // namespace berth::app
