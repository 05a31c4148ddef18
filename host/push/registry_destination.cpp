#include <fmt/format.h>

#include "http/retry_policy.hpp"
#include "push/push.hpp"
#include "push/upload_body.hpp"

namespace berth::push {
namespace {

using base::Error;
using base::ErrorClass;

constexpr std::size_t kReadThrough = std::size_t{256} << 10U;

// An upload session that is deleted unless it was finished.
class OpenUpload {
 public:
  OpenUpload(registry::Session& session, const std::string& repository, registry::Upload upload)
      : session_(session), repository_(repository), upload_(std::move(upload)) {}
  OpenUpload(const OpenUpload&) = delete;
  OpenUpload& operator=(const OpenUpload&) = delete;
  ~OpenUpload() {
    if (!finished_) session_.abandon_upload(repository_, upload_);
  }
  [[nodiscard]] registry::Upload& upload() { return upload_; }
  void finished() { finished_ = true; }

 private:
  registry::Session& session_;
  const std::string& repository_;  // the destination's
  registry::Upload upload_;
  bool finished_ = false;
};

// Whether a new upload session may succeed where this one did not: a lost connection, a server's failure, a session
// that the registry forgot, bytes that it lost.
bool is_transient(const Error& error) {
  for (const std::string_view code : {"http.lost", "http.stall", "http.unreachable", "http.connect-timeout",
                                      "push.blob-failed", "push.blob-rate", "push.blob-not-found", "push.blob-range"})
    if (error.code() == code) return true;
  return false;
}

class RegistryDestination final : public Destination {
 public:
  RegistryDestination(registry::Session& session, std::string repository, const registry::UploadRules& rules,
                      const base::Cancellation& cancellation, base::Log& log, http::RetryObserver on_retry)
      : session_(session),
        repository_(std::move(repository)),
        rules_(rules),
        cancellation_(cancellation),
        log_(log),
        on_retry_(std::move(on_retry)) {}

  [[nodiscard]] std::string name() const override { return session_.host() + "/" + repository_; }

  base::Result<Action> put_blob(const oci::Digest& digest, std::uint64_t size, http::BodySource& source) override {
    return with_retries(source, [&]() -> base::Result<Action> {
      BERTH_TRY(auto start, session_.start_upload(repository_, &digest));
      if (start.exists) return Action::reused;
      OpenUpload open(session_, repository_, std::move(start.upload));
      const bool at_close = size <= most_in_closing_request(rules_);
      if (!at_close) BERTH_CHECK(upload_body(session_, repository_, open.upload(), source, rules_));
      BERTH_CHECK(session_.finish_upload(repository_, open.upload(), digest, at_close ? &source : nullptr));
      open.finished();
      return Action::uploaded;
    });
  }

  // Goes up while it is compressed: the digest is known once the last byte is out. Where every request has to say how
  // long it is, a first reading tells the size and the digest, and a second one goes up.
  base::Result<Action> put_layer(http::BodySource& bytes, const image::CompressedLayer& layer) override {
    if (!rules_.unknown_length && !rules_.in_chunks()) {
      BERTH_CHECK(read_through(bytes));
      return put_blob(layer.digest(), layer.compressed_size(), bytes);
    }
    return with_retries(bytes, [&]() -> base::Result<Action> {
      BERTH_TRY(auto start, session_.start_upload(repository_, nullptr));
      OpenUpload open(session_, repository_, std::move(start.upload));
      BERTH_CHECK(upload_body(session_, repository_, open.upload(), bytes, rules_));
      BERTH_CHECK(session_.finish_upload(repository_, open.upload(), layer.digest(), nullptr));
      open.finished();
      return Action::uploaded;
    });
  }

  base::Result<Receipt> put_manifest(const image::ReadyManifest& manifest, const std::string* reference) override {
    BERTH_TRY(auto stored, session_.put_manifest(repository_, reference != nullptr ? *reference : manifest.digest.str(),
                                                 manifest.media_type, manifest.bytes));
    return Receipt{std::move(stored.digest), stored.created};
  }

  base::Result<std::optional<oci::Digest>> resolve(const std::string& reference, Lookup lookup) override {
    if (lookup == Lookup::quick) {
      BERTH_TRY(auto head, session_.head_manifest(repository_, reference));
      if (!head) return not_found(reference);
      if (head->digest) return std::move(head->digest);
    }
    BERTH_TRY(auto fetched, session_.fetch_manifest(repository_, reference));
    if (!fetched) return not_found(reference);
    return std::optional(std::move(fetched->digest));
  }

 private:
  // A registry may respond with 404 for what the token does not permit to read.
  [[nodiscard]] base::Result<std::optional<oci::Digest>> not_found(const std::string& reference) const {
    const auto granted = session_.granted(repository_);
    if (!granted || granted->empty() || granted->find("pull") != std::string::npos || *granted == "*")
      return std::optional<oci::Digest>();
    return Error(ErrorClass::denied, "registry.manifest-denied",
                 fmt::format("not authorized to pull {}:{}", repository_, reference))
        .cause("404, with a token that grants " + *granted);
  }

  // To the end and back.
  static base::Result<void> read_through(http::BodySource& bytes) {
    std::vector<std::byte> buffer(kReadThrough);
    while (true) {
      BERTH_TRY(const auto count, bytes.read(buffer));
      if (count == 0) break;
    }
    if (bytes.rewind()) return {};
    return Error(ErrorClass::internal, "push.read-once", "a layer has to be read twice, and cannot be");
  }

  static Error after_attempts(Error error, int attempts, std::chrono::steady_clock::time_point begin) {
    const auto took = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - begin);
    return std::move(error).note(fmt::format("{} times, over {} s", attempts, took.count()));
  }

  template <typename Step>
  base::Result<Action> with_retries(http::BodySource& source, Step&& step) {
    const http::Limits limits;
    const auto begin = std::chrono::steady_clock::now();
    for (int attempt = 1;; ++attempt) {
      auto result = step();
      if (result || !is_transient(result.error()) || cancellation_.requested()) return result;
      if (attempt == limits.attempts) return after_attempts(std::move(result).error(), attempt, begin);
      const auto delay = http::retry_delay(limits, attempt, session_.quiet_for());
      if (!delay) return result;
      log_.write(base::LogLevel::step, "retry",
                 {{"attempt", std::to_string(attempt)}, {"because", result.error().message()}});
      if (on_retry_) on_retry_({attempt + 1, limits.attempts, *delay, result.error().message()});
      if (cancellation_.wait_for(*delay)) return cancellation_.error();
      if (!source.rewind()) return result;
    }
  }

  registry::Session& session_;
  std::string repository_;
  registry::UploadRules rules_;
  const base::Cancellation& cancellation_;
  base::Log& log_;
  http::RetryObserver on_retry_;
};

}  // namespace

std::unique_ptr<Destination> registry_destination(registry::Session& session, std::string repository,
                                                  const registry::UploadRules& rules,
                                                  const base::Cancellation& cancellation, base::Log& log,
                                                  http::RetryObserver on_retry) {
  return std::make_unique<RegistryDestination>(session, std::move(repository), rules, cancellation, log,
                                               std::move(on_retry));
}

}  // namespace berth::push
