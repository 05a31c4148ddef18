#include "image/zstd_frame.hpp"

#include <fmt/format.h>
#include <zstd_errors.h>

#include <algorithm>
#include <cstdlib>
#include <new>

namespace berth::image {
namespace {

// Jobs of 1 MiB with half a window of the bytes before: level 3 as dense as libzstd's jobs of 8 MiB
// (36.97 MB both, of 120 MB), in 13 MiB instead of 56. libzstd enlarges them to the half window
// where that is larger.
constexpr int kJobSize = 1 << 20;
constexpr int kOverlap = 8;
constexpr unsigned kMaxWorkers = 8;  // each has buffers and tables

void require(std::size_t status) {
  if (ZSTD_isError(status) == 0) return;
  if (ZSTD_getErrorCode(status) == ZSTD_error_memory_allocation) throw std::bad_alloc();
  std::abort();  // a parameter is invalid
}

}  // namespace

ZstdFrame::ZstdFrame(int level, unsigned workers) : level_(level), workers_(workers) {
  create_context();
}

void ZstdFrame::create_context() {
  context_.reset(ZSTD_createCCtx());
  if (context_ == nullptr) throw std::bad_alloc();
  auto* context = context_.get();
  require(ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level_));
  const auto count = static_cast<int>(std::clamp(workers_, 1U, kMaxWorkers));
  has_workers_ = ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_nbWorkers, count)) == 0;
  if (!has_workers_) return;
  require(ZSTD_CCtx_setParameter(context, ZSTD_c_jobSize, kJobSize));
  require(ZSTD_CCtx_setParameter(context, ZSTD_c_overlapLog, kOverlap));
}

// A new context: one that is reset releases the jobs of its workers while they may still use them
// (libzstd 1.5.4 crashes), one that is freed waits for them first.
void ZstdFrame::reset() {
  if (used_) create_context();
  used_ = false;
  begun_ = false;
  complete_ = false;
}

// A frame that one call completes has its content size, and tables that fit. A longer one is ended
// by a call without input: with input left, the end of a job would depend on the progress of the
// workers.
std::size_t ZstdFrame::compress(std::span<const std::byte>& input, bool last,
                                std::span<std::byte> output) {
  used_ = true;
  const bool ends = last && (!begun_ || input.empty());
  if (!ends) begun_ = true;
  ZSTD_inBuffer in{input.data(), input.size(), 0};
  ZSTD_outBuffer out{output.data(), output.size(), 0};
  const auto status =
      ZSTD_compressStream2(context_.get(), &out, &in, ends ? ZSTD_e_end : ZSTD_e_continue);
  require(status);
  input = input.subspan(in.pos);
  complete_ = ends && status == 0;
  return out.pos;
}

std::string ZstdFrame::parameters() const {
  const auto library = fmt::format("libzstd {} level {}", ZSTD_versionString(), level_);
  return has_workers_ ? fmt::format("{} job {} overlap {}", library, kJobSize, kOverlap)
                      : library + " single thread";
}

}  // namespace berth::image
