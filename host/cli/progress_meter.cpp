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

// What the push does now: retries, waits, or moves at a rate.
std::string describe_pace(const ProgressMeter::Figures& figures) {
  if (figures.retry)
    return fmt::format(", retrying ({} of {}): {}", figures.retry->attempt, figures.retry->attempts,
                       figures.retry->reason);
  if (figures.position >= figures.total) return ", waiting for the destination";
  if (figures.idle) return fmt::format(", nothing sent for {}", human_duration(*figures.idle));
  if (!figures.rate) return "";
  const std::string rate =
      fmt::format(", {}/s", human_size(static_cast<std::uint64_t>(*figures.rate)));
  return figures.left ? fmt::format("{}, {} left", rate, human_duration(*figures.left)) : rate;
}

}  // namespace

ProgressMeter::ProgressMeter(const push::Plan& plan, Time now, std::size_t times)
    : last_byte_(now), samples_{{now, 0}} {
  for (std::size_t i = 0; i < times; ++i)
    for (const auto& blob : plan.blobs) blobs_.push_back({blob.size});
}

void ProgressMeter::moved(std::size_t blob, std::uint64_t bytes, std::uint64_t position, Time now) {
  auto& moving = blobs_.at(blob);
  position = std::min(position, moving.size);
  if (position > moving.position) processed_ += position - moving.position;
  moving.position = position;
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
void ProgressMeter::dropped(std::size_t blob) { blobs_.at(blob) = {.dropped = true}; }

void ProgressMeter::sample(Time now) {
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
  figures.sent = sent_;
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

std::string describe(const ProgressMeter::Figures& figures) {
  const auto unit = unit_of(figures.total);
  return fmt::format("{} of {} blobs, {} of {} {}{}", figures.blobs_done, figures.blobs,
                     number_in(figures.position, unit), number_in(figures.total, unit),
                     kUnits.at(unit), describe_pace(figures));
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
