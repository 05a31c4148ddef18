// Content that the source does not have and the destination may have.
#include "push/missing_content.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "push/fakes.hpp"
#include "push/refused_manifest.hpp"

using namespace berth;
using base::ErrorClass;

namespace {

// A source without the blobs and manifests that a test names.
class SparseSource final : public image::Source {
 public:
  explicit SparseSource(std::unique_ptr<test::FakeSource> inner) : inner_(std::move(inner)) {}
  [[nodiscard]] const image::Contents& contents() const override { return inner_->image; }
  [[nodiscard]] const std::string& place() const override { return place_; }
  [[nodiscard]] bool is_remote() const override { return remote; }
  base::Result<void> check_blob(const oci::Descriptor& blob) override {
    ++checks;
    if (const auto found = failures.find(blob.digest.str()); found != failures.end())
      return found->second.clone();
    return {};
  }
  base::Result<std::unique_ptr<http::BodySource>> open_blob(const oci::Descriptor& blob) override {
    BERTH_CHECK(check_blob(blob));
    return inner_->open_blob(blob);
  }
  base::Result<std::unique_ptr<http::BodySource>> open_layer(std::size_t index) override {
    return inner_->open_layer(index);
  }
  void lose(const std::string& bytes, const char* code = "source.missing",
            ErrorClass error_class = ErrorClass::integrity) {
    failures.emplace(test::sha256(bytes), base::Error(error_class, code, "layout lacks it"));
  }
  void lose_manifest(const std::string& bytes, const char* platform) {
    auto descriptor = test::descriptor_of(bytes);
    if (platform != nullptr) descriptor.platform = oci::Platform::parse(platform).value();
    std::get<image::ReadyImage>(inner_->image).absent.push_back(std::move(descriptor));
  }
  std::map<std::string, base::Error> failures;
  std::atomic<int> checks{0};
  bool remote = false;

 private:
  std::unique_ptr<test::FakeSource> inner_;
  std::string place_ = "oci/app";
};

struct Setup {
  explicit Setup(const std::vector<std::string>& layers = {"base", "app"})
      : source(test::ready_image(layers)) {}
  base::Result<push::Report> push() {
    const auto plan = push::plan_push(source.contents(), push::ManifestForm::oci);
    test::CountingProgress progress;
    base::Cancellation cancellation;
    base::SilentLog log;
    const push::Options options{{"1"},
                                std::nullopt,
                                0,
                                false,
                                {std::chrono::milliseconds(30), std::chrono::milliseconds(1)}};
    push::PushSource image(source);
    return push::push({.plan = plan,
                       .source = image,
                       .destination = destination,
                       .options = options,
                       .progress = progress,
                       .cancellation = cancellation,
                       .log = log});
  }
  SparseSource source;
  test::FakeDestination destination;
};

}  // namespace

TEST_CASE("missing content: pushed if the destination has it (pack#1548)") {
  Setup setup;
  setup.source.lose("base");
  setup.destination.present[test::sha256("base")] = 1;
  const auto report = setup.push();
  REQUIRE(report.has_value());
  CHECK(report->blobs.size() == 3);
  for (const auto& blob : report->blobs)
    CHECK((blob.action == push::Action::reused) == (blob.size == 4));
  CHECK(setup.destination.events("blob").size() == 2);
}

TEST_CASE("missing content: otherwise refused before any upload, naming all of it") {
  Setup setup({"base", "more", "app"});
  setup.source.lose("base");
  setup.source.lose("more");
  const auto report = setup.push();
  REQUIRE_FALSE(report.has_value());
  CHECK(report.error().code() == "source.missing");
  CHECK(report.error().error_class() == ErrorClass::integrity);
  CHECK(report.error().message() == "oci/app does not have 2 blobs of the image");
  for (const char* layer : {"base", "more"})
    CHECK(report.error().cause().find("layer " + test::sha256(layer)) != std::string::npos);
  CHECK(report.error().cause().find(test::sha256("app")) == std::string::npos);
  CHECK(setup.destination.events("blob").empty());
  CHECK(setup.destination.events("manifest").empty());
}

TEST_CASE("missing content: a damaged blob is unused if the destination has it, else reported") {
  Setup setup;
  setup.source.lose("base", "source.blob");
  CHECK(setup.push().error().code() == "source.blob");
  setup.destination.present[test::sha256("base")] = 1;
  CHECK(setup.push().has_value());
}

TEST_CASE("missing content: a failed existence check is an error, not an absence") {
  Setup setup;
  setup.source.lose("base", "file.read", ErrorClass::disk);
  CHECK(setup.push().error().error_class() == ErrorClass::disk);
  Setup refused;
  refused.source.lose("base");
  refused.destination.on_event = [](const std::string& event) -> base::Result<void> {
    if (!event.starts_with("has")) return {};
    return base::Error(ErrorClass::denied, "registry.blob-denied", "not authorized to read");
  };
  CHECK(refused.push().error().error_class() == ErrorClass::denied);
  CHECK(refused.destination.events("blob").empty());
}

TEST_CASE("missing content: platforms that were not pulled (moby#49473)") {
  Setup setup;
  setup.source.lose_manifest("other", "linux/s390x");
  setup.source.lose_manifest("attestation", nullptr);
  const auto report = setup.push();
  REQUIRE_FALSE(report.has_value());
  CHECK(report.error().code() == "source.absent-platform");
  CHECK(report.error().error_class() == ErrorClass::not_found);
  CHECK(report.error().cause().find("missing: linux/s390x, also in fake/repo") == 0);
  CHECK(report.error().fix().starts_with("select the available platforms: --platform linux/"));
  CHECK(setup.destination.events("blob").empty());
  for (const char* bytes : {"other", "attestation"})
    setup.destination.present[test::sha256(bytes)] = 1;
  CHECK(setup.push().has_value());
}

TEST_CASE("missing content: an unchanged image reads nothing; only a check queries the registry") {
  Setup setup;
  setup.source.lose("base");
  setup.destination.names.emplace("1", oci::digest_of("root"));
  CHECK(setup.push().has_value());
  Setup remote;
  remote.source.remote = true;
  CHECK(remote.push().has_value());
  const auto plan = push::plan_push(remote.source.contents(), push::ManifestForm::oci);
  const int before = remote.source.checks;
  CHECK(push::find_missing(plan, remote.source, false)->empty());
  CHECK(remote.source.checks == before);
  remote.source.lose("base");
  CHECK(push::find_missing(plan, remote.source, true)->blobs.size() == 1);
}

TEST_CASE(
    "missing content: found once for all destinations of a push, also if they are checked in "
    "parallel") {
  Setup setup;
  setup.source.remote = true;
  setup.source.lose("base");
  const auto plan = push::plan_push(setup.source.contents(), push::ManifestForm::oci);
  const auto blobs = static_cast<int>(plan.blobs.size());
  push::PushSource image(setup.source);
  std::vector<std::jthread> threads;
  std::atomic<int> found{0};
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      const auto missing = image.missing(plan, true);
      if (missing && (*missing)->blobs.size() == 1) ++found;
    });
  threads.clear();
  CHECK(found == 4);
  CHECK(setup.source.checks == blobs);
  // Without requests to the source's registry nothing is known.
  CHECK((*image.missing(plan, false))->empty());
  CHECK(setup.source.checks == blobs);

  Setup failing;
  failing.source.lose("base", "registry.blob-denied", ErrorClass::denied);
  push::PushSource broken(failing.source);
  CHECK(broken.missing(plan, true).error().code() == "registry.blob-denied");
  const int checks = failing.source.checks;
  CHECK(broken.missing(plan, false).error().code() == "registry.blob-denied");
  CHECK(failing.source.checks == checks);
}

TEST_CASE("missing content: notes if the destination cannot be queried") {
  Setup setup;
  const auto plan = push::plan_push(setup.source.contents(), push::ManifestForm::oci);
  const auto notice = [&] {
    return push::missing_notice(*push::find_missing(plan, setup.source, true), plan, setup.source,
                                "r.example/app");
  };
  CHECK_FALSE(notice().has_value());
  setup.source.lose("base");
  REQUIRE(notice().has_value());
  CHECK(notice()->is_warning);
  CHECK(notice()->message == "oci/app does not have layer " + test::sha256("base") +
                                 ": the push succeeds only if r.example/app has it");
}

TEST_CASE(
    "refused manifest: foreign layers are named as the possible reason "
    "(go-containerregistry#1418)") {
  const auto manifest = [](const std::string& layer) {
    const std::string blob = R"({"mediaType":"m","size":1,"digest":")" + test::sha256("x") + "\"}";
    std::string bytes = R"({"schemaVersion":2,"config":)" + blob + R"(,"layers":[)" + layer + "]}";
    return image::ReadyManifest{bytes, std::string(oci::media_type::kOciManifest),
                                oci::digest_of(bytes), std::nullopt};
  };
  const std::string foreign =
      R"({"mediaType":"application/vnd.docker.image.rootfs.foreign.diff.tar.gzip","size":1,)"
      R"("urls":["https://mcr.example/1"],"digest":")" +
      test::sha256("w") + "\"}";
  const auto refusal = [](ErrorClass error_class, const char* code) {
    return base::Error(error_class, code, "r.example rejected the manifest upload")
        .cause("400 for PUT");
  };
  auto error = push::explain_refused_manifest(refusal(ErrorClass::server, "push.manifest-refused"),
                                              manifest(foreign));
  CHECK(error.cause().find("400 for PUT; the manifest lists a foreign layer") == 0);
  CHECK(error.cause().find("https://mcr.example/1") != std::string::npos);
  CHECK(error.fix().find("validation.manifests.urls.allow") != std::string::npos);
  CHECK(error.code() == "push.manifest-refused");
  for (const auto& [error_class, code, layer] :
       {std::tuple{ErrorClass::network, "http.lost", foreign},
        std::tuple{ErrorClass::server, "push.blob-failed", foreign},
        std::tuple{ErrorClass::server, "push.manifest-refused", std::string()}}) {
    error = push::explain_refused_manifest(refusal(error_class, code), manifest(layer));
    CHECK(error.cause() == "400 for PUT");
    CHECK(error.fix().empty());
  }
}
