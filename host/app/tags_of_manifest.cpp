#include "app/tags_of_manifest.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <thread>

#include "oci/grammar.hpp"
#include "oci/hasher.hpp"

namespace berth::app {
namespace {

constexpr unsigned kMaxThreads = 8;

// Compares the tags of a list in several threads.
class TagScan {
 public:
  TagScan(const App& app, registry::RegistryClient& client, const std::string& repository,
          const oci::Digest& digest, const std::vector<std::string>& tags)
      : app_(app), client_(client), repository_(repository), digest_(digest), tags_(tags) {}

  base::Result<std::vector<std::string>> run() {
    std::vector<std::jthread> threads;
    const auto count = std::min<std::size_t>(kMaxThreads, tags_.size());
    for (std::size_t i = 0; i < count; ++i) threads.emplace_back([this] { work(); });
    threads.clear();  // waits
    if (error_) return std::move(*error_);
    std::ranges::sort(found_);
    std::vector<std::string> names;
    for (const std::size_t position : found_) names.push_back(tags_[position]);
    return names;
  }

 private:
  void work() {
    while (true) {
      const std::size_t position = next_++;
      if (position >= tags_.size() || failed_) return;
      if (const auto points = points_to_it(tags_[position]); !points) {
        fail(points.error().clone());
      } else if (*points) {
        const std::lock_guard lock(mutex_);
        found_.push_back(position);
      }
    }
  }

  base::Result<bool> points_to_it(const std::string& tag) {
    if (app_.cancellation.requested()) return app_.cancellation.error();
    if (!oci::check_tag(tag)) return false;  // such a name cannot be requested
    BERTH_TRY(const auto info, client_.manifests().head(repository_, tag));
    if (!info) return false;  // deleted since
    if (info->digest && info->digest->algorithm() == digest_.algorithm())
      return *info->digest == digest_;
    BERTH_TRY(const auto fetched, client_.manifests().fetch(repository_, tag));
    return fetched && oci::is_digest_of(digest_, fetched->bytes);
  }

  void fail(base::Error error) {
    const std::lock_guard lock(mutex_);
    if (!error_) error_ = std::move(error);
    failed_ = true;
  }

  const App& app_;
  registry::RegistryClient& client_;
  const std::string& repository_;
  const oci::Digest& digest_;
  const std::vector<std::string>& tags_;
  std::atomic<std::size_t> next_{0};
  std::atomic<bool> failed_{false};
  std::mutex mutex_;  // guards what follows
  std::vector<std::size_t> found_;
  std::optional<base::Error> error_;
};

}  // namespace

base::Result<std::vector<std::string>> tags_of_manifest(const App& app,
                                                        registry::RegistryClient& client,
                                                        const std::string& repository,
                                                        const oci::Digest& digest) {
  BERTH_TRY(const auto tags, client.tags().list(repository));
  return TagScan(app, client, repository, digest, tags).run();
}

}  // namespace berth::app
