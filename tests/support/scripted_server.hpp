// ScriptedServer: a server on loopback (or a unix socket) that answers as a test says, in the order of the script, and
// keeps what it was asked. Stands in for faults that no real registry can be made to have.
#pragma once

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
  std::string answer;    // raw bytes; empty with hang_up: the connection is closed without a word
  bool hang_up = false;  // close after the answer
  bool wait = false;     // say nothing until the server ends
};

// "HTTP/1.1 STATUS …" with a length and the headers given ("Name: value\r\n" each).
std::string http_answer(int status, const std::string& body = {}, const std::string& headers = {});

class ScriptedServer {
 public:
  // Requests beyond the script are answered with 599.
  explicit ScriptedServer(std::vector<Scripted> script, const std::string& unix_socket = {});
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] std::string host() const { return "localhost:" + std::to_string(port_); }
  [[nodiscard]] std::string url(const std::string& path = "/") const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }
  // What has come so far.
  std::vector<Received> received();

 private:
  void accept_all();
  void serve(base::UniqueFd connection);

  std::vector<Scripted> script_;
  int port_ = 0;
  base::UniqueFd listener_;
  base::UniqueFd ending_;
  std::mutex mutex_;
  std::vector<Received> received_;
  std::vector<std::thread> connections_;
  std::thread acceptor_;
};

}  // namespace berth::test
