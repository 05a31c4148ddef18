// FaultProxy: a loopback proxy between a program and a server that passes bytes on until it injects
// a network fault into some connections.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <thread>
#include <vector>

#include "platform/unique_fd.hpp"

namespace berth::test {

struct Fault {
  enum class Kind {
    cut,
    hold
  } kind;                 // cut: both directions are closed; hold: no bytes pass until release()
  std::size_t after = 0;  // bytes that the client sent on that connection before the fault
  int connections = 1;    // how many connections get the fault
};

class FaultProxy {
 public:
  FaultProxy(int target_port, Fault fault);
  ~FaultProxy();
  FaultProxy(const FaultProxy&) = delete;
  FaultProxy& operator=(const FaultProxy&) = delete;

  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] std::string host() const { return "localhost:" + std::to_string(port_); }
  // Returns once that many connections had their fault.
  void wait_for_faults(int count);
  int faults();
  // Lets held bytes pass again.
  void release();

 private:
  void accept_all();
  void serve(platform::UniqueFd client);
  // Whether a connection on which the client sent `sent` bytes gets the fault now.
  bool takes_fault(std::size_t sent);
  void hold();

  int target_port_;
  Fault fault_;
  int port_ = 0;
  platform::UniqueFd listener_;
  platform::UniqueFd ending_;
  platform::UniqueFd released_;
  std::mutex mutex_;
  std::condition_variable changed_;
  int faults_ = 0;
  std::vector<std::thread> connections_;
  std::thread acceptor_;
};

}  // namespace berth::test
