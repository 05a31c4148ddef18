#include "base/error.hpp"

#include <csignal>
#include <system_error>
#include <utility>

namespace berth::base {

struct Error::Body {
  ErrorClass error_class = ErrorClass::internal;
  std::string code;
  std::string message;
  std::string cause;
  std::string registry;
  std::string fix;
  std::vector<std::string> notes;
  int signal = 0;
  int max_attempts = 1;
  std::vector<std::string> digests;
};

std::string_view class_name(ErrorClass error_class) {
  switch (error_class) {
    case ErrorClass::internal:
      return "internal";
    case ErrorClass::usage:
      return "usage";
    case ErrorClass::validation:
      return "validation";
    case ErrorClass::auth:
      return "auth";
    case ErrorClass::denied:
      return "denied";
    case ErrorClass::not_found:
      return "not-found";
    case ErrorClass::network:
      return "network";
    case ErrorClass::stall:
      return "stall";
    case ErrorClass::server:
      return "server";
    case ErrorClass::integrity:
      return "integrity";
    case ErrorClass::disk:
      return "disk";
    case ErrorClass::plugin:
      return "plugin";
    case ErrorClass::trust:
      return "trust";
    case ErrorClass::interrupted:
      return "interrupted";
  }
  return "internal";
}

Error::Error(ErrorClass error_class, std::string code, std::string message)
    : body_(std::make_unique<Body>()) {
  body_->error_class = error_class;
  body_->code = std::move(code);
  body_->message = std::move(message);
}

Error::Error(std::unique_ptr<Body> body) : body_(std::move(body)) {}
Error::Error(Error&&) noexcept = default;
Error& Error::operator=(Error&&) noexcept = default;
Error::~Error() = default;

Error&& Error::cause(std::string text) && {
  body_->cause = std::move(text);
  return std::move(*this);
}

Error&& Error::registry(std::string text) && {
  body_->registry = std::move(text);
  return std::move(*this);
}

Error&& Error::fix(std::string text) && {
  body_->fix = std::move(text);
  return std::move(*this);
}

Error&& Error::note(std::string text) && {
  body_->notes.push_back(std::move(text));
  return std::move(*this);
}

Error&& Error::signal(int number) && {
  body_->signal = number;
  return std::move(*this);
}

Error&& Error::max_attempts(int attempts) && {
  body_->max_attempts = attempts;
  return std::move(*this);
}

Error&& Error::digests(std::vector<std::string> digests) && {
  body_->digests = std::move(digests);
  return std::move(*this);
}

ErrorClass Error::error_class() const { return body_->error_class; }
const std::string& Error::code() const { return body_->code; }
const std::string& Error::message() const { return body_->message; }
const std::string& Error::cause() const { return body_->cause; }
const std::string& Error::registry() const { return body_->registry; }
const std::string& Error::fix() const { return body_->fix; }
const std::vector<std::string>& Error::notes() const { return body_->notes; }
int Error::max_attempts() const { return body_->max_attempts; }
const std::vector<std::string>& Error::digests() const { return body_->digests; }

int Error::exit_status() const {
  switch (body_->error_class) {
    case ErrorClass::internal:
      return 1;
    case ErrorClass::usage:
      return 2;
    case ErrorClass::validation:
      return 3;
    case ErrorClass::auth:
      return 4;
    case ErrorClass::denied:
      return 5;
    case ErrorClass::not_found:
      return 6;
    case ErrorClass::network:
      return 7;
    case ErrorClass::stall:
      return 8;
    case ErrorClass::server:
      return 9;
    case ErrorClass::integrity:
      return 10;
    case ErrorClass::disk:
      return 11;
    case ErrorClass::plugin:
      return 12;
    case ErrorClass::trust:
      return 13;
    case ErrorClass::interrupted:
      return body_->signal == SIGTERM ? 143 : 130;
  }
  return 1;
}

Error Error::clone() const { return Error(std::make_unique<Body>(*body_)); }

std::string errno_text(int number) {
  std::string text = std::generic_category().message(number);
  if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z')
    text[0] = static_cast<char>(text[0] - 'A' + 'a');
  return text;
}

Error file_error(std::string_view verb, std::string_view path, int errno_value) {
  std::string message = "cannot ";
  message.append(verb).append(" \"").append(path).append("\"");
  auto error = errno_value == ENOENT
                   ? Error(ErrorClass::not_found, "file.missing", std::move(message))
                   : Error(ErrorClass::disk, "file.io", std::move(message));
  return std::move(error).cause(errno_text(errno_value));
}

}  // namespace berth::base
