// A plugin that makes the system calls that its setting `what` selects, and reports their results.
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <berth/container_registry.hpp>
#include <cerrno>
#include <cstring>
#include <iostream>
#include <random>
#include <regex>
#include <sstream>
#include <thread>
#include <vector>

namespace {

// Calls without a harmless outcome if they are allowed: they terminate the thread or the process,
// wait for ever, unmap memory or change signal handling. Linux 6.14 and later do not filter
// uretprobe and uprobe (335, 336), which raise SIGILL unless the kernel itself placed them.
bool is_skipped(long number) {
#if defined(__x86_64__)
  for (const long one : {11L,  12L,  10L, 15L, 34L,  56L,  60L,  231L, 7L,   23L, 270L,
                         271L, 130L, 0L,  3L,  218L, 273L, 334L, 335L, 336L, 1L})
#else
  for (const long one :
       {63L, 64L, 57L, 93L, 94L, 96L, 99L, 133L, 139L, 214L, 215L, 220L, 226L, 293L, 72L, 73L})
#endif
    if (one == number) return true;
  return false;
}

// Every call with arguments that cannot succeed: a call that is not refused fails in another way.
void sweep(berth::CallContext& call) {
  std::string open;
  for (long number = 0; number < 1024; ++number) {
    if (is_skipped(number)) continue;
    errno = 0;
    const long result = ::syscall(number, -1L, -1L, -1L, -1L, -1L, -1L);
    if (result >= 0 || (errno != EPERM && errno != ENOSYS)) open += std::to_string(number) + " ";
  }
  call.report(berth::info, "caller.open", open);
}

#if defined(__x86_64__)
void call_x32(berth::CallContext& call) {
  call.report(berth::info, "caller.x32", std::to_string(::syscall(0x40000000L | SYS_getpid)));
}

void call_i386(berth::CallContext& call) {
  long result = 20;  // getpid there
  asm volatile("int $0x80" : "+a"(result) : : "memory");
  call.report(berth::info, "caller.i386", std::to_string(result));
}
#endif

// Creates threads that wait for each other, until one cannot be created.
void take_threads(berth::CallContext& call) {
  std::atomic<bool> end{false};
  std::vector<std::thread> threads;
  std::string error = "none";
  try {
    while (threads.size() < 3'000)
      threads.emplace_back([&end] {
        while (!end) std::this_thread::yield();
      });
  } catch (const std::system_error& failure) {
    error = failure.code() == std::errc::resource_unavailable_try_again ? "EAGAIN" : failure.what();
  }
  end = true;
  for (auto& thread : threads) thread.join();
  call.report(berth::info, "caller.threads", std::to_string(threads.size()));
  call.report(berth::info, "caller.error", error);
}

// Twice as many threads as berth allows, for the lifetime of the process.
[[noreturn]] void keep_threads() {
  std::vector<std::thread> threads;
  while (threads.size() < 128)
    threads.emplace_back([] {
      while (true) ::pause();
    });
  while (true) ::pause();
}

// The facilities that plugins written in C++ rely on.
void use_runtime(berth::CallContext& call) {
  std::random_device random;
  std::random_device file("/dev/urandom");
  call.report(berth::info, "caller.random",
              random() != random() || file() != file() ? "works" : "does not");
  call.report(berth::info, "caller.regex",
              std::regex_match("team-app", std::regex("team-[a-z]+")) ? "works" : "does not");
  std::ostringstream text;
  text << std::thread::hardware_concurrency();
  std::cout << "printed by the plugin" << std::endl;
  call.report(berth::info, "caller.processors", text.str());
}

// The size of each blob of the test is its index.
void report_image(berth::CallContext& call, const berth::Image& image) {
  std::uint64_t number = 0;
  bool in_order = true;
  for (const auto& blob : image.blobs()) in_order = in_order && blob.bytes == number++;
  call.report(berth::info, "caller.blobs", std::to_string(image.blobs().size()));
  call.report(berth::info, "caller.platforms", std::to_string(image.platforms().size()));
  call.report(berth::info, "caller.in-order", in_order ? "yes" : "no");
}

class CallerContainerRegistry : public berth::BaseContainerRegistry {
 public:
  static constexpr char FLAVOR[] = "caller";
  static constexpr char VERSION[] = "1.0.0";
  static constexpr char SETTINGS[] = R"({"properties":{"what":{"type":"string"}}})";

  void prepare_image_push(berth::CallContext& call, const berth::Image& image) override {
    const std::string what = settings().string("what");
    if (what == "sweep") sweep(call);
    if (what == "threads") take_threads(call);
    if (what == "keep-threads") keep_threads();
    if (what == "runtime") use_runtime(call);
    if (what == "image") report_image(call, image);
#if defined(__x86_64__)
    if (what == "x32") call_x32(call);
    if (what == "i386") call_i386(call);
#endif
  }
};

}  // namespace
BERTH_PLUGIN(CallerContainerRegistry)
