#include "app/push_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <future>

#include "app/destinations.hpp"
#include "push/fan_out.hpp"

namespace berth::app {
namespace {

using base::Error;

class PushRun {
 public:
  PushRun(const App& app, const ImageToPush& image, ParallelEvents& events,
          PushOperations& operations, std::vector<PushOutcome>& outcomes)
      : app_(app),
        source_(image.source),
        form_(image.form),
        events_(events),
        operations_(operations),
        outcomes_(outcomes) {}

  void run() {
    if (operations_.size() > 1) check_all();
    push_all();
    use_one_form();
    for (std::size_t i = 0; i < operations_.size(); ++i) {
      if (!outcomes_[i].destination.error) operations_[i]->close();
      outcomes_[i].destination.findings = operations_[i]->findings();
    }
  }

 private:
  void fail(std::size_t index, const Error& error) {
    auto& report = outcomes_[index].destination;
    report.findings = operations_[index]->findings();
    app::fail(app_, error, report, events_.of(index));
  }

  // The checks of all destinations in parallel, so that all credentials and findings are known
  // before the first upload.
  void check_all() {
    events_.all().stage(fmt::format("checking {} destinations", operations_.size()));
    std::vector<std::future<base::Result<void>>> checks;
    for (auto& operation : operations_)
      checks.push_back(std::async(std::launch::async, [this, &operation]() -> base::Result<void> {
        if (app_.cancellation.requested()) return app_.cancellation.error();
        return operation->check(source_, form_);
      }));
    for (const auto& check : checks) check.wait();
    events_.all().pause();
    for (std::size_t i = 0; i < operations_.size(); ++i) {
      events_.all().info("checked " + operations_[i]->target().reference());
      operations_[i]->report_findings();
      if (const auto checked = checks[i].get(); !checked) fail(i, checked.error());
    }
  }

  void push_all() {
    const auto lanes = lanes_of_registries();
    if (lanes.size() == 1) push_lane(lanes.front(), nullptr);
    if (lanes.size() > 1) push_in_parallel(lanes);
    for (const auto& outcome : outcomes_)
      if (outcome.pushed && outcome.pushed->report.form != form_) last_form_ = other_form(form_);
  }

  // Destinations of one registry, which are pushed to one after the other, so that the later ones
  // mount what the first one has.
  using Lane = std::vector<std::size_t>;

  [[nodiscard]] std::vector<Lane> lanes_of_registries() const {
    std::vector<std::string> registries;
    std::vector<Lane> lanes;
    for (std::size_t i = 0; i < operations_.size(); ++i) {
      if (outcomes_[i].destination.error) continue;
      const auto& target = operations_[i]->target();
      auto registry = target.is_remote() ? target.uri.host() : "oci:" + target.uri.directory();
      const auto known = std::ranges::find(registries, registry);
      if (known == registries.end()) {
        registries.push_back(std::move(registry));
        lanes.push_back({i});
      } else {
        lanes[static_cast<std::size_t>(known - registries.begin())].push_back(i);
      }
    }
    return lanes;
  }

  void push_in_parallel(const std::vector<Lane>& lanes) {
    std::vector<std::size_t> all;
    for (const auto& lane : lanes) all.insert(all.end(), lane.begin(), lane.end());
    std::ranges::sort(all);
    std::vector<std::string> references;
    for (const auto i : all) references.push_back(operations_[i]->target().reference());
    for (const auto& reference : references) events_.all().info("pushing to " + reference);
    const auto plan = operations_[all.front()]->plan(source_.image(), form_);
    push::FanOut fan_out(lanes.size(), plan.blobs.size(), app_.cancellation);
    events_.begin(plan, all, std::move(references));
    {
      std::vector<std::future<void>> pushes;
      for (std::size_t i = 0; i < lanes.size(); ++i)
        pushes.push_back(std::async(std::launch::async, [this, &fan_out, &lanes, i] {
          const push::FanOutMember member{fan_out, i};
          push_lane(lanes[i], &member);
        }));
    }
    events_.end();
  }

  // `member`: of its first destination, if there are other lanes.
  void push_lane(const Lane& lane, const push::FanOutMember* member) {
    PushOperation::Sharing sharing{member};
    auto form = form_;
    for (const auto i : lane) {
      auto& operation = *operations_[i];
      if (member == nullptr && operations_.size() > 1)
        events_.all().info("pushing to " + operation.target().reference());
      auto pushed = push_once(operation, form, sharing);
      if (sharing.member != nullptr) member->fan_out.end(member->destination);
      sharing.member = nullptr;
      if (!pushed) {
        fail(i, pushed.error());
        continue;
      }
      form = pushed->report.form;
      sharing.known =
          push::known_from_push(operation.plan(source_.image(), form), pushed->report.blobs);
      outcomes_[i].pushed = std::move(*pushed);
    }
  }

  base::Result<PushedImage> push_once(PushOperation& operation, push::ManifestForm form,
                                      const PushOperation::Sharing& sharing = {}) {
    if (app_.cancellation.requested()) return app_.cancellation.error();
    return operation.push(source_, form, sharing);
  }

  // A registry that rejected the form after the others had tagged theirs has another digest: they
  // are pushed to again in its form, unless they reject it. They have the blobs already.
  void use_one_form() {
    for (std::size_t i = 0; i < operations_.size(); ++i) {
      const auto& first = outcomes_[i].pushed;
      if (!last_form_ || !first || first->report.form == *last_form_ ||
          app_.cancellation.requested())
        continue;
      const std::string reference = operations_[i]->target().reference();
      events_.all().info("pushing to " + reference +
                         " again, so that all destinations get the same digest");
      auto pushed = push_once(*operations_[i], *last_form_);
      if (pushed)
        outcomes_[i].pushed = std::move(*pushed);
      else
        events_.all().warning(reference + " keeps a different digest: " + pushed.error().message());
    }
  }

  const App& app_;
  push::PushSource& source_;
  const push::ManifestForm form_;
  std::optional<push::ManifestForm> last_form_;  // that a destination accepted instead of `form_`
  ParallelEvents& events_;
  PushOperations& operations_;
  std::vector<PushOutcome>& outcomes_;  // each is written by one thread
};

}  // namespace

void run_pushes(const App& app, PushOperations& operations, const ImageToPush& image,
                ParallelEvents& events, std::vector<PushOutcome>& outcomes) {
  PushRun(app, image, events, operations, outcomes).run();
}

}  // namespace berth::app
