#include "support/fault_proxy.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>

namespace berth::test {
namespace {

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

platform::UniqueFd tcp_socket() {
  return platform::UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

platform::UniqueFd connect_to(int port) {
  auto fd = tcp_socket();
  auto address = loopback(port);
  if (::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) fd.reset();
  return fd;
}

void raise(const platform::UniqueFd& event) {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(event.get(), &one, sizeof one);
}

// Passes on the available bytes; returns their number, 0 at the end.
std::size_t pass(int from, int to) {
  char buffer[16384];
  const auto count = ::read(from, buffer, sizeof buffer);
  for (ssize_t done = 0; done < count;) {
    const auto written =
        ::send(to, buffer + done, static_cast<std::size_t>(count - done), MSG_NOSIGNAL);
    if (written <= 0) return 0;
    done += written;
  }
  return count > 0 ? static_cast<std::size_t>(count) : 0;
}

}  // namespace

FaultProxy::FaultProxy(int target_port, Fault fault)
    : target_port_(target_port),
      fault_(fault),
      listener_(tcp_socket()),
      ending_(::eventfd(0, EFD_CLOEXEC)),
      released_(::eventfd(0, EFD_CLOEXEC)) {
  auto address = loopback(0);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_.get(), generic, size) != 0 ||
      ::getsockname(listener_.get(), generic, &size) != 0 || ::listen(listener_.get(), 64) != 0)
    throw std::runtime_error("listen");
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_all(); });
}

FaultProxy::~FaultProxy() {
  raise(ending_);
  acceptor_.join();
  for (auto& connection : connections_) connection.join();
}

void FaultProxy::wait_for_faults(int count) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return faults_ >= count; });
}

int FaultProxy::faults() {
  const std::lock_guard lock(mutex_);
  return faults_;
}

void FaultProxy::accept_all() {
  while (true) {
    pollfd waits[2] = {{listener_.get(), POLLIN, 0}, {ending_.get(), POLLIN, 0}};
    ::poll(waits, 2, -1);
    if (waits[1].revents != 0) return;
    platform::UniqueFd client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (client)
      connections_.emplace_back([this, fd = client.release()] { serve(platform::UniqueFd(fd)); });
  }
}

bool FaultProxy::takes_fault(std::size_t sent) {
  const std::lock_guard lock(mutex_);
  if (sent < fault_.after || faults_ == fault_.connections) return false;
  ++faults_;
  changed_.notify_all();
  return true;
}

void FaultProxy::hold() {
  pollfd waits[2] = {{released_.get(), POLLIN, 0}, {ending_.get(), POLLIN, 0}};
  ::poll(waits, 2, -1);
}

void FaultProxy::release() { raise(released_); }

void FaultProxy::serve(platform::UniqueFd client) {
  const auto server = connect_to(target_port_);
  for (std::size_t sent = 0; server;) {
    pollfd waits[3] = {
        {client.get(), POLLIN, 0}, {server.get(), POLLIN, 0}, {ending_.get(), POLLIN, 0}};
    ::poll(waits, 3, -1);
    if (waits[2].revents != 0) return;
    if (waits[1].revents != 0 && pass(server.get(), client.get()) == 0) return;
    if (waits[0].revents == 0) continue;
    const auto count = pass(client.get(), server.get());
    if (count == 0) return;
    sent += count;
    if (!takes_fault(sent)) continue;
    if (fault_.kind == Fault::Kind::cut) return;
    hold();
  }
}

}  // namespace berth::test
