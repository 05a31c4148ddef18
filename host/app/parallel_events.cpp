#include "app/parallel_events.hpp"

#include <optional>

namespace berth::app {

class ParallelEvents::One final : public PushEvents {
 public:
  explicit One(ParallelEvents& all) : all_(all) {}

  void begin_parallel(std::string reference, std::size_t first_blob, std::size_t blobs) {
    parallel_ = true;
    reference_ = std::move(reference);
    first_blob_ = first_blob;
    done_.assign(blobs, false);
  }
  void end_parallel() {
    if (finished_) {
      events().info("pushed to " + reference_);
      events().finished(finished_->report, finished_->seconds);
    }
    parallel_ = false;
    first_blob_ = 0;
    finished_.reset();
  }

  void info(std::string_view text) override {
    const std::lock_guard lock(all_.mutex_);
    events().info(text);
  }
  void warning(std::string_view text) override {
    const std::lock_guard lock(all_.mutex_);
    events().warning(text);
  }
  void resolved(std::span<const ResolvedDestination> destinations) override {
    events().resolved(destinations);
  }
  void finding(const flavor::Finding& finding) override {
    const std::lock_guard lock(all_.mutex_);
    events().finding(finding);
  }
  void failed(const DestinationReport& report) override {
    const std::lock_guard lock(all_.mutex_);
    events().failed(report);
    if (!parallel_) return;
    for (std::size_t blob = 0; blob < done_.size(); ++blob)
      if (!done_[blob]) events().dropped(first_blob_ + blob);
  }
  void stage(std::string text) override {
    if (!parallel_) events().stage(std::move(text));
  }
  void pause() override {
    if (!parallel_) events().pause();
  }
  void begin(const push::Plan& plan) override {
    if (!parallel_) events().begin(plan);
  }
  void moved(std::size_t blob, std::uint64_t bytes, std::uint64_t position) override {
    events().moved(first_blob_ + blob, bytes, position);
  }
  void restarted(std::size_t blob) override { events().restarted(first_blob_ + blob); }
  void done(std::size_t blob, const push::BlobResult& result) override {
    if (parallel_) {
      const std::lock_guard lock(all_.mutex_);
      done_.at(blob) = true;
    }
    events().done(first_blob_ + blob, result);
  }
  void dropped(std::size_t blob) override { events().dropped(first_blob_ + blob); }
  void retrying(const http::RetryEvent& event) override { events().retrying(event); }
  void finished(const push::Report& report, double seconds) override {
    if (!parallel_) return events().finished(report, seconds);
    finished_.emplace(Finished{report_of(report), seconds});
  }

 private:
  struct Finished {
    push::Report report;
    double seconds;
  };

  // What finished() prints: all but the error.
  static push::Report report_of(const push::Report& report) {
    push::Report copy{report.digest};
    copy.blobs = report.blobs;
    copy.bytes_uploaded = report.bytes_uploaded;
    copy.bytes_mounted = report.bytes_mounted;
    copy.bytes_reused = report.bytes_reused;
    copy.form = report.form;
    return copy;
  }

  [[nodiscard]] PushEvents& events() const { return all_.events_; }

  ParallelEvents& all_;
  bool parallel_ = false;
  std::string reference_;
  std::size_t first_blob_ = 0;  // index of its first blob among those of all
  std::vector<bool> done_;      // guarded by all_.mutex_
  std::optional<Finished> finished_;
};

ParallelEvents::ParallelEvents(PushEvents& events, std::size_t destinations) : events_(events) {
  for (std::size_t i = 0; i < destinations; ++i)
    destinations_.push_back(std::make_unique<One>(*this));
}

ParallelEvents::~ParallelEvents() = default;

PushEvents& ParallelEvents::of(std::size_t destination) { return *destinations_.at(destination); }

void ParallelEvents::begin(const push::Plan& plan, const std::vector<std::size_t>& destinations,
                           std::vector<std::string> references) {
  events_.begin_all(plan, references);
  for (std::size_t i = 0; i < destinations.size(); ++i)
    destinations_.at(destinations[i])
        ->begin_parallel(std::move(references[i]), i * plan.blobs.size(), plan.blobs.size());
}

void ParallelEvents::end() {
  events_.pause();
  for (const auto& destination : destinations_) destination->end_parallel();
}

}  // namespace berth::app
