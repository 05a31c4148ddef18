// A plugin that misbehaves as its setting `what` selects, in the call that its setting `where`
// selects.
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <berth/container_registry.hpp>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <thread>

namespace {

constexpr int kChannel = 3;  // the worker's descriptor

[[noreturn]] void hang() {
  while (true) ::pause();
}

void write_raw(const std::string& bytes) {
  static_cast<void>(::write(kChannel, bytes.data(), bytes.size()));
}

std::string frame(const std::string& body) {
  std::string bytes;
  for (unsigned i = 0; i < 4; ++i) bytes += static_cast<char>(body.size() >> (8 * i) & 0xffU);
  return bytes + body;
}

// NOLINTNEXTLINE(misc-no-recursion): it is the point.
int overflow(int depth) {
  volatile char space[65536];
  space[0] = static_cast<char>(depth);
  return depth == 0 ? 0 : overflow(depth - 1) + space[0];
}

[[noreturn]] void flood(const std::string& line) {
  while (true) static_cast<void>(::write(1, line.data(), line.size()));
}

constexpr berth::FindingKind kUri{"hostile.uri", berth::error, "The URI is not accepted."};
constexpr berth::FindingKind kForeign{"push.denied", berth::error, "A code of the host."};

const std::map<std::string, void (*)()> kFaults{
    {"abort", [] { std::abort(); }},
    {"hang", [] { hang(); }},
    {"exit", [] { std::exit(0); }},
    {"_exit", [] { ::_exit(0); }},
    {"throw", [] { throw std::runtime_error("I do not \x1b[31mlike it"); }},
    {"throw-int", [] { throw 7; }},
    {"failure", [] { throw berth::Failure("not for me"); }},
    {"failure-fix",
     [] { throw berth::Failure(kUri, "not \x1b[31mfor me", "use \x1b[31manother"); }},
    {"failure-foreign", [] { throw berth::Failure(kForeign, "not for me"); }},
    {"segfault", [] { static_cast<void>(std::raise(SIGSEGV)); }},
    {"overflow", [] { static_cast<void>(overflow(1'000'000)); }},
    {"garbage",
     [] {
       write_raw(frame("not JSON"));
       hang();
     }},
    {"array",
     [] {
       write_raw(frame("[]"));
       hang();
     }},
    {"huge-frame",
     [] {
       write_raw(std::string(4, '\xff'));
       hang();
     }},
    {"half-frame",
     [] {
       write_raw(frame("{\"result\":{}}").substr(0, 9));
       hang();
     }},
    {"extra-reply", [] { write_raw(frame("{\"id\":4,\"result\":{}}")); }},
    {"close",
     [] {
       ::close(kChannel);
       hang();
     }},
    {"flood", [] { flood("one line of many\n"); }},
    {"flood-line", [] { flood(std::string(4096, 'x')); }},
    {"silent-hang",
     [] {
       ::close(1);
       ::close(2);
       hang();
     }},
    {"print",
     [] {
       std::fputs("\x1b[2Jred\nsecond line", stdout);
       std::fflush(stdout);
     }},
};

// Endless requests whose responses are not read.
[[noreturn]] void fill_channel() {
  const std::string request =
      frame(R"({"method":"crypto.hmac_sha256","id":1,"params":{"data":"","key":")" +
            std::string(4096, 'A') + "\"}}");
  for (int i = 0; i < 900; ++i) write_raw(request);
  hang();
}

std::string errno_name(bool denied) { return denied ? std::strerror(errno) : "allowed"; }

// Attempts everything that is forbidden; reports findings of severity info: "hostile.fork",
// "Operation not permitted".
void probe(berth::CallContext& call) {
  const auto tried = [&](const char* what, bool denied) {
    call.report(berth::info, std::string("hostile.") + what, errno_name(denied));
  };
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  tried("fork", child < 0);
  if (child > 0) ::waitpid(child, nullptr, 0);
  tried("open", ::open("/etc/passwd", O_RDONLY) < 0);
  tried("create", ::open("/tmp/berth-hostile", O_RDWR | O_CREAT, 0600) < 0);
  tried("socket", ::socket(AF_INET, SOCK_STREAM, 0) < 0);
  tried("chmod", ::chmod("/dev/null", 0666) < 0);
  tried("kill", ::kill(::getppid(), 0) < 0);
  char* const argv[] = {nullptr};
  tried("exec", ::execv("/bin/true", argv) < 0);
  call.report(berth::info, "hostile.environment", ::environ[0] == nullptr ? "empty" : ::environ[0]);
  char directory[256];
  call.report(berth::info, "hostile.directory",
              ::getcwd(directory, sizeof directory) != nullptr ? directory : "none");
  std::string open;
  for (int fd = 0; fd < 256; ++fd)
    if (::fcntl(fd, F_GETFD) >= 0) open += std::to_string(fd) + " ";
  call.report(berth::info, "hostile.descriptors", open);
  int sum = 0;
  std::thread([&sum] { sum = 42; }).join();
  call.report(berth::info, "hostile.thread", sum == 42 ? "works" : "does not");
}

class HostileContainerRegistry : public berth::BaseContainerRegistry {
 public:
  static constexpr char FLAVOR[] = "hostile";
  static constexpr char VERSION[] = "1.0.0";
  static constexpr char SETTINGS[] =
      R"({"properties":{"what":{"type":"string"},"where":{"type":"string"},"pin":{"type":"string","x-secret":true}}})";

  HostileContainerRegistry() { act("create"); }
  ~HostileContainerRegistry() override { act("destroy"); }

  void prepare_image_push(berth::CallContext& call, const berth::Image& image) override {
    act("prepare");
    if (settings().string("where") == "prepare") act_with(call, image);
  }

  void push_image(berth::CallContext& call, const berth::Image& image) override {
    act("push");
    BaseContainerRegistry::push_image(call, image);
  }

 private:
  void act(const std::string& where) const {
    if (settings().string("where") != where) return;
    if (const auto fault = kFaults.find(settings().string("what")); fault != kFaults.end())
      fault->second();
  }

  void act_with(berth::CallContext& call, const berth::Image& image) const {
    const std::string what = settings().string("what");
    if (what == "probe") probe(call);
    if (what == "findings")
      for (int i = 0; i < 10'000; ++i) call.report(berth::warning, "hostile.many", "one of many");
    if (what == "long-finding")
      call.report(berth::error, "hostile.long", std::string(1'000'000, 'm'),
                  std::string(3'000'000, 'f'));
    if (what == "ask-much")
      for (int i = 0; i < 2'000; ++i) static_cast<void>(call.cancelled());
    if (what == "wait-for-cancel")
      while (!call.cancelled()) ::usleep(20'000);
    if (what == "wait-for-cancel") call.log("saw it");
    if (what == "deaf") fill_channel();
    if (what == "forged-code") {
      write_raw(frame(
          R"({"id":4,"error":{"code":"\u001b[31mred","message":"no","cause":"","fix":"","finding":"","host_error":0}})"));
      hang();
    }
    if (what == "error") call.report(berth::error, "hostile.error", "no");
    if (what == "ask-registry") ask_registry(call, image);
  }

  static void ask_registry(berth::CallContext& call, const berth::Image& image) {
    const auto registry = call.registry();
    if (!registry) return call.report(berth::info, "hostile.registry", "none");
    const auto digest = registry->manifest_digest(image.repository(), image.tag());
    call.report(berth::info, "hostile.registry", digest.value_or("no such tag"));
  }
};

}  // namespace
BERTH_PLUGIN(HostileContainerRegistry)
