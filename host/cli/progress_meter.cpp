#include "cli/progress_meter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace berth::cli {
namespace {

using std::chrono::duration;
using std::chrono::duration_cast;
using std::chrono::seconds;

constexpr seconds kRateWindow{5};
// Below it a rate is more noise than figure.
constexpr std::chrono::milliseconds kMinRateInterval{500};
// Longer without a byte is worth a remark.
constexpr seconds kIdleRemark{5};
// Of the rate of one blob, which is smoothed: after this time a change counts by two thirds.
constexpr double kSmoothing = 2.0;
constexpr std::array kUnits{"B", "KiB", "MiB", "GiB", "TiB"};

// The unit in which `bytes` has one to four digits before the point.
std::size_t unit_of(std::uint64_t bytes) {
  std::size_t unit = 0;
  for (auto value = static_cast<double>(bytes); value >= 1024 && unit + 1 < kUnits.size(); ++unit)
    value /= 1024;
  return unit;
}

std::string number_in(std::uint64_t bytes, std::size_t unit) {
  auto value = static_cast<double>(bytes);
  for (std::size_t i = 0; i < unit; ++i) value /= 1024;
  return unit == 0 ? std::to_string(bytes) : fmt::format("{:.1f}", value);
}

// "184.0 of 400.0 MiB"
std::string part_of(std::uint64_t position, std::uint64_t total) {
  const auto unit = unit_of(total);
  return fmt::format("{} of {} {}", number_in(position, unit), number_in(total, unit),
                     kUnits.at(unit));
}

// ", 92.0 MiB/s, 3 s left"
std::string describe_rate(const std::optional<double>& bytes_per_second,
                          const std::optional<seconds>& left) {
  if (!bytes_per_second) return "";
  const std::string rate =
      fmt::format(", {}/s", human_size(static_cast<std::uint64_t>(*bytes_per_second)));
  return left ? fmt::format("{}, {} left", rate, human_duration(*left)) : rate;
}

// What the push does now: retries, waits, or moves at a rate.
std::string describe_pace(const ProgressMeter::Figures& figures) {
  if (figures.retry)
    return fmt::format(", retrying ({} of {}): {}", figures.retry->attempt, figures.retry->attempts,
                       figures.retry->reason);
  if (figures.position >= figures.total) return ", waiting for the destination";
  if (figures.idle) return fmt::format(", nothing sent for {}", human_duration(*figures.idle));
  return describe_rate(figures.rate, figures.left);
}

std::string_view noun_of(image::BlobKind kind) {
  if (kind == image::BlobKind::config) return "config";
  return kind == image::BlobKind::layer ? "layer" : "blob";
}

std::string name_of(const push::PlannedBlob& blob) {
  const auto& digest = blob.digest ? blob.digest : blob.diff_id;
  return fmt::format("{} {}", noun_of(blob.kind), digest ? digest->brief() : "");
}

}  // namespace

ProgressMeter::ProgressMeter(const push::Plan& plan, Time now, std::size_t times)
    : last_byte_(now), samples_{{now, 0}} {
  const bool compresses = plan.encoding.codec != image::Codec::keep;
  for (std::size_t i = 0; i < times; ++i)
    for (const auto& blob : plan.blobs) {
      blobs_.emplace_back();
      blobs_.back().name = name_of(blob);
      blobs_.back().compressed = compresses && blob.diff_id.has_value();
      blobs_.back().size = blob.size;
    }
}

void ProgressMeter::moved(std::size_t blob, std::uint64_t bytes, std::uint64_t position, Time now) {
  auto& moving = blobs_.at(blob);
  position = std::min(position, moving.size);
  if (position > moving.position) processed_ += position - moving.position;
  moving.position = position;
  moving.begun = true;
  moving.reading = bytes == 0;
  sent_ += bytes;
  last_byte_ = now;
  retry_.reset();
}

void ProgressMeter::restarted(std::size_t blob) { blobs_.at(blob).position = 0; }

void ProgressMeter::done(std::size_t blob) {
  blobs_.at(blob).position = blobs_.at(blob).size;
  blobs_.at(blob).done = true;
}

// Neither the blob nor what was sent of it counts any more.
void ProgressMeter::dropped(std::size_t blob) {
  blobs_.at(blob) = Blob();
  blobs_.at(blob).dropped = true;
}

void ProgressMeter::done(std::size_t blob, const push::BlobResult& result) {
  done(blob);
  if (result.action == push::Action::reused) reused_ += result.size;
  if (result.action == push::Action::mounted) mounted_ += result.size;
}

void ProgressMeter::sample(Time now) {
  const double interval = duration<double>(now - samples_.back().time).count();
  for (auto& blob : blobs_) {
    if (!blob.begun || blob.done || interval <= 0) continue;
    const auto advance = blob.position - std::min(blob.sampled, blob.position);
    const double weight = std::min(1.0, interval / kSmoothing);
    const double rate = static_cast<double>(advance) / interval;
    blob.rate = blob.rate == 0 ? rate : blob.rate + weight * (rate - blob.rate);
    blob.sampled = blob.position;
  }
  samples_.push_back({now, processed_});
  while (samples_.size() > 2 && now - samples_[1].time >= kRateWindow) samples_.pop_front();
}

ProgressMeter::Figures ProgressMeter::figures(Time now) const {
  Figures figures;
  for (const auto& blob : blobs_) {
    figures.blobs += blob.dropped ? 0 : 1;
    figures.blobs_done += blob.done ? 1 : 0;
    figures.position += blob.position;
    figures.total += blob.size;
  }
  for (const auto& blob : blobs_)
    if (blob.begun && !blob.done && !blob.dropped) figures.active.push_back(active(blob));
  figures.sent = sent_;
  figures.reused = reused_;
  figures.mounted = mounted_;
  figures.retry = retry_;
  if (now - last_byte_ >= kIdleRemark) figures.idle = duration_cast<seconds>(now - last_byte_);
  const auto interval = now - samples_.front().time;
  if (interval < kMinRateInterval || processed_ == samples_.front().processed) return figures;
  figures.rate = static_cast<double>(processed_ - samples_.front().processed) /
                 duration<double>(interval).count();
  const auto remaining = static_cast<double>(figures.total - figures.position);
  figures.left = seconds(static_cast<std::int64_t>(remaining / *figures.rate) + 1);
  return figures;
}

ProgressMeter::ActiveBlob ProgressMeter::active(const Blob& blob) {
  ActiveBlob active;
  active.name = blob.name;
  active.position = blob.position;
  active.size = blob.size;
  if (blob.position >= blob.size)
    active.activity = Activity::waiting;
  else if (blob.reading)
    active.activity = Activity::reading;
  else
    active.activity = blob.compressed ? Activity::compressing : Activity::uploading;
  if (blob.rate < 1 || active.activity == Activity::waiting) return active;
  active.rate = blob.rate;
  active.left = seconds(
      static_cast<std::int64_t>(static_cast<double>(blob.size - blob.position) / blob.rate) + 1);
  return active;
}

std::string describe(const ProgressMeter::Figures& figures) {
  std::string text = fmt::format("{} of {} blobs, {}{}", figures.blobs_done, figures.blobs,
                                 part_of(figures.position, figures.total), describe_pace(figures));
  if (figures.reused > 0) text += fmt::format(", {} reused", human_size(figures.reused));
  if (figures.mounted > 0) text += fmt::format(", {} mounted", human_size(figures.mounted));
  return text;
}

std::string describe(const ProgressMeter::ActiveBlob& blob) {
  return fmt::format("{}: {}, {}{}", blob.name, activity_name(blob.activity),
                     part_of(blob.position, blob.size), describe_rate(blob.rate, blob.left));
}

std::string_view activity_name(ProgressMeter::Activity activity) {
  switch (activity) {
    case ProgressMeter::Activity::reading:
      return "reading";
    case ProgressMeter::Activity::compressing:
      return "compressing";
    case ProgressMeter::Activity::uploading:
      return "uploading";
    case ProgressMeter::Activity::waiting:
      break;
  }
  return "waiting for the registry";
}

std::string human_size(std::uint64_t bytes) {
  const auto unit = unit_of(bytes);
  return fmt::format("{} {}", number_in(bytes, unit), kUnits.at(unit));
}

std::string human_duration(seconds duration) {
  const auto count = duration.count();
  if (count < 60) return fmt::format("{} s", count);
  if (count < 3600) return fmt::format("{} min {} s", count / 60, count % 60);
  return fmt::format("{} h {} min", count / 3600, count % 3600 / 60);
}

}  // namespace berth::cli
