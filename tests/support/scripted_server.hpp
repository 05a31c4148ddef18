// ScriptedServer: a server on loopback (or a unix socket) that answers as a test says, in the order of the script, and
// keeps what it was asked. Stands in for faults that no real registry can be made to have.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/unique_fd.hpp"

namespace berth::test {

struct Received {
  std::string method;
  std::string target;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;
  [[nodiscard]] std::string header(const std::string& name) const;
};

// What the server does with one request.
struct Scripted {
  std::string answer;                   // raw bytes; empty with hang_up: the connection is closed without a word
  bool hang_up = false;                 // close after the answer
  bool wait = false;                    // after the answer: keep the connection, say nothing more until the server ends
  bool before_body = false;             // answer as soon as the headers are here (script only)
  std::chrono::milliseconds delay{0};   // before the answer, and before each of `later`
  std::vector<std::string> later = {};  // raw bytes that follow the answer
};

using Handler = std::function<Scripted(const Received&)>;

// "HTTP/1.1 STATUS …" with a length and the headers given ("Name: value\r\n" each).
std::string http_answer(int status, const std::string& body = {}, const std::string& headers = {});

class ScriptedServer {
 public:
  // Requests beyond the script are answered with 599.
  explicit ScriptedServer(std::vector<Scripted> script, const std::string& unix_socket = {});
  // Answers by looking at the request. `handler` is called from several threads, one call at a time.
  explicit ScriptedServer(Handler handler);
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] std::string host() const { return "localhost:" + std::to_string(port_); }
  [[nodiscard]] std::string url(const std::string& path = "/") const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }
  // What has come so far; requests whose body broke off are not in it.
  std::vector<Received> received();
  // Returns once the headers of that many requests have come.
  void wait_for_requests(std::size_t count);
  // How many connections were accepted so far.
  int connections();

 private:
  void accept_all();
  void serve(base::UniqueFd connection);
  Scripted next_scripted();
  Scripted receive(Received request);
  // Whether the server goes on.
  [[nodiscard]] bool pause(std::chrono::milliseconds duration) const;
  [[nodiscard]] bool answer(int connection, const Scripted& scripted) const;

  Handler handler_;
  std::vector<Scripted> script_;
  int port_ = 0;
  base::UniqueFd listener_;
  base::UniqueFd ending_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t requests_ = 0;
  std::vector<Received> received_;
  std::vector<std::thread> connections_;
  std::thread acceptor_;
};

}  // namespace berth::test
