// The progress of a push: numbers, and a line that is cleared before other output.
#include "cli/progress.hpp"

#include <doctest/doctest.h>

#include <condition_variable>
#include <mutex>
#include <sstream>

#include "cli/clearing_buffer.hpp"
#include "cli/progress_meter.hpp"
#include "oci/hasher.hpp"

using namespace berth;
using cli::ProgressForm;
using cli::ProgressMeter;
using std::chrono::seconds;

namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20U;
const ProgressMeter::Time kStart{};

push::Plan plan_of(const std::vector<std::uint64_t>& sizes) {
  push::Plan plan;
  for (const auto size : sizes) {
    push::PlannedBlob blob;
    blob.size = size;
    plan.blobs.push_back(blob);
  }
  return plan;
}

push::BlobResult reused_blob() {
  return {oci::digest_of("blob"), 5, image::BlobKind::layer, push::Action::reused};
}

// The text that a terminal shows for `text`: "\r\x1b[K" clears the line.
std::vector<std::string> lines_on_screen(const std::string& text) {
  std::vector<std::string> lines(1);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.compare(i, 4, "\r\x1b[K") == 0) {
      lines.back().clear();
      i += 3;
    } else if (text[i] == '\n') {
      lines.emplace_back();
    } else {
      lines.back() += text[i];
    }
  }
  return lines;
}

const cli::ProgressIntervals kQuick{std::chrono::milliseconds(1), std::chrono::milliseconds(1),
                                    std::chrono::milliseconds(1), std::chrono::milliseconds(0)};

// A stream that another thread writes to and the test waits on.
class WatchedStream : public std::streambuf {
 public:
  void wait_for(const std::string& text) {
    std::unique_lock lock(mutex_);
    const bool came =
        changed_.wait_for(lock, seconds(60), [&] { return text_.find(text) != std::string::npos; });
    REQUIRE_MESSAGE(came, text, " is not in ", text_);
  }
  std::string text() {
    const std::lock_guard lock(mutex_);
    return text_;
  }

 protected:
  std::streamsize xsputn(const char* text, std::streamsize size) override {
    const std::lock_guard lock(mutex_);
    text_.append(text, static_cast<std::size_t>(size));
    changed_.notify_all();
    return size;
  }
  int_type overflow(int_type character) override {
    const char byte = traits_type::to_char_type(character);
    xsputn(&byte, 1);
    return character;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string text_;
};

}  // namespace

TEST_CASE("progress: prints total, rate and time left of the transferred bytes") {
  ProgressMeter meter(plan_of({100 * kMiB, 20 * kMiB, 30 * kMiB}), kStart);
  CHECK(describe(meter.figures(kStart)) == "0 of 3 blobs, 0.0 of 150.0 MiB");
  meter.done(2);  // exists already, so it does not count for the rate
  for (int second = 1; second <= 4; ++second) {
    meter.moved(0, 5 * kMiB, static_cast<std::uint64_t>(second) * 10 * kMiB,
                kStart + seconds(second));
    meter.sample(kStart + seconds(second));
  }
  CHECK(describe(meter.figures(kStart + seconds(4))) ==
        "1 of 3 blobs, 70.0 of 150.0 MiB, 10.0 MiB/s, 9 s left");
  CHECK(meter.figures(kStart + seconds(4)).sent == 20 * kMiB);
}

TEST_CASE("progress: computes the rate over the last seconds") {
  ProgressMeter meter(plan_of({1000 * kMiB}), kStart);
  for (int second = 1; second <= 30; ++second) {
    meter.moved(0, kMiB, static_cast<std::uint64_t>(second) * (second <= 20 ? 1 : 2) * kMiB,
                kStart + seconds(second));
    meter.sample(kStart + seconds(second));
  }
  CHECK(*meter.figures(kStart + seconds(30)).rate == doctest::Approx(2.0 * kMiB));
}

TEST_CASE("progress: shows a retry until bytes move again, and counts repeated bytes once") {
  ProgressMeter meter(plan_of({10 * kMiB}), kStart);
  meter.moved(0, 4 * kMiB, 4 * kMiB, kStart + seconds(1));
  meter.retrying({2, 5, std::chrono::milliseconds(500), "connection lost"});
  meter.restarted(0);
  CHECK(describe(meter.figures(kStart + seconds(2))) ==
        "0 of 1 blobs, 0.0 of 10.0 MiB, retrying (2 of 5): connection lost");
  meter.moved(0, kMiB, kMiB, kStart + seconds(2));
  CHECK_FALSE(meter.figures(kStart + seconds(2)).retry.has_value());
}

TEST_CASE("progress: shows a stall and the completion") {
  ProgressMeter meter(plan_of({10 * kMiB}), kStart);
  meter.moved(0, kMiB, kMiB, kStart);
  CHECK(describe(meter.figures(kStart + seconds(65))) ==
        "0 of 1 blobs, 1.0 of 10.0 MiB, nothing sent for 1 min 5 s");
  meter.moved(0, 9 * kMiB, 10 * kMiB, kStart + seconds(66));
  CHECK(describe(meter.figures(kStart + seconds(66))) ==
        "0 of 1 blobs, 10.0 of 10.0 MiB, waiting for the destination");
}

TEST_CASE("progress: shows each active blob with its activity, rate and time left") {
  using Activity = ProgressMeter::Activity;
  auto plan = plan_of({100 * kMiB, 20 * kMiB, 30 * kMiB, 5 * kMiB});
  plan.blobs[0].diff_id = oci::digest_of("compressed");
  plan.blobs[1].diff_id = oci::digest_of("known");
  ProgressMeter meter(plan, kStart);
  CHECK(meter.figures(kStart).active.empty());
  for (int second = 1; second <= 4; ++second) {
    const auto position = static_cast<std::uint64_t>(second) * 5 * kMiB;
    meter.moved(0, kMiB, 2 * position, kStart + seconds(second));
    meter.moved(1, 0, position / 2, kStart + seconds(second));
    meter.moved(2, 5 * kMiB, position, kStart + seconds(second));
    meter.sample(kStart + seconds(second));
  }
  meter.moved(3, 5 * kMiB, 5 * kMiB, kStart + seconds(4));
  const auto active = meter.figures(kStart + seconds(4)).active;
  REQUIRE(active.size() == 4);
  CHECK(active[0].activity == Activity::compressing);
  CHECK(active[1].activity == Activity::reading);
  CHECK(active[2].activity == Activity::uploading);
  CHECK(active[3].activity == Activity::waiting);
  CHECK(describe(active[0]) == "layer " + oci::digest_of("compressed").brief() +
                                   ": compressing, 40.0 of 100.0 MiB, 10.0 MiB/s, 7 s left");
  CHECK(describe(active[3]) == "layer : waiting for the registry, 5.0 of 5.0 MiB");
  meter.done(0, {oci::digest_of("compressed"), 9, image::BlobKind::layer, push::Action::uploaded});
  CHECK(meter.figures(kStart + seconds(4)).active.size() == 3);
}

TEST_CASE("progress: counts what was reused and mounted") {
  ProgressMeter meter(plan_of({10 * kMiB, 20 * kMiB, 30 * kMiB}), kStart);
  meter.done(0, {oci::digest_of("a"), 10 * kMiB, image::BlobKind::layer, push::Action::reused});
  meter.done(1, {oci::digest_of("b"), 20 * kMiB, image::BlobKind::layer, push::Action::mounted});
  CHECK(describe(meter.figures(kStart)) ==
        "2 of 3 blobs, 30.0 of 60.0 MiB, 10.0 MiB reused, 20.0 MiB mounted");
}

TEST_CASE("progress: redraws several lines in place with one write, and clears them") {
  std::ostringstream err;
  unsigned rows = 24;
  cli::Terminal terminal(err,
                         {false, ProgressForm::line, [] { return 40U; }, [&] { return rows; }});
  const auto written = [&](const auto& write) {
    err.str("");
    write();
    return err.str();
  };
  const std::vector<std::string> three{"total", "one", "two"};
  CHECK(written([&] { terminal.transient(three); }) == "\r\x1b[Ktotal\n\r\x1b[Kone\n\r\x1b[Ktwo");
  CHECK(written([&] {
          terminal.transient(std::vector<std::string>{"total", "one"});
        }) == "\r\x1b[2A\x1b[Ktotal\n\r\x1b[Kone\x1b[J");
  CHECK(written([&] { terminal.clear_transient(); }) == "\r\x1b[1A\x1b[J");
  rows = 3;  // one is left to what was printed before
  CHECK(written([&] { terminal.transient(three); }) == "\r\x1b[Ktotal\n\r\x1b[Kone");
  CHECK(written([&] { terminal.line("done"); }) == "\r\x1b[1A\x1b[Jdone\n");
}

TEST_CASE("progress: clears the line before other output on any stream") {
  std::stringbuf screen;
  std::ostream err(&screen);
  cli::Terminal terminal(err, {false, ProgressForm::line, {}});
  cli::ClearingBuffer buffer(terminal, &screen);
  std::ostream out(&buffer);
  terminal.transient("1 of 2 blobs");
  out << "r.example/app@sha256:…\n";
  terminal.transient("1 of 2 blobs");
  terminal.warning("careful");
  terminal.transient("2 of 2 blobs");
  out.put('x').put('\n');
  terminal.transient("2 of 2 blobs");
  terminal.clear_transient();
  CHECK(lines_on_screen(screen.str()) ==
        std::vector<std::string>{"r.example/app@sha256:…", "berth: warning: careful", "x", ""});
}

TEST_CASE("progress: truncates the line to the terminal, so that it can be cleared") {
  std::ostringstream err;
  cli::Terminal terminal(err, {false, ProgressForm::line, [] { return 10U; }});
  terminal.transient("ä23456789012");
  CHECK(err.str() == "\r\x1b[Kä23456789");
}

TEST_CASE("progress: clears the line on a terminal when the push ends") {
  WatchedStream screen;
  std::ostream err(&screen);
  cli::Terminal terminal(err, {false, ProgressForm::line, {}});
  {
    const auto progress = cli::make_progress(terminal, kQuick);
    progress->stage("reading app.tar");
    screen.wait_for("reading app.tar (0 s)");
    progress->begin(plan_of({5, 5}));
    progress->done(0, reused_blob());
    screen.wait_for("1 of 2 blobs, 5 of 10 B");
    progress->finished({oci::digest_of("m"), {reused_blob()}, 0, 5}, 1.25);
  }
  CHECK(lines_on_screen(screen.text()) ==
        std::vector<std::string>{"uploaded 0 blobs (0 B), reused 1 (5 B) in 1.2 s", ""});
}

TEST_CASE("progress: in a pipe, prints lines during a long push, including retries") {
  WatchedStream pipe;
  std::ostream err(&pipe);
  cli::Terminal terminal(err, {false, ProgressForm::plain, {}});
  const auto progress = cli::make_progress(terminal, kQuick);
  progress->stage("reading app.tar");
  pipe.wait_for("still reading app.tar (0 s)\n");
  progress->begin(plan_of({5}));
  pipe.wait_for("0 of 1 blobs, 0 of 5 B\n");
  progress->retrying({2, 5, std::chrono::milliseconds(500), "connection lost"});
  pipe.wait_for("\nretrying (2 of 5): connection lost\n");
  progress->pause();
  const auto text = pipe.text();
  CHECK(text.find('\r') == std::string::npos);
}

TEST_CASE("progress: JSON lines have complete digests and numbers") {
  WatchedStream pipe;
  std::ostream err(&pipe);
  cli::Terminal terminal(err, {false, ProgressForm::json, {}});
  const auto progress = cli::make_progress(terminal, kQuick);
  progress->begin(plan_of({5}));
  pipe.wait_for(
      R"({"event":"progress","blobs":1,"blobs_done":0,"bytes":5,"bytes_done":0,"bytes_sent":0,)"
      R"("bytes_reused":0,"bytes_mounted":0,"bytes_per_second":null,"seconds_left":null,"active":[]})");
  progress->moved(0, 2, 2);
  pipe.wait_for(R"("activity":"uploading","bytes":5,"bytes_done":2,"bytes_per_second":)");
  progress->retrying({2, 5, std::chrono::milliseconds(500), "connection lost"});
  pipe.wait_for(
      R"({"event":"retry","attempt":2,"attempts":5,"delay_ms":500,"reason":"connection lost"})");
  progress->done(0, reused_blob());
  pipe.wait_for(R"("blob":")" + oci::digest_of("blob").str() +
                R"(","kind":"layer","action":"reused","bytes":5})");
  progress->finished({oci::digest_of("m"), {reused_blob()}, 0, 5}, 1.5);
  CHECK(pipe.text().ends_with(
      R"({"event":"end","uploaded":0,"reused":1,"bytes_uploaded":0,"bytes_reused":5,"seconds":1.5,)"
      R"("mounted":0,"bytes_mounted":0})"
      "\n"));
}
