// ScriptedServer: a server on loopback (or a unix socket) that sends scripted responses in order,
// and records its requests. For faults that cannot be produced with a real registry.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "platform/unique_fd.hpp"

namespace berth::test {

struct Received {
  std::string method;
  std::string target;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;
  [[nodiscard]] std::string header(const std::string& name) const;
};

// The server's reaction to one request.
struct Scripted {
  std::string answer;  // raw bytes; empty with hang_up: the connection is closed without a response
  bool hang_up = false;                 // close the connection after the response
  bool wait = false;                    // after the response: keep the connection open and silent
  bool before_body = false;             // respond as soon as the headers are received (script only)
  std::chrono::milliseconds delay{0};   // before the response, and before each of `later`
  std::vector<std::string> later = {};  // raw bytes that follow the response
};

using Handler = std::function<Scripted(const Received&)>;

// "HTTP/1.1 STATUS …" with Content-Length and the given headers ("Name: value\r\n" each).
std::string http_answer(int status, const std::string& body = {}, const std::string& headers = {});

class ScriptedServer {
 public:
  // Requests beyond the script get status 599.
  explicit ScriptedServer(std::vector<Scripted> script, const std::string& unix_socket = {});
  // Responds with the result of `handler`, which is called from several threads, one call at a
  // time.
  explicit ScriptedServer(Handler handler);
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] std::string host() const { return "localhost:" + std::to_string(port_); }
  [[nodiscard]] std::string url(const std::string& path = "/") const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }
  // The requests received so far, without those whose body was truncated.
  std::vector<Received> received();
  // Returns once the headers of that many requests are received.
  void wait_for_requests(std::size_t count);
  // The number of connections accepted so far.
  int connections();

 private:
  void accept_all();
  void serve(platform::UniqueFd connection);
  Scripted next_scripted();
  Scripted receive(Received request);
  // Whether the server continues.
  [[nodiscard]] bool pause(std::chrono::milliseconds duration) const;
  [[nodiscard]] bool answer(int connection, const Scripted& scripted) const;

  Handler handler_;
  std::vector<Scripted> script_;
  int port_ = 0;
  platform::UniqueFd listener_;
  platform::UniqueFd ending_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t requests_ = 0;
  std::vector<Received> received_;
  std::vector<std::thread> connections_;
  std::thread acceptor_;
};

}  // namespace berth::test
