#include "push/blob_upload.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "registry/api_error.hpp"

namespace berth::push {
namespace {

using base::Error;
using base::ErrorClass;
using Step = UploadAttempt::Step;

// Delay between two checks for a blob that a registry may still be storing.
constexpr std::chrono::milliseconds kCheckPause{2'000};
constexpr std::size_t kReadSize = std::size_t{256} << 10U;

base::Result<void> drain_and_rewind(http::BodySource& source) {
  std::vector<std::byte> buffer(kReadSize);
  while (true) {
    BERTH_TRY(const auto count, source.read(buffer));
    if (count == 0) break;
  }
  if (source.rewind()) return {};
  return Error(ErrorClass::internal, "push.read-once",
               "the layer must be read twice, but cannot be rewound");
}

// Reads the next `size` bytes; fewer at the end.
base::Result<std::string> next_chunk(http::BodySource& source, std::size_t size) {
  std::string chunk(size, '\0');
  std::size_t filled = 0;
  while (filled < size) {
    BERTH_TRY(const auto count,
              source.read(std::as_writable_bytes(std::span(chunk)).subspan(filled)));
    if (count == 0) break;
    filled += count;
  }
  chunk.resize(filled);
  return chunk;
}

// Counts the bytes read from a source, whose size may be unknown.
class CountingSource final : public http::BodySource {
 public:
  CountingSource(http::BodySource& inner, std::uint64_t& count) : inner_(inner), count_(count) {
    count_ = 0;
  }
  [[nodiscard]] std::optional<std::uint64_t> size() const override { return inner_.size(); }
  base::Result<std::size_t> read(std::span<std::byte> buffer) override {
    BERTH_TRY(const auto count, inner_.read(buffer));
    count_ += count;
    return count;
  }
  bool rewind() override {
    count_ = 0;
    return inner_.rewind();
  }

 private:
  http::BodySource& inner_;
  std::uint64_t& count_;
};

}  // namespace

// Deletes the upload session unless it was closed, or may have been.
class BlobUpload::OpenSession {
 public:
  OpenSession(BlobUpload& owner, registry::Upload upload)
      : owner_(owner), upload_(std::move(upload)) {}
  OpenSession(const OpenSession&) = delete;
  OpenSession& operator=(const OpenSession&) = delete;
  ~OpenSession() {
    if (closed_) return;
    owner_.attempt_.receive(upload_.status, upload_.has_api_errors);
    owner_.unresolved_ = std::move(upload_);
    if (!owner_.attempt_.may_be_stored()) owner_.cancel_unresolved();
  }
  [[nodiscard]] registry::Upload& upload() { return upload_; }
  void closed() { closed_ = true; }

 private:
  BlobUpload& owner_;
  registry::Upload upload_;
  bool closed_ = false;
};

BlobUpload::BlobUpload(const UploadTarget& target, BlobBody& body, bool look)
    : target_(target),
      body_(body),
      look_(look),
      policy_(target.client.limits(), target.on_retry, target.cancellation, target.log) {}

base::Result<Action> BlobUpload::run() {
  while (true) {
    wait_for_retry_after();
    auto result = try_once();
    if (result && *result == Action::uploaded) target_.strategy.learn(refusals_);
    if (result) return result;
    const int attempts = result.error().max_attempts();
    const bool differently =
        !target_.cancellation.requested() && choose_other_method(result.error());
    const auto delay = policy_.next_delay(attempts, target_.client.retry_after());
    // Before the wait: other destinations may be waiting for what this one reads.
    const bool rewound = (differently || delay) && body_.source().rewind();
    if (!differently && delay) policy_.wait(*delay, attempts, result.error().message());
    if (!target_.cancellation.requested() && attempt_.may_be_stored() && wait_until_stored())
      return Action::uploaded;
    cancel_unresolved();
    if (target_.cancellation.requested()) return target_.cancellation.error();
    if (!differently && !delay) return after_attempts(std::move(result).error());
    if (!rewound) return result;
    if (!differently) avoid_failing_method();
  }
}

// Waits if the registry asked any blob's upload to wait.
void BlobUpload::wait_for_retry_after() const {
  const auto delay = target_.client.retry_after();
  if (delay.count() == 0 || delay > target_.client.limits().max_retry_after) return;
  static_cast<void>(target_.cancellation.wait_for(delay));
}

// One attempt with one upload session.
base::Result<Action> BlobUpload::try_once() {
  attempt_.begin();
  // A layer may have to be read to its end to know its size, but not if it is found.
  const bool is_expected = look_ && !body_.size() && body_.expected_name();
  if (!is_expected) BERTH_CHECK(prepare_way());
  const auto name = look_ ? body_.expected_name() : std::nullopt;
  BERTH_TRY(auto start, target_.client.uploads().start(target_.repository, name ? &*name : nullptr,
                                                       body_.mount_from()));
  if (start.exists && target_.client.blobs().is_readable(target_.repository, *name))
    return start.mounted ? Action::mounted : Action::reused;
  if (start.exists) {
    target_.log.write(base::LogLevel::step, "blob is missing", {{"digest", name->digest.brief()}});
    look_ = false;
    BERTH_TRY(start, target_.client.uploads().start(target_.repository, nullptr));
  }
  OpenSession session(*this, std::move(start.upload));
  if (is_expected) BERTH_CHECK(prepare_way());
  BERTH_CHECK(send(session.upload()));
  session.closed();
  return Action::uploaded;
}

base::Result<void> BlobUpload::prepare_way() {
  auto way = target_.strategy.choose(body_.size(), refusals_);
  const bool read_twice = !body_.size() && (!way || way->method == UploadMethod::monolithic);
  if (read_twice) {
    BERTH_CHECK(drain_and_rewind(body_.source()));
    way = target_.strategy.choose(body_.size(), refusals_);
  }
  if (!way)
    return Error(ErrorClass::server, "push.blob-refused",
                 fmt::format("{} supports no upload method for this blob", target_.client.host()));
  way_ = *way;
  return {};
}

base::Result<void> BlobUpload::send(registry::Upload& upload) {
  switch (way_.method) {
    case UploadMethod::monolithic:
      return send_whole(upload);
    case UploadMethod::chunked:
      BERTH_CHECK(send_chunks(upload));
      return commit(upload);
    case UploadMethod::streamed:
      break;
  }
  attempt_.send(Step::body, 0);
  CountingSource counting(body_.source(), attempt_.request_size());
  BERTH_CHECK(target_.client.uploads().patch(target_.repository, upload, counting));
  BERTH_CHECK(check_range(upload));
  return commit(upload);
}

base::Result<void> BlobUpload::send_chunks(registry::Upload& upload) {
  const auto size = target_.strategy.chunk_size(upload.min_chunk_size, refusals_);
  if (!size)
    return Error(ErrorClass::server, "push.blob-too-large",
                 fmt::format("a proxy in front of {} limits request bodies to less than {} bytes",
                             target_.client.host(), refusals_.too_large))
        .cause(
            fmt::format("the registry requires chunks of {} bytes or more", upload.min_chunk_size))
        .fix(std::string(registry::kRequestSizeFix));
  while (true) {
    BERTH_TRY(auto chunk, next_chunk(body_.source(), *size));
    if (chunk.empty()) return {};
    attempt_.send(Step::body, chunk.size());
    BERTH_CHECK(target_.client.uploads().patch_chunk(target_.repository, upload, std::move(chunk)));
    BERTH_CHECK(check_range(upload));
  }
}

base::Result<void> BlobUpload::send_whole(registry::Upload& upload) {
  attempt_.send(Step::whole, *body_.size());
  return target_.client.uploads().finish(target_.repository, upload, body_.digest(),
                                         &body_.source());
}

base::Result<void> BlobUpload::commit(registry::Upload& upload) {
  attempt_.send(Step::commit, 0);
  return target_.client.uploads().finish(target_.repository, upload, body_.digest(), nullptr);
}

base::Result<void> BlobUpload::check_range(const registry::Upload& upload) const {
  if (!target_.strategy.rules().verify_range || upload.confirmed == upload.offset) return {};
  return Error(ErrorClass::integrity, "push.blob-range",
               fmt::format("{} confirmed a different number of bytes than were sent",
                           target_.client.host()))
      .cause(upload.confirmed
                 ? fmt::format("sent {} bytes; its Range header confirms {}", upload.offset,
                               *upload.confirmed)
                 : fmt::format("sent {} bytes; its response has no Range header", upload.offset))
      .max_attempts(target_.client.limits().attempts);
}

// Returns whether the next attempt uses another method, without delay: the same request would be
// refused again.
bool BlobUpload::choose_other_method(const base::Error& error) {
  if (attempt_.step() == Step::open) return false;
  Refusals refusals = refusals_;
  if (attempt_.refuses_size(error))
    refusals.too_large = std::min(refusals.too_large, attempt_.size());
  else if (attempt_.refuses_method(error, way_.method))
    refusals.add(way_.method);
  else
    return false;
  target_.log.write(base::LogLevel::step, "upload differently",
                    {{"because", error.message()}, {"status", std::to_string(attempt_.status())}});
  return try_without(refusals);
}

// After two failures with a method, a registry or proxy may always fail with it.
void BlobUpload::avoid_failing_method() {
  if (!attempt_.fails_repeatedly()) return;
  Refusals refusals = refusals_;
  refusals.add(way_.method);
  try_without(refusals);
}

// Returns false and discards `refusals` if no other method is left.
bool BlobUpload::try_without(const Refusals& refusals) {
  const auto next = target_.strategy.choose(body_.size(), refusals);
  if (!next || *next == way_) return false;
  refusals_ = refusals;
  return true;
}

// Checks for the blob for as long as the registry may take to store it.
bool BlobUpload::wait_until_stored() {
  const auto thirty = registry::commit_timeout(0);
  const auto until = attempt_.sent_at() + (attempt_.may_be_storing()
                                               ? registry::commit_timeout(*body_.size()) - thirty
                                               : std::chrono::milliseconds(0));
  while (true) {
    const auto found = target_.client.blobs().is_reported(target_.repository, body_.name());
    if (found && *found)
      return target_.client.blobs().is_readable(target_.repository, body_.name());
    look_ = look_ && !found;
    if (std::chrono::steady_clock::now() >= until || !found ||
        target_.cancellation.wait_for(kCheckPause))
      return false;
  }
}

void BlobUpload::cancel_unresolved() {
  if (unresolved_) target_.client.uploads().cancel(target_.repository, *unresolved_);
  unresolved_.reset();
}

base::Error BlobUpload::after_attempts(base::Error error) const {
  if (attempt_.status() == 413 && attempt_.size() > 0) {
    auto cause = fmt::format("{}; its body had {} bytes", error.cause(), attempt_.size());
    error = std::move(error).cause(std::move(cause));
  }
  if (policy_.attempt() == 1) return error;
  const auto took = std::chrono::duration_cast<std::chrono::seconds>(policy_.elapsed());
  return std::move(error)
      .note(fmt::format("making {} attempts over {} s", policy_.attempt(), took.count()))
      .max_attempts(1);
}

}  // namespace berth::push
