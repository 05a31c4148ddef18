#include "flavor/host_tools.hpp"

#include <berth/abi.h>

#include <array>

#include "base/base64.hpp"
#include "base/run_program.hpp"
#include "oci/crypto.hpp"

namespace berth::flavor {
namespace {

using base::Error;
using base::ErrorClass;
using base::Json;

constexpr std::size_t kMostArguments = 256;

Json ok() { return Json::object({{"status", std::int64_t{BERTH_STATUS_OK}}}); }
Json nothing() { return Json::object({{"status", std::int64_t{BERTH_STATUS_NOT_FOUND}}}); }

Json bytes_answer(std::string_view bytes) {
  Json answer = ok();
  answer.set("bytes", base::base64_encode(bytes));
  return answer;
}

Error senseless(std::string what) { return Error(ErrorClass::plugin, "plugin.question", std::move(what)); }

std::string bytes_of(const Json& question, std::string_view key) {
  return base::base64_decode(question.string_or(key, "")).value_or("");
}

base::Result<std::vector<std::string>> arguments_of(const Json& question) {
  std::vector<std::string> arguments;
  const Json* list = question.find("argv");
  if (list == nullptr || !list->is_array() || list->as_array()->size() > kMostArguments)
    return senseless("a program has at most 256 arguments");
  for (const auto& item : *list->as_array()) {
    const std::string* text = item.as_string();
    if (text == nullptr || text->find('\0') != std::string::npos) return senseless("an argument contains a null byte");
    arguments.push_back(*text);
  }
  return arguments;
}

}  // namespace

bool HostTools::knows(std::string_view what) {
  constexpr std::array<std::string_view, 7> kQuestions{
      "http.send", "env.get", "file.read", "exec.run", "crypto.sha256", "crypto.hmac-sha256", "crypto.sign-rs256"};
  return std::find(kQuestions.begin(), kQuestions.end(), what) != kQuestions.end();
}

base::Result<Json> HostTools::answer(const Json& question, const CurrentCredential& current) const {
  const std::string what = question.string_or("ask", "");
  if (what == "env.get") return get_variable(question);
  if (what == "file.read") return read_file(question);
  if (what == "exec.run") return run_program(question);
  if (what == "http.send") return http_.send(question, current);
  const std::string data = bytes_of(question, "data");
  if (what == "crypto.sha256") return bytes_answer(oci::sha256(data));
  const base::Secret key(bytes_of(question, "key"));
  if (what == "crypto.hmac-sha256") return bytes_answer(oci::hmac_sha256(key.reveal(), data));
  BERTH_TRY(const auto signature, oci::sign_rs256(key.reveal(), data));
  return bytes_answer(signature);
}

base::Result<Json> HostTools::get_variable(const Json& question) const {
  const std::string name = question.string_or("name", "");
  BERTH_CHECK(permits_.read_variable(name));
  const auto value = permits_.variable(name);
  return value ? bytes_answer(*value) : nothing();
}

base::Result<Json> HostTools::read_file(const Json& question) const {
  BERTH_TRY(const auto bytes, permits_.read_file(question.string_or("path", "")));
  return bytes ? bytes_answer(*bytes) : nothing();
}

base::Result<Json> HostTools::run_program(const Json& question) const {
  BERTH_TRY(const auto argv, arguments_of(question));
  BERTH_CHECK(permits_.run(argv));
  auto result = base::run_program(argv, bytes_of(question, "input"), {}, cancellation_);
  if (!result && result.error().code() == "program.missing") return nothing();
  if (!result) return std::move(result).error();
  Json answer = ok();
  answer.set("exit", std::int64_t{result->status});
  answer.set("out", base::base64_encode(result->out));
  answer.set("err", base::base64_encode(result->err));
  return answer;
}

}  // namespace berth::flavor
