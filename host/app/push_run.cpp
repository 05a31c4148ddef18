#include "app/push_run.hpp"

#include <fmt/format.h>

#include <future>

#include "app/destinations.hpp"

namespace berth::app {
namespace {

using base::Error;

class PushRun {
 public:
  PushRun(const App& app, const ImageToPush& image, PushEvents& events)
      : app_(app), source_(image.source), form_(image.form), events_(events) {}

  void run(PushOperations& operations, std::vector<PushOutcome>& outcomes) {
    if (operations.size() > 1) check_all(operations, outcomes);
    for (std::size_t i = 0; i < operations.size(); ++i) {
      if (outcomes[i].destination.error) continue;
      if (operations.size() > 1) events_.info("pushing to " + operations[i]->target().reference());
      push_to(*operations[i], outcomes[i]);
    }
    use_one_form(operations, outcomes);
    for (std::size_t i = 0; i < operations.size(); ++i) {
      if (!outcomes[i].destination.error) operations[i]->close();
      outcomes[i].destination.findings = operations[i]->findings();
    }
  }

 private:
  void fail(const PushOperation& operation, const Error& error, PushOutcome& outcome) {
    outcome.destination.findings = operation.findings();
    app::fail(app_, error, outcome.destination, events_);
  }

  // The checks of all destinations in parallel, so that all credentials and findings are known
  // before the first upload.
  void check_all(PushOperations& operations, std::vector<PushOutcome>& outcomes) {
    events_.stage(fmt::format("checking {} destinations", operations.size()));
    std::vector<std::future<base::Result<void>>> checks;
    for (auto& operation : operations)
      checks.push_back(std::async(std::launch::async, [this, &operation]() -> base::Result<void> {
        if (app_.cancellation.requested()) return app_.cancellation.error();
        return operation->check(source_, form_);
      }));
    for (const auto& check : checks) check.wait();
    events_.pause();
    for (std::size_t i = 0; i < operations.size(); ++i) {
      events_.info("checked " + operations[i]->target().reference());
      operations[i]->report_findings();
      if (const auto checked = checks[i].get(); !checked)
        fail(*operations[i], checked.error(), outcomes[i]);
    }
  }

  base::Result<PushedImage> push_once(PushOperation& operation) {
    if (app_.cancellation.requested()) return app_.cancellation.error();
    return operation.push(source_, form_);
  }

  void push_to(PushOperation& operation, PushOutcome& outcome) {
    auto pushed = push_once(operation);
    if (!pushed) return fail(operation, pushed.error(), outcome);
    form_ = pushed->report.form;
    outcome.pushed = std::move(*pushed);
  }

  // A registry that rejected the first form has another digest than the destinations before it:
  // these are pushed to again in its form, unless they reject it. They have the blobs already.
  void use_one_form(PushOperations& operations, std::vector<PushOutcome>& outcomes) {
    for (std::size_t i = 0; i < operations.size(); ++i) {
      const auto& first = outcomes[i].pushed;
      if (!first || first->report.form == form_ || app_.cancellation.requested()) continue;
      const std::string reference = operations[i]->target().reference();
      events_.info("pushing to " + reference +
                   " again, so that all destinations get the same digest");
      auto pushed = push_once(*operations[i]);
      if (pushed)
        outcomes[i].pushed = std::move(*pushed);
      else
        events_.warning(reference + " keeps a different digest: " + pushed.error().message());
    }
  }

  const App& app_;
  push::PushSource& source_;
  push::ManifestForm form_;  // that the latest registry accepted
  PushEvents& events_;
};

}  // namespace

void run_pushes(const App& app, PushOperations& operations, const ImageToPush& image,
                PushEvents& events, std::vector<PushOutcome>& outcomes) {
  PushRun(app, image, events).run(operations, outcomes);
}

}  // namespace berth::app
