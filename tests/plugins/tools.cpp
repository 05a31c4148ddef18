// A plugin that calls the host service that its setting `what` selects, with the setting `with`,
// and reports the result.
#include <berth/container_registry.hpp>
#include <berth/crypto.hpp>
#include <berth/environment.hpp>
#include <berth/files.hpp>
#include <berth/http.hpp>
#include <berth/process.hpp>

#include <sstream>

namespace {

std::string hex(const std::string& bytes) {
  std::string text;
  for (const char c : bytes)
    for (const unsigned half :
         {static_cast<unsigned char>(c) / 16U, static_cast<unsigned char>(c) % 16U})
      text += "0123456789abcdef"[half];
  return text;
}

class ToolsContainerRegistry : public berth::BaseContainerRegistry,
                               public berth::CredentialProvider {
 public:
  static constexpr char FLAVOR[] = "tools";
  static constexpr char VERSION[] = "1.0.0";
  static constexpr char SETTINGS[] =
      R"({"properties":{"what":{"type":"string"},"with":{"type":"string"}}})";
  static constexpr const char* PERMISSIONS[] = {
      "env:TOOLS_TOKEN",
      "file:$TOOLS_CONFIG|~/.tools/config",
      "file:~/.tools/cache/*.json",
      "file:{token_file in $TOOLS_CONFIG|~/.tools/config}",
      "exec:cat",
      "http:$TOOLS_URL",
      "http:$TOOLS_OTHER",
      "exec:{login in $TOOLS_CONFIG|~/.tools/config}"};

  void prepare_image_push(berth::CallContext& call, const berth::Image&) override {
    call.report(berth::info, "tools.answer", answer(call));
  }

  berth::Credential credential(berth::CallContext& call, const berth::CredentialRequest&) override {
    return berth::Credential::password("me", answer(call), "a tool");
  }

 private:
  std::string answer(const berth::CallContext& call) const {
    const std::string what = settings().string("what");
    const std::string with = settings().string("with");
    if (what == "env") return berth::environment_variable(call, with).value_or("(none)");
    if (what == "file") return berth::read_file(call, with).value_or("(none)");
    if (what == "file-size")
      return std::to_string(berth::read_file(call, with).value_or("").size());
    if (what == "swallow") return swallow(call, with);
    if (what == "exec") return run(call, with);
    if (what == "exec-many")
      return run(
          call, "cat" + [] {
            std::string many;
            for (int i = 0; i < 300; ++i) many += " x";
            return many;
          }());
    if (what == "http" || what == "http-repeatable") return fetch(call, with, what != "http");
    if (what == "sha256") return hex(berth::sha256(call, with));
    if (what == "sha256-huge") return hex(berth::sha256(call, std::string(2 << 20, 'x')));
    if (what == "hmac") return hex(berth::hmac_sha256(call, "Jefe", with));
    if (what == "sign") return hex(berth::sign_rs256(call, with, "to be signed"));
    return "nothing";
  }

  // For each URL of the text: "200:body:error;".
  static std::string fetch(const berth::CallContext& call, const std::string& urls,
                           bool repeatable) {
    std::istringstream list(urls);
    std::vector<berth::HttpRequest> batch;
    for (std::string url; list >> url;)
      batch.push_back({"POST",
                       url,
                       {{"X-Tool", "yes"}, {"Authorization", "Bearer t0ken"}},
                       "asked",
                       5000,
                       repeatable});
    std::string answers;
    for (const auto& response : berth::send(call, batch))
      answers +=
          std::to_string(response.status) + ":" + response.header("x-reply") + response.body + ";";
    return answers;
  }

  static std::string swallow(const berth::CallContext& call, const std::string& path) {
    try {
      return berth::read_file(call, path).value_or("(none)");
    } catch (const berth::Failure& failure) {
      return "kept to itself";
    }
  }

  static std::string run(const berth::CallContext& call, const std::string& line) {
    std::istringstream arguments(line);
    std::vector<std::string> argv;
    for (std::string argument; arguments >> argument;) argv.push_back(argument);
    const auto result = berth::run_program(call, argv, "from the flavor");
    return result ? std::to_string(result->status) + ":" + result->out + ":" + result->err
                  : "(none)";
  }
};

}  // namespace
BERTH_PLUGIN(ToolsContainerRegistry)
