#include "support/scripted_server.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace berth::test {
namespace {

// Waits for bytes or the end of the connection; returns false at the end.
bool readable(int fd, int ending) {
  pollfd waits[2] = {{fd, POLLIN, 0}, {ending, POLLIN, 0}};
  while (::poll(waits, 2, -1) <
         0) {  // interrupted by a signal: setresuid(2) sends one to every thread
  }
  return waits[1].revents == 0;
}

class Reader {
 public:
  Reader(int fd, int ending) : fd_(fd), ending_(ending) {}

  bool line(std::string& into) {
    while (buffer_.find("\r\n") == std::string::npos) {
      if (buffer_.starts_with('\x16'))
        buffer_ = "TLS greeting\r\n\r\n";  // has no end of line: a response ends the wait
      else if (!more())
        return false;
    }
    into = buffer_.substr(0, buffer_.find("\r\n"));
    buffer_.erase(0, into.size() + 2);
    return true;
  }
  bool bytes(std::size_t count, std::string& into) {
    while (buffer_.size() < count)
      if (!more()) return false;
    into += buffer_.substr(0, count);
    buffer_.erase(0, count);
    return true;
  }

 private:
  bool more() {
    char piece[65536];
    if (!readable(fd_, ending_)) return false;
    const auto count = ::read(fd_, piece, sizeof piece);
    if (count <= 0) return false;
    buffer_.append(piece, static_cast<std::size_t>(count));
    return true;
  }
  int fd_;
  int ending_;
  std::string buffer_;
};

bool read_body(Reader& reader, Received& request) {
  if (request.header("transfer-encoding") != "chunked") {
    const auto length = request.header("content-length");
    return length.empty() || reader.bytes(std::stoul(length), request.body);
  }
  while (true) {
    std::string line;
    if (!reader.line(line)) return false;
    const auto size = std::stoul(line, nullptr, 16);
    if (size > 0 && !reader.bytes(size, request.body)) return false;
    if (!reader.line(line)) return false;
    if (size == 0) return true;
  }
}

bool read_head(Reader& reader, Received& request) {
  std::string line;
  if (!reader.line(line)) return false;
  const auto first = line.find(' ');
  const auto second = line.find(' ', first + 1);
  request.method = line.substr(0, first);
  request.target = line.substr(first + 1, second - first - 1);
  while (reader.line(line) && !line.empty()) {
    const auto colon = line.find(':');
    std::string name = line.substr(0, colon);
    for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    request.headers.emplace_back(
        name, line.substr(std::min(line.find_first_not_of(' ', colon + 1), line.size())));
  }
  return !request.method.empty();
}

void write_all(int fd, const std::string& bytes) {
  for (std::size_t done = 0; done < bytes.size();) {
    const auto count = ::send(fd, bytes.data() + done, bytes.size() - done, MSG_NOSIGNAL);
    if (count <= 0) return;
    done += static_cast<std::size_t>(count);
  }
}

platform::UniqueFd listen_tcp(int& port) {
  platform::UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_ANY);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(fd.get(), generic, size) != 0 || ::getsockname(fd.get(), generic, &size) != 0 ||
      ::listen(fd.get(), 64) != 0)
    throw std::runtime_error("listen");
  port = ntohs(address.sin_port);
  return fd;
}

platform::UniqueFd listen_unix(const std::string& path) {
  platform::UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(fd.get(), 64) != 0)
    throw std::runtime_error("listen");
  return fd;
}

}  // namespace

std::string Received::header(const std::string& name) const {
  for (const auto& [key, value] : headers)
    if (key == name) return value;
  return {};
}

std::string http_answer(int status, const std::string& body, const std::string& headers) {
  return "HTTP/1.1 " + std::to_string(status) + " Scripted\r\n" + headers +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

ScriptedServer::ScriptedServer(std::vector<Scripted> script, const std::string& unix_socket)
    : script_(std::move(script)),
      listener_(unix_socket.empty() ? listen_tcp(port_) : listen_unix(unix_socket)),
      ending_(::eventfd(0, EFD_CLOEXEC)) {
  acceptor_ = std::thread([this] { accept_all(); });
}

ScriptedServer::ScriptedServer(Handler handler)
    : handler_(std::move(handler)),
      listener_(listen_tcp(port_)),
      ending_(::eventfd(0, EFD_CLOEXEC)) {
  acceptor_ = std::thread([this] { accept_all(); });
}

ScriptedServer::~ScriptedServer() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(ending_.get(), &one, sizeof one);
  acceptor_.join();
  for (auto& connection : connections_) connection.join();
}

std::vector<Received> ScriptedServer::received() {
  const std::lock_guard lock(mutex_);
  return received_;
}

void ScriptedServer::wait_for_requests(std::size_t count) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return requests_ >= count; });
}

int ScriptedServer::connections() {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(connections_.size());
}

void ScriptedServer::accept_all() {
  while (readable(listener_.get(), ending_.get())) {
    platform::UniqueFd connection(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    const std::lock_guard lock(mutex_);
    if (connection)
      connections_.emplace_back(
          [this, fd = connection.release()] { serve(platform::UniqueFd(fd)); });
  }
}

Scripted ScriptedServer::next_scripted() {
  const std::lock_guard lock(mutex_);
  const auto number = requests_++;
  changed_.notify_all();
  if (handler_) return {};
  return number < script_.size() ? script_[number] : Scripted{http_answer(599), true, false};
}

Scripted ScriptedServer::receive(Received request) {
  const std::lock_guard lock(mutex_);
  received_.push_back(std::move(request));
  return handler_ ? handler_(received_.back()) : Scripted{};
}

bool ScriptedServer::pause(std::chrono::milliseconds duration) const {
  pollfd end{ending_.get(), POLLIN, 0};
  return ::poll(&end, 1, static_cast<int>(duration.count())) == 0;
}

bool ScriptedServer::answer(int connection, const Scripted& scripted) const {
  if (!pause(scripted.delay)) return false;
  write_all(connection, scripted.answer);
  for (const auto& piece : scripted.later) {
    if (!pause(scripted.delay)) return false;
    write_all(connection, piece);
  }
  if (scripted.wait) return pause(std::chrono::milliseconds(-1));
  return !scripted.hang_up;
}

void ScriptedServer::serve(platform::UniqueFd connection) {
  Reader reader(connection.get(), ending_.get());
  while (true) {
    Received request;
    if (!read_head(reader, request)) return;
    Scripted scripted = next_scripted();
    if (scripted.before_body && !answer(connection.get(), scripted)) return;
    if (!read_body(reader, request)) return;
    Scripted handled = receive(std::move(request));
    if (handler_) scripted = std::move(handled);
    if (!scripted.before_body && !answer(connection.get(), scripted)) return;
  }
}

}  // namespace berth::test
