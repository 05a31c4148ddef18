// Manifests that are rejected for a blob that the registry reported to have, or that it just
// received.
#include <doctest/doctest.h>

#include "push/fakes.hpp"
#include "upload_test.hpp"

using namespace berth;
using test::http_answer;
using test::Log;
using test::MemoryRegistry;
using test::put;
using test::Received;
using test::Scripted;

namespace {

std::string unknown_blob(const std::string& detail) {
  return http_answer(
      404,
      R"({"errors":[{"code":"MANIFEST_BLOB_UNKNOWN","message":"blob unknown to registry","detail":")" +
          detail + R"("}]})");
}

// Pushes an image of one config and two layers; returns "pushed" or the error's code.
std::string push_image(MemoryRegistry& registry, const std::vector<std::string>& layers) {
  test::Uploads uploads(registry);
  auto source = test::ready_image(layers);
  auto& image = std::get<image::ReadyImage>(source->image);
  image.manifests.erase(image.manifests.begin(), image.manifests.begin() + 2);
  const auto plan = push::plan_push(source->contents(), push::ManifestForm::docker);
  push::Options options{
      {"1"}, std::nullopt, 1, false, {std::chrono::milliseconds(30), std::chrono::milliseconds(1)}};
  options.late_pause = std::chrono::milliseconds(1);
  test::CountingProgress progress;
  push::PushSource pushed(*source);
  const auto report = push::push({.plan = plan,
                                  .source = pushed,
                                  .destination = *uploads.destination,
                                  .options = options,
                                  .progress = progress,
                                  .cancellation = uploads.test.cancellation,
                                  .log = uploads.test.log});
  return report ? "pushed" : report.error().code();
}

// What the registry received, without lookups of tags.
Log uploads_in(MemoryRegistry& registry) {
  Log log = registry.log();
  std::erase_if(log, [](const auto& kind) { return kind == "other"; });
  return log;
}

}  // namespace

TEST_CASE("missing blobs: a manifest that is rejected once is sent once more, and nothing else") {
  for (const int status : {400, 404}) {
    CAPTURE(status);
    MemoryRegistry registry([=](const Received&, const std::string& kind, int seen) {
      const std::string body =
          R"({"errors":[{"code":"MANIFEST_BLOB_UNKNOWN","detail":"sha256:0"}]})";
      return kind == "manifest" && seen == 0 ? std::optional(Scripted{http_answer(status, body)})
                                             : std::nullopt;
    });
    CHECK(push_image(registry, {"one"}) == "pushed");
    CHECK(uploads_in(registry) == Log{"mount", put(6), "mount", put(3), "manifest", "manifest"});
  }
}

TEST_CASE(
    "missing blobs: the blob that the error names is uploaded, though it is reported to exist") {
  MemoryRegistry registry(
      [](const Received&, const std::string& kind, int seen) -> std::optional<Scripted> {
        if (kind == "mount") return Scripted{http_answer(201)};
        if (kind == "get") return Scripted{http_answer(206, "x")};
        if (kind == "manifest" && seen < 2) return Scripted{unknown_blob(test::sha256("two!"))};
        return std::nullopt;
      });
  CHECK(push_image(registry, {"one", "two!"}) == "pushed");
  CHECK(uploads_in(registry) == Log{"mount", "get", "mount", "get", "mount", "get", "manifest",
                                    "manifest", "open", put(4), "manifest"});
}

TEST_CASE(
    "missing blobs: if the error names none, all that were only reported to exist are uploaded, "
    "once") {
  MemoryRegistry registry(
      [](const Received&, const std::string& kind, int seen) -> std::optional<Scripted> {
        if (kind == "mount" && seen > 0) return Scripted{http_answer(201)};
        if (kind == "get") return Scripted{http_answer(206, "x")};
        if (kind == "manifest") return Scripted{unknown_blob("")};
        return std::nullopt;
      });
  CHECK(push_image(registry, {"one", "two!"}) == "push.manifest-blob-unknown");
  CHECK(uploads_in(registry) == Log{"mount", put(6), "mount", "get", "mount", "get", "manifest",
                                    "manifest", "open", put(4), "open", put(3), "manifest"});
}

TEST_CASE("missing blobs: what was uploaded is not uploaded again") {
  MemoryRegistry registry([](const Received&, const std::string& kind, int) {
    return kind == "manifest" ? std::optional(Scripted{unknown_blob(test::sha256("one"))})
                              : std::nullopt;
  });
  CHECK(push_image(registry, {"one"}) == "push.manifest-blob-unknown");
  CHECK(uploads_in(registry) == Log{"mount", put(6), "mount", put(3), "manifest", "manifest"});
}
