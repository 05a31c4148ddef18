// PushProgress: shows a push while it runs, in the form that --progress chose (cli/terminal.hpp):
//   line   lines on the terminal that are redrawn, and cleared when the push ends or anything else
//          is printed: the total, and one for each active blob
//   plain  a line per blob and retry, and one at least every ten seconds
//   json   one JSON object per line: {"event":"blob"|"progress"|"retry"|"end",…}
//   none   nothing
#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "cli/terminal.hpp"
#include "push/progress.hpp"
#include "push/push.hpp"

namespace berth::cli {

class PushProgress : public push::Progress {
 public:
  // What the command does before blobs are sent ("reading app.tar"); shown once it takes noticeable
  // time.
  virtual void stage(std::string what) = 0;
  // As app::PushEvents::begin_all(): what is printed about a blob names its destination.
  virtual void begin_all(const push::Plan& plan, std::span<const std::string> references) = 0;
  // Ends stage() or begin(): clears the line; nothing is shown until the next one.
  virtual void pause() = 0;
  // Reports a finished push: blobs and bytes uploaded, reused and mounted, seconds. Calls pause().
  virtual void finished(const push::Report& report, double seconds) = 0;
};

// How long each form goes without a line while a push runs; `stage`: a stage that ends sooner is
// not shown.
struct ProgressIntervals {
  std::chrono::milliseconds line{100};
  std::chrono::milliseconds json{1000};
  std::chrono::milliseconds plain{
      9500};  // CI systems end jobs that print nothing: one at least every ten seconds
  std::chrono::milliseconds stage{500};
};

// `terminal` must outlive the result.
std::unique_ptr<PushProgress> make_progress(Terminal& terminal,
                                            const ProgressIntervals& intervals = {});

// "uploaded", "config": as in JSON.
std::string_view action_name(push::Action action);
std::string_view kind_name(image::BlobKind kind);

}  // namespace berth::cli
