// Between the accepted manifest and the report: reading back, and the other manifest form.
#include <doctest/doctest.h>

#include <atomic>

#include "base/json_value.hpp"
#include "push/fakes.hpp"
#include "push/verify.hpp"

using namespace berth;
using base::Error;
using base::ErrorClass;
using test::FakeDestination;
using test::FakeSource;

namespace {

using Events = std::vector<std::string>;

struct VerifiedPush {
  explicit VerifiedPush(std::unique_ptr<FakeSource> image = test::ready_image({"a"}))
      : source(std::move(image)) {}

  base::Result<push::Report> run() {
    const auto plan = push::plan_push(source->contents(), form);
    push::PushSource image(*source);
    return push::push({.plan = plan,
                       .source = image,
                       .destination = destination,
                       .options = options,
                       .progress = progress,
                       .cancellation = cancellation,
                       .log = log});
  }
  // The first `count` reads after the manifest was sent find `digest` (std::nullopt: no manifest).
  void lag(int count, std::optional<oci::Digest> digest) {
    destination.on_event = [this, count, digest](const std::string& event) -> base::Result<void> {
      if (event == "manifest root as 1") sent = true;
      if (!sent || (event != "resolve 1" && event != "read 1")) return {};
      destination.names.erase("1");
      if (reads++ >= count) destination.names.insert_or_assign("1", oci::digest_of("root"));
      if (reads <= count && digest) destination.names.insert_or_assign("1", *digest);
      return {};
    };
  }
  // Requests that begin with one of `refused` fail with this error.
  void refuse(Events refused, ErrorClass error_class, std::string code = "test.no") {
    destination.on_event = [refused, error_class,
                            code](const std::string& event) -> base::Result<void> {
      for (const auto& begin : refused)
        if (event.starts_with(begin))
          return Error(error_class, code, "no").registry("403 DENIED: no");
      return {};
    };
  }
  Events after_manifest() {
    auto events = destination.events();
    const auto last = std::find_if(events.rbegin(), events.rend(),
                                   [](const auto& e) { return e.starts_with("man"); });
    return Events(last.base(), events.end());
  }

  std::unique_ptr<FakeSource> source;
  FakeDestination destination;
  push::ManifestForm form = push::ManifestForm::docker;
  push::Options options{
      {"1"}, std::nullopt, 0, false, {std::chrono::milliseconds(30), std::chrono::milliseconds(1)}};
  test::CountingProgress progress;
  base::Cancellation cancellation;
  base::SilentLog log;
  std::atomic<bool> sent{false};
  std::atomic<int> reads{0};
};

bool is_oci(const std::string& event) {
  return event.find(oci::media_type::kOciManifest) != std::string::npos;
}

}  // namespace

TEST_CASE("verification: rereads a manifest that is not visible yet, and compares its bytes") {
  VerifiedPush push;
  push.options.verification.total = std::chrono::seconds(60);
  push.lag(3, std::nullopt);
  const auto report = push.run();
  REQUIRE(report.has_value());
  CHECK_FALSE(report->unverified.has_value());
  CHECK(push.after_manifest() == Events{"resolve 1", "read 1", "read 1", "read 1"});
}

TEST_CASE("verification: rereads a tag that still has its previous digest") {
  VerifiedPush push;
  push.options.verification.total = std::chrono::seconds(60);
  push.destination.names.insert_or_assign("1", oci::digest_of("old"));
  push.lag(2, oci::digest_of("old"));
  CHECK(push.run().has_value());
  CHECK(push.after_manifest() == Events{"resolve 1", "read 1", "read 1"});
}

TEST_CASE("verification: a manifest missing after the limit is class integrity") {
  VerifiedPush vanished;
  vanished.destination.forgets = true;
  const auto missing = vanished.run();
  REQUIRE_FALSE(missing.has_value());
  CHECK(missing.error().code() == "push.vanished");
  CHECK(missing.error().error_class() == ErrorClass::integrity);

  VerifiedPush moved;
  moved.destination.stored_instead = oci::digest_of("evil");
  const auto other = moved.run();
  REQUIRE_FALSE(other.has_value());
  CHECK(other.error().code() == "push.moved");
  CHECK(other.error().message() == "tag moved: the registry returns a different digest");
  CHECK(moved.destination.events("read 1").size() > 1);

  VerifiedPush layout;
  layout.options.verification.total = std::chrono::milliseconds(0);
  layout.destination.forgets = true;
  CHECK(layout.run().error().code() == "push.vanished");
  CHECK(layout.after_manifest() == Events{"resolve 1"});
}

TEST_CASE(
    "verification: GET follows a refused HEAD; a second refusal is a warning, or an error on "
    "request") {
  for (const auto error_class : {ErrorClass::denied, ErrorClass::auth, ErrorClass::server}) {
    const std::string code =
        error_class == ErrorClass::server ? "registry.manifest-refused" : "test.no";
    VerifiedPush head;
    head.refuse({"resolve"}, error_class, code);
    // Class auth before the push means that the login is rejected.
    head.destination.on_event = [inner = head.destination.on_event,
                                 &head](const std::string& event) -> base::Result<void> {
      if (head.sent) return inner(event);
      head.sent = event.starts_with("manifest root");
      return {};
    };
    const auto report = head.run();
    REQUIRE(report.has_value());
    CHECK_FALSE(report->unverified.has_value());
    CHECK(head.after_manifest() == Events{"resolve 1", "read 1"});
  }

  VerifiedPush both;
  both.options.tags = {"1", "2"};
  both.refuse({"resolve", "read"}, ErrorClass::denied);
  const auto unverified = both.run();
  REQUIRE(unverified.has_value());
  REQUIRE(unverified->unverified.has_value());
  CHECK(unverified->unverified->registry() == "403 DENIED: no");
  CHECK(unverified->digest == oci::digest_of("root"));
  CHECK(both.after_manifest() == Events{"resolve 1", "read 1"});

  VerifiedPush required;
  required.options.require_verification = true;
  required.refuse({"resolve", "read"}, ErrorClass::denied);
  const auto error = required.run();
  REQUIRE_FALSE(error.has_value());
  CHECK(error.error().code() == "push.unverified");
  CHECK(error.error().exit_status() == 5);
}

TEST_CASE("verification: a registry error while reading is not a refusal") {
  VerifiedPush push;
  push.lag(1, std::nullopt);
  push.destination.on_event =
      [inner = push.destination.on_event](const std::string& event) -> base::Result<void> {
    if (event == "read 1") return Error(ErrorClass::stall, "http.stall", "no response");
    return inner(event);
  };
  const auto stalled = push.run();
  REQUIRE_FALSE(stalled.has_value());
  CHECK(stalled.error().code() == "http.stall");
}

TEST_CASE("verification: the PUT response is used only if the tag cannot be read") {
  VerifiedPush readable;
  readable.destination.receipt = {oci::digest_of("another manifest"), false};
  const auto child = readable.run();
  REQUIRE_FALSE(child.has_value());  // children are not read back
  CHECK(child.error().code() == "push.manifest-digest");

  const auto single = [] {
    auto image = test::ready_image({"a"});
    auto& manifests = std::get<image::ReadyImage>(image->image).manifests;
    manifests.erase(manifests.begin(), manifests.end() - 1);
    return image;
  };
  VerifiedPush verified(single());
  verified.destination.receipt = {oci::digest_of("other"), false};
  CHECK(verified.run().has_value());

  VerifiedPush contradicted(single());
  contradicted.destination.receipt = {oci::digest_of("other"), true};
  contradicted.refuse({"resolve", "read"}, ErrorClass::denied);
  CHECK(contradicted.run().error().code() == "push.manifest-digest");
}

TEST_CASE("verification: accepts the digest of the same bytes in another algorithm") {
  CHECK(oci::is_digest_of(oci::digest_of("x"), "x"));
  CHECK(oci::is_digest_of(oci::digest_of("x", oci::Algorithm::sha512), "x"));
  CHECK_FALSE(oci::is_digest_of(oci::digest_of("x", oci::Algorithm::sha512), "y"));

  auto image = test::ready_image({"a"});
  auto& root = std::get<image::ReadyImage>(image->image).manifests.back();
  root.digest = oci::digest_of("root", oci::Algorithm::sha512);
  VerifiedPush push(std::move(image));
  push.destination.stored_instead = oci::digest_of("root");
  const auto report = push.run();
  REQUIRE(report.has_value());
  CHECK(report->digest == oci::digest_of("root"));  // under which the registry serves it
}

TEST_CASE("tag lookup: a refusal before the push means unknown, not absent") {
  VerifiedPush push;
  push.refuse({"resolve"}, ErrorClass::denied);
  const auto report = push.run();
  REQUIRE(report.has_value());
  CHECK_FALSE(report->unverified.has_value());
  CHECK(push.destination.events("blob").size() == 2);

  VerifiedPush look_up;
  look_up.refuse({"resolve"}, ErrorClass::denied);
  look_up.destination.names.insert_or_assign("1", oci::digest_of("there"));
  CHECK(**push::look_up(look_up.destination, "1") == oci::digest_of("there"));
  look_up.refuse({"resolve", "read"}, ErrorClass::denied);
  CHECK_FALSE(push::look_up(look_up.destination, "1").has_value());
}

TEST_CASE("manifest form: retries a created manifest in the other form if one is refused") {
  for (const auto first : {push::ManifestForm::docker, push::ManifestForm::oci}) {
    VerifiedPush push(test::raw_image({"layer"}));
    push.form = first;
    push.destination.on_event = [first](const std::string& event) -> base::Result<void> {
      if (!event.starts_with("manifest") || is_oci(event) != (first == push::ManifestForm::oci))
        return {};
      return Error(ErrorClass::server, "push.manifest-refused", "415");
    };
    const auto report = push.run();
    REQUIRE(report.has_value());
    CHECK(report->form != first);
    const auto sent = push.destination.events("manifest");
    REQUIRE(sent.size() == 2);
    CHECK(is_oci(sent[1]) == (first == push::ManifestForm::docker));
    CHECK(push.destination.names.at("1") == report->digest);
    CHECK(push.destination.events("layer").size() == 1);
  }
}

TEST_CASE("manifest form: returns the first error if both are refused or another error occurs") {
  VerifiedPush both(test::raw_image({"layer"}));
  both.destination.on_event = [](const std::string& event) -> base::Result<void> {
    if (!event.starts_with("manifest")) return {};
    return Error(ErrorClass::server, "push.manifest-refused", is_oci(event) ? "second" : "first");
  };
  CHECK(both.run().error().message() == "first");

  VerifiedPush denied(test::raw_image({"layer"}));
  denied.refuse({"manifest"}, ErrorClass::denied, "push.manifest-denied");
  CHECK(denied.run().error().code() == "push.manifest-denied");
  CHECK(denied.destination.events("manifest").size() == 1);
}

TEST_CASE("manifest form: a destination digest selects the only allowed form") {
  auto digest_as = [](push::ManifestForm form) {
    VerifiedPush push(test::raw_image({"layer"}));
    push.form = form;
    return push.run()->digest;
  };
  const auto as_oci = digest_as(push::ManifestForm::oci);
  const auto as_docker = digest_as(push::ManifestForm::docker);
  REQUIRE(as_oci != as_docker);

  VerifiedPush chosen(test::raw_image({"layer"}));
  chosen.options.expected = as_oci;
  CHECK(chosen.run()->digest == as_oci);

  VerifiedPush fixed(test::raw_image({"layer"}));
  fixed.options.expected = as_docker;
  fixed.refuse({"manifest"}, ErrorClass::server, "push.manifest-refused");
  CHECK(fixed.run().error().code() == "push.manifest-refused");
  CHECK(fixed.destination.events("manifest").size() == 1);
}
