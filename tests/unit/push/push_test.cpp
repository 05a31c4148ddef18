#include "push/push.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <condition_variable>

#include "push/fakes.hpp"
#include "push/rate_limit.hpp"

using namespace berth;
using base::Error;
using base::ErrorClass;
using test::FakeDestination;
using test::FakeSource;

namespace {

// One push of `source` into `destination`.
struct Push {
  explicit Push(std::unique_ptr<FakeSource> image) : source(std::move(image)) {}

  base::Result<push::Report> run() {
    const auto plan = push::plan_push(source->contents(), push::ManifestForm::docker);
    push::PushSource image(*source);
    return push::push({.plan = plan,
                       .source = image,
                       .destination = destination,
                       .options = options,
                       .progress = progress,
                       .cancellation = cancellation,
                       .log = log});
  }
  // No tag exists, whatever was uploaded.
  [[nodiscard]] bool nothing_tagged() const { return destination.names.empty(); }

  std::unique_ptr<FakeSource> source;
  FakeDestination destination;
  push::Options options{
      {"1"}, std::nullopt, 0, false, {std::chrono::milliseconds(30), std::chrono::milliseconds(1)}};
  test::CountingProgress progress;
  base::Cancellation cancellation;
  base::SilentLog log;
};

using Events = std::vector<std::string>;

std::vector<std::string> layers(std::size_t count) {
  std::vector<std::string> result;
  for (std::size_t i = 0; i < count; ++i)
    result.push_back(test::noise(10'000 * (count - i), static_cast<unsigned>(i)));
  return result;
}

}  // namespace

TEST_CASE("push: uploads blobs, then child manifests, then the tagged root, then verifies") {
  Push push(test::ready_image(layers(7)));
  const auto report = push.run();
  REQUIRE(report.has_value());
  CHECK(report->digest == oci::digest_of("root"));
  CHECK(report->blobs.size() == 8);
  CHECK(report->bytes_uploaded == 280'000 + 6);
  CHECK(push.destination.stored == push.source->blobs);
  const auto events = push.destination.events();
  REQUIRE(events.size() == 1 + 8 + 4);
  CHECK(events.front() == "resolve 1");
  CHECK(Events(events.end() - 4, events.end()) ==
        Events{"manifest child one", "manifest child two", "manifest root as 1", "resolve 1"});
  CHECK(push.progress.uploaded == 8);
}

TEST_CASE("push: with one upload at a time, uploads the largest blob first") {
  const auto bytes = layers(3);
  Push push(test::ready_image({bytes[2], bytes[0], bytes[1]}));
  push.options.jobs = 1;
  REQUIRE(push.run().has_value());
  CHECK(push.destination.events("blob") ==
        Events{"blob " + test::sha256(bytes[0]), "blob " + test::sha256(bytes[1]),
               "blob " + test::sha256(bytes[2]), "blob " + test::sha256("config")});
}

TEST_CASE("push: compresses each uncompressed layer once; the manifest names the uploaded bytes") {
  const std::string large = test::noise(3'000'000, 1);
  for (const unsigned jobs : {0U, 1U, 64U}) {
    Push push(test::raw_image({"one", large, "one"}));
    push.options.jobs = jobs;
    const auto report = push.run();
    REQUIRE(report.has_value());
    CHECK(push.destination.events("layer").size() == 2);
    const auto written = push.destination.events("manifest").front().substr(9);
    const auto manifest = oci::parse_manifest(written.substr(0, written.rfind(" as ")),
                                              oci::media_type::kDockerManifest)
                              .value();
    CHECK(manifest.digest == report->digest);
    REQUIRE(manifest.layers.size() == 3);
    CHECK(manifest.layers[0].digest == manifest.layers[2].digest);
    for (const auto& layer : manifest.layers)
      CHECK(push.destination.stored.at(layer.digest.str()).size() == layer.size);
    CHECK(push.progress.moved_bytes[2] == manifest.layers[1].size);
    CHECK(push.progress.positions.at(2) ==
          push::plan_push(push.source->contents(), push::ManifestForm::docker).blobs[2].size);
    CHECK(push.progress.results.at(2).digest == manifest.layers[1].digest);
  }
}

TEST_CASE("push: reuses existing blobs; an unchanged image costs one request") {
  Push push(test::ready_image(layers(2)));
  push.destination.present[test::sha256("config")] = 1;
  const auto first = push.run();
  REQUIRE(first.has_value());
  CHECK(first->bytes_reused == 6);
  CHECK(push.progress.reused == 1);

  Push again(test::ready_image(layers(2)));
  again.destination.names.insert_or_assign("1", oci::digest_of("root"));
  const auto second = again.run();
  REQUIRE(second.has_value());
  CHECK(second->bytes_uploaded == 0);
  CHECK(second->bytes_reused == 30'006);
  CHECK(again.destination.events() == Events{"resolve 1"});
}

TEST_CASE("push: several tags get the same digest, each verified, even if the first exists") {
  Push push(test::ready_image({"a"}));
  push.options.tags = {"1", "1.2", "latest"};
  REQUIRE(push.run().has_value());
  for (const auto& tag : push.options.tags)
    CHECK(push.destination.names.at(tag) == oci::digest_of("root"));
  CHECK(push.destination.events("resolve") ==
        Events{"resolve 1", "resolve 1", "resolve 1.2", "resolve latest"});
  CHECK(push.destination.events("read").empty());

  Push rest(test::ready_image({"a"}));
  rest.options.tags = {"1", "latest"};
  rest.destination.names.insert_or_assign("1", oci::digest_of("root"));
  REQUIRE(rest.run().has_value());
  CHECK(rest.destination.events() ==
        Events{"resolve 1", "manifest root as latest", "resolve latest"});
}

TEST_CASE("push: without a tag, pushes by digest") {
  Push push(test::ready_image({"a"}));
  push.options.tags.clear();
  push.options.expected = oci::digest_of("root");
  REQUIRE(push.run().has_value());
  CHECK(push.destination.events("manifest root") ==
        Events{"manifest root as " + test::sha256("root")});
}

TEST_CASE("push: uploads nothing if the destination names another digest") {
  Push push(test::ready_image({"a"}));
  push.options.expected = oci::digest_of("other");
  const auto refused = push.run();
  CHECK(refused.error().code() == "push.digest-mismatch");
  CHECK(refused.error().error_class() == ErrorClass::integrity);
  CHECK(push.destination.events().empty());

  Push raw(test::raw_image({"a"}));
  raw.options.expected = oci::digest_of("other");
  CHECK(raw.run().error().code() == "push.digest-mismatch");
  CHECK(raw.nothing_tagged());
}

TEST_CASE("push: succeeds only after verification") {
  Push vanished(test::ready_image({"a"}));
  vanished.destination.forgets = true;
  CHECK(vanished.run().error().code() == "push.vanished");

  Push moved(test::ready_image({"a"}));
  moved.destination.stored_instead = oci::digest_of("evil");
  const auto error = moved.run();
  CHECK(error.error().code() == "push.moved");
  CHECK(error.error().error_class() == ErrorClass::integrity);
  CHECK(error.error().cause().find(test::sha256("evil")) != std::string::npos);
  CHECK(error.error().cause().find(test::sha256("root")) != std::string::npos);
}

TEST_CASE("push: the first failure cancels the other uploads and is reported with its blob") {
  const auto bytes = layers(7);
  const std::string third = "blob " + test::sha256(bytes[2]);
  for (int round = 0; round < 20; ++round) {
    Push push(test::ready_image(bytes));
    std::mutex mutex;
    std::condition_variable failed_first;
    bool failed = false;
    push.destination.on_event = [&](const std::string& event) -> base::Result<void> {
      std::unique_lock lock(mutex);
      if (event == third) {
        failed = true;
        failed_first.notify_all();
        return Error(ErrorClass::denied, "test.first", "no");
      }
      // The others start later, and fail too or continue to read.
      if (event.starts_with("blob ")) failed_first.wait(lock, [&] { return failed; });
      return {};
    };
    const auto result = push.run();
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().code() == "test.first");
    REQUIRE(result.error().notes().size() == 1);
    CHECK(result.error().notes()[0] ==
          "while uploading layer 3 of 7 (" + oci::digest_of(bytes[2]).brief() + ")");
    CHECK(push.nothing_tagged());
    CHECK(push.destination.events("manifest").empty());
  }
}

TEST_CASE("push: errors name the config, or an uncompressed layer by its diff ID") {
  Push push(test::ready_image({}));
  push.destination.on_event = [](const std::string& event) -> base::Result<void> {
    if (event.starts_with("blob")) return Error(ErrorClass::denied, "test.no", "no");
    return {};
  };
  CHECK(push.run().error().notes() ==
        Events{"while uploading the config (" + oci::digest_of("config").brief() + ")"});

  Push raw(test::raw_image({"good", "damaged"}));
  raw.options.jobs = 1;
  raw.source->layers[1] = "dumaged";
  const auto lying = raw.run();
  CHECK(lying.error().code() == "source.layer");
  CHECK(lying.error().notes() ==
        Events{"while uploading layer 2 of 2 (" + oci::digest_of("damaged").brief() + ")"});
  CHECK(raw.nothing_tagged());
}

TEST_CASE(
    "push: continues if the existing tag is unreadable, but not on network or authentication "
    "errors") {
  const auto with = [](ErrorClass error_class) {
    Push push(test::ready_image({"a"}));
    std::atomic<bool> first{true};
    push.destination.on_event = [&](const std::string&) -> base::Result<void> {
      if (!first.exchange(false)) return {};
      return Error(error_class, "test.no", "no");
    };
    return push.run().has_value();
  };
  CHECK(with(ErrorClass::denied));
  CHECK(with(ErrorClass::integrity));
  CHECK_FALSE(with(ErrorClass::network));
  CHECK_FALSE(with(ErrorClass::stall));
  CHECK_FALSE(with(ErrorClass::auth));
  CHECK_FALSE(with(ErrorClass::interrupted));
}

TEST_CASE("push: a cancellation at any step is reported as interrupted, and nothing is tagged") {
  for (const std::string moment : {"resolve", "blob", "manifest child one", "manifest child two"}) {
    CAPTURE(moment);
    Push push(test::ready_image(layers(3)));
    push.destination.on_event = [&](const std::string& event) -> base::Result<void> {
      if (event.starts_with(moment))
        push.cancellation.request(base::Cancellation::Reason::interrupt);
      return {};
    };
    const auto result = push.run();
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().error_class() == ErrorClass::interrupted);
    CHECK(push.nothing_tagged());
  }
  Push raw(test::raw_image(layers(3)));
  raw.destination.on_event = [&](const std::string& event) -> base::Result<void> {
    if (event == "layer") raw.cancellation.request(base::Cancellation::Reason::terminate);
    return {};
  };
  CHECK(raw.run().error().exit_status() == 143);
  CHECK(raw.nothing_tagged());
}

TEST_CASE("push: a fixed form is not replaced by the other one") {
  Push push(test::raw_image({"one"}));
  push.options.fixed_form = true;
  push.destination.on_event = [](const std::string& event) -> base::Result<void> {
    if (!event.starts_with("manifest")) return {};
    return Error(ErrorClass::validation, "push.manifest-refused", "unsupported");
  };
  REQUIRE_FALSE(push.run());
  CHECK(push.destination.events("manifest").size() == 1);
}

TEST_CASE("push: a rate limit is waited for, until a cancellation") {
  Push push(test::raw_image({test::noise(200'000, 1)}));
  push::RateLimit limit(1'024);
  push.options.rate_limit = &limit;
  push.progress.on_moved = [&] {
    push.cancellation.request(base::Cancellation::Reason::interrupt);
  };
  const auto pushed = push.run();
  REQUIRE_FALSE(pushed);
  CHECK(pushed.error().error_class() == ErrorClass::interrupted);
}

TEST_CASE(
    "push: with check_all, looks for every blob and sends every manifest although the tag is up to "
    "date") {
  Push push(test::ready_image(layers(3)));
  REQUIRE(push.run());
  push.destination.stored.clear();
  REQUIRE(push.run());
  CHECK(push.destination.stored.empty());
  push.options.check_all = true;
  REQUIRE(push.run());
  CHECK(push.destination.stored == push.source->blobs);
  CHECK(push.destination.events("manifest").size() == 6);
}
