// Pushes of one image to several destinations, which share what they read.
#include "push/fan_out.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <condition_variable>
#include <future>

#include "push/fakes.hpp"
#include "push/known_layers.hpp"

using namespace berth;
using base::Error;
using base::ErrorClass;
using test::FakeDestination;
using test::FakeSource;

namespace {

constexpr std::size_t kSharedPiece = std::size_t{64} << 10U;
constexpr std::chrono::seconds kNever{600};

// Counts how often the blobs and layers of a source are opened.
class CountedSource final : public image::Source {
 public:
  explicit CountedSource(std::unique_ptr<FakeSource> inner) : inner_(std::move(inner)) {}
  [[nodiscard]] const image::Contents& contents() const override { return inner_->contents(); }
  base::Result<std::unique_ptr<http::BodySource>> open_blob(const oci::Descriptor& blob) override {
    ++opened;
    return inner_->open_blob(blob);
  }
  base::Result<void> check_blob(const oci::Descriptor&) override { return {}; }
  base::Result<std::unique_ptr<http::BodySource>> open_layer(std::size_t index) override {
    ++opened;
    return inner_->open_layer(index);
  }
  std::atomic<int> opened{0};

 private:
  std::unique_ptr<FakeSource> inner_;
};

// A flag that threads wait for.
class Flag {
 public:
  void set() {
    const std::lock_guard lock(mutex_);
    is_set_ = true;
    changed_.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return is_set_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_set_ = false;
};

// Pushes of one source to several destinations in parallel.
struct ParallelPushes {
  ParallelPushes(std::unique_ptr<FakeSource> image, std::size_t count)
      : source(std::move(image)),
        plan(push::plan_push(source.contents(), push::ManifestForm::docker)),
        destinations(count),
        progress(count) {}

  std::vector<base::Result<push::Report>> run() {
    push::PushSource image(source);
    push::FanOut fan_out(destinations.size(), plan.blobs.size(), cancellation, limits);
    std::vector<std::future<base::Result<push::Report>>> running;
    for (std::size_t i = 0; i < destinations.size(); ++i)
      running.push_back(std::async(std::launch::async, [this, &image, &fan_out, i] {
        const push::FanOutMember member{fan_out, i};
        auto report = push::push({.plan = plan,
                                  .source = image,
                                  .destination = destinations[i],
                                  .options = options,
                                  .progress = progress[i],
                                  .cancellation = cancellation,
                                  .log = log,
                                  .member = &member});
        fan_out.end(i);
        return report;
      }));
    std::vector<base::Result<push::Report>> reports;
    for (auto& push : running) reports.push_back(push.get());
    return reports;
  }

  CountedSource source;
  push::Plan plan;
  std::deque<FakeDestination> destinations;
  std::deque<test::CountingProgress> progress;
  push::Options options{
      {"1"}, std::nullopt, 0, false, {std::chrono::milliseconds(30), std::chrono::milliseconds(1)}};
  push::FanOutLimits limits{.memory = 4 * kSharedPiece, .piece = kSharedPiece, .stall = kNever};
  base::Cancellation cancellation;
  base::SilentLog log;
};

std::vector<std::string> three_layers() {
  return {test::noise(1'500'000, 1), test::noise(700'000, 2), "small"};
}

bool is_manifest_in(const std::string& event, push::ManifestForm form) {
  return event.find(push::media_types_of(form).manifest) != std::string::npos;
}

// Does not accept manifests in these forms.
FakeDestination::Failure refuse_forms(std::vector<push::ManifestForm> forms) {
  return [forms = std::move(forms)](const std::string& event) -> base::Result<void> {
    for (const auto form : forms)
      if (event.starts_with("manifest ") && is_manifest_in(event, form))
        return Error(ErrorClass::server, "push.manifest-refused", "unknown media type");
    return {};
  };
}

}  // namespace

TEST_CASE("fan-out: each layer is read and compressed once, and all destinations get its bytes") {
  for (const unsigned jobs : {0U, 1U, 8U}) {
    ParallelPushes pushes(test::raw_image(three_layers()), 3);
    pushes.options.jobs = jobs;
    const auto reports = pushes.run();
    CHECK(pushes.source.opened == 3);
    for (const auto& report : reports) {
      REQUIRE(report.has_value());
      CHECK(report->digest == reports[0]->digest);
      CHECK(report->bytes_uploaded == reports[0]->bytes_uploaded);
    }
    for (const auto& destination : pushes.destinations) {
      CHECK(destination.stored == pushes.destinations[0].stored);
      CHECK(destination.stored.size() == 4);
    }
    for (const auto& progress : pushes.progress)
      CHECK(progress.positions.at(1) == pushes.plan.blobs[1].size);
  }
  ParallelPushes one(test::raw_image(three_layers()), 1);
  const auto alone = one.run();
  ParallelPushes two(test::raw_image(three_layers()), 2);
  CHECK(two.run()[1]->digest == alone[0]->digest);
}

TEST_CASE("fan-out: each blob of a ready image is read once") {
  auto image = test::ready_image(three_layers());
  const auto blobs = image->blobs;
  ParallelPushes pushes(std::move(image), 3);
  pushes.destinations[1].present[test::sha256("small")] = 1;
  for (const auto& report : pushes.run()) REQUIRE(report.has_value());
  CHECK(pushes.source.opened == 4);
  CHECK(pushes.destinations[0].stored == blobs);
  CHECK(pushes.destinations[1].stored.size() == 3);
  CHECK(pushes.destinations[2].stored == blobs);
}

TEST_CASE("fan-out: a destination that fails in the middle of a layer does not stop the others") {
  ParallelPushes pushes(test::raw_image(three_layers()), 3);
  pushes.destinations[1].on_read = [](std::uint64_t read) -> base::Result<void> {
    if (read < 400'000) return {};
    return Error(ErrorClass::network, "test.lost", "connection lost");
  };
  const auto reports = pushes.run();
  CHECK(reports[1].error().code() == "test.lost");
  CHECK(pushes.destinations[1].names.empty());
  REQUIRE(reports[0].has_value());
  REQUIRE(reports[2].has_value());
  CHECK(pushes.destinations[0].stored == pushes.destinations[2].stored);
  CHECK(pushes.source.opened == 3);
}

TEST_CASE("fan-out: a destination that fails before it reads anything does not stop the others") {
  for (const std::string failing : {"resolve", "layer", "manifest"}) {
    ParallelPushes pushes(test::raw_image(three_layers()), 3);
    pushes.destinations[0].on_event = [&](const std::string& event) -> base::Result<void> {
      if (!event.starts_with(failing)) return {};
      return Error(ErrorClass::network, "test.lost", "connection lost");
    };
    const auto reports = pushes.run();
    CHECK_FALSE(reports[0].has_value());
    CHECK(reports[1].has_value());
    CHECK(reports[2].has_value());
    CHECK(pushes.source.opened == 3);
  }
}

TEST_CASE("fan-out: a stalled destination is detached, and continues with the same bytes") {
  ParallelPushes pushes(test::raw_image({test::noise(3'000'000, 1)}), 3);
  pushes.limits.stall = std::chrono::milliseconds(50);
  Flag others_ended;
  std::atomic<int> ended{0};
  const auto count_end = [&](const std::string& event) -> base::Result<void> {
    if (event.starts_with("manifest ") && ++ended == 2) others_ended.set();
    return {};
  };
  pushes.destinations[0].on_event = count_end;
  pushes.destinations[2].on_event = count_end;
  pushes.destinations[1].on_read = [&](std::uint64_t read) -> base::Result<void> {
    if (read >= 500'000) others_ended.wait();
    return {};
  };
  const auto reports = pushes.run();
  for (const auto& report : reports) REQUIRE(report.has_value());
  CHECK(pushes.destinations[1].stored == pushes.destinations[0].stored);
  CHECK(reports[1]->digest == reports[0]->digest);
  CHECK(pushes.source.opened == 2);
}

TEST_CASE("fan-out: a destination that reads a layer again does so by itself") {
  ParallelPushes pushes(test::raw_image(three_layers()), 2);
  pushes.destinations[1].reads_layers_twice = true;
  const auto reports = pushes.run();
  for (const auto& report : reports) REQUIRE(report.has_value());
  CHECK(pushes.destinations[1].stored == pushes.destinations[0].stored);
  CHECK(pushes.source.opened == 6);
}

TEST_CASE("fan-out: a fast destination is ahead of a slow one by no more than the window") {
  for (const bool ready : {false, true}) {
    const std::string bytes = test::noise(3'000'000, 1);
    ParallelPushes pushes(ready ? test::ready_image({bytes}) : test::raw_image({bytes}), 2);
    std::atomic<std::uint64_t> slow{0};
    std::atomic<std::uint64_t> most_ahead{0};
    Flag fast_is_ahead;
    pushes.destinations[0].on_read = [&](std::uint64_t read) -> base::Result<void> {
      if (read < kSharedPiece) return {};  // the config
      const auto position = slow.load();
      if (read > position && read - position > most_ahead) most_ahead = read - position;
      fast_is_ahead.set();
      return {};
    };
    pushes.destinations[1].on_event = [&](const std::string& event) -> base::Result<void> {
      const bool large = event == "layer" || event == "blob " + test::sha256(bytes);
      if (large) fast_is_ahead.wait();
      return {};
    };
    pushes.destinations[1].on_read = [&](std::uint64_t read) -> base::Result<void> {
      if (read >= kSharedPiece) slow = read;
      return {};
    };
    for (const auto& report : pushes.run()) REQUIRE(report.has_value());
    CHECK(most_ahead > 0);
    // `slow` is counted only after a piece of the buffer was read.
    CHECK(most_ahead <= pushes.limits.memory + 2 * kSharedPiece);
  }
}

TEST_CASE("fan-out: a damaged layer fails all destinations, and nothing is tagged") {
  auto image = test::raw_image(three_layers());
  image->layers[0][1'000'000] ^= 1;
  ParallelPushes pushes(std::move(image), 3);
  for (const auto& report : pushes.run()) {
    REQUIRE_FALSE(report.has_value());
    CHECK(report.error().code() == "source.layer");
  }
  for (auto& destination : pushes.destinations) CHECK(destination.names.empty());
}

TEST_CASE("fan-out: a cancellation ends destinations that wait for another one") {
  ParallelPushes pushes(test::raw_image({test::noise(3'000'000, 1)}), 2);
  Flag cancelled;
  pushes.destinations[0].on_read = [&](std::uint64_t read) -> base::Result<void> {
    if (read >= 2 * kSharedPiece) {
      pushes.cancellation.request(base::Cancellation::Reason::interrupt);
      cancelled.set();
    }
    return {};
  };
  pushes.destinations[1].on_event = [&](const std::string& event) -> base::Result<void> {
    if (event == "layer") cancelled.wait();
    return {};
  };
  for (const auto& report : pushes.run())
    CHECK(report.error().error_class() == ErrorClass::interrupted);
}

TEST_CASE("fan-out: layers that all destinations have are verified once") {
  const auto layers = three_layers();
  ParallelPushes first(test::raw_image(layers), 1);
  const auto report = first.run();
  REQUIRE(report[0].has_value());
  ParallelPushes pushes(test::raw_image(layers), 3);
  push::KnownLayers known;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const auto& blob = report[0]->blobs[i + 1];
    known[test::sha256(layers[i])] = {push::CompressedBlob{blob.digest, blob.size}, false};
  }
  push::add_known_layers(pushes.source, known, pushes.plan);
  for (auto& destination : pushes.destinations)
    destination.names.insert_or_assign("1", report[0]->digest);
  for (const auto& again : pushes.run()) {
    REQUIRE(again.has_value());
    CHECK(again->bytes_uploaded == 0);
  }
  CHECK(pushes.source.opened == 3);
}

TEST_CASE("fan-out: no destination is tagged before all accept the form of the manifest") {
  ParallelPushes pushes(test::raw_image({"a"}), 3);
  pushes.destinations[1].on_event = refuse_forms({push::ManifestForm::docker});
  const auto reports = pushes.run();
  for (const auto& report : reports) {
    REQUIRE(report.has_value());
    CHECK(report->form == push::ManifestForm::oci);
    CHECK(report->digest == reports[0]->digest);
  }
  for (auto& destination : pushes.destinations) {
    const auto manifests = destination.events("manifest ");
    REQUIRE(manifests.size() == 3);
    CHECK(is_manifest_in(manifests[0], push::ManifestForm::docker));
    CHECK(manifests[0].find(" as sha256:") != std::string::npos);
    CHECK(manifests[1].find(" as sha256:") != std::string::npos);
    CHECK(is_manifest_in(manifests[2], push::ManifestForm::oci));
    CHECK(manifests[2].ends_with(" as 1"));
  }
}

TEST_CASE("fan-out: a destination that accepts no form fails; the others keep the first form") {
  ParallelPushes pushes(test::raw_image({"a"}), 3);
  pushes.destinations[2].on_event =
      refuse_forms({push::ManifestForm::docker, push::ManifestForm::oci});
  const auto reports = pushes.run();
  CHECK(reports[2].error().code() == "push.manifest-refused");
  for (std::size_t i = 0; i < 2; ++i) {
    REQUIRE(reports[i].has_value());
    CHECK(reports[i]->form == push::ManifestForm::docker);
  }
}

TEST_CASE("fan-out: destinations without a common form get the form that each accepts") {
  ParallelPushes pushes(test::raw_image({"a"}), 2);
  pushes.destinations[0].on_event = refuse_forms({push::ManifestForm::oci});
  pushes.destinations[1].on_event = refuse_forms({push::ManifestForm::docker});
  const auto reports = pushes.run();
  REQUIRE(reports[0].has_value());
  REQUIRE(reports[1].has_value());
  CHECK(reports[0]->form == push::ManifestForm::docker);
  CHECK(reports[1]->form == push::ManifestForm::oci);
}

TEST_CASE("fan-out: tags do not wait for a destination that transfers nothing") {
  ParallelPushes pushes(test::raw_image({"a"}), 2);
  pushes.limits.patience = std::chrono::milliseconds(20);
  Flag tagged;
  pushes.destinations[0].on_event = [&](const std::string& event) -> base::Result<void> {
    if (event.ends_with(" as 1")) tagged.set();
    return {};
  };
  pushes.destinations[1].on_event = [&](const std::string& event) -> base::Result<void> {
    if (event.starts_with("manifest ")) tagged.wait();
    return {};
  };
  for (const auto& report : pushes.run()) CHECK(report.has_value());
}
