#include "cli/diagnosis_facts.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/redact.hpp"

namespace berth::cli {
namespace {

using base::Json;
using registry::Tried;

constexpr std::string_view kNoFile = "not configured";

std::string join_texts(const std::vector<std::string>& texts) {
  return fmt::format("{}", fmt::join(texts, ", "));
}

Json texts_json(const std::vector<std::string>& texts) {
  Json list = Json::array();
  for (const auto& text : texts) list.push_back(Json(base::redact(text)));
  return list;
}

std::string_view outcome_name(Tried::Outcome outcome) {
  switch (outcome) {
    case Tried::Outcome::absent:
      return "not-found";
    case Tried::Outcome::in_use:
      return "in-use";
    case Tried::Outcome::rejected:
      return "rejected";
    case Tried::Outcome::broken:
      return "broken";
  }
  return "";
}

std::string describe_method(const app::AuthMethod& method) {
  if (method.scheme != "bearer") return method.scheme;
  return fmt::format("Bearer, tokens from {}{}", base::redact_url(method.realm),
                     method.service.empty() ? "" : " for " + method.service);
}

}  // namespace

std::string describe(const app::DestinationFacts& facts) {
  return fmt::format("{}, flavor {} {} at {} ({})", facts.registry, facts.flavor, facts.version,
                     facts.path, facts.reason);
}

Json facts_json(const app::DestinationFacts& facts) {
  return Json::object({{"registry", facts.registry},
                       {"flavor", facts.flavor},
                       {"version", facts.version},
                       {"path", facts.path},
                       {"why", facts.reason}});
}

std::string describe(const flavor::PluginSandbox& facts) {
  const auto state = [](bool active) { return active ? "on" : "unavailable"; };
  const auto names = platform::sandbox_names();
  return fmt::format(
      "flavors run in a separate process: {} {}, {} {}, {} {}, threads limited by {}",
      names.privileges, state(facts.parts.privileges), names.files, state(facts.parts.files),
      names.system_calls, state(facts.parts.system_calls),
      facts.thread_limit ? "the kernel" : "counting");
}

Json facts_json(const flavor::PluginSandbox& facts) {
  const auto names = platform::sandbox_names();
  return Json::object({{std::string(names.privileges), facts.parts.privileges},
                       {std::string(names.files), facts.parts.files},
                       {std::string(names.system_calls), facts.parts.system_calls},
                       {"thread_limit", facts.thread_limit ? "kernel" : "counting"}});
}

std::string describe(const app::RegistriesConfFacts& facts) {
  if (!facts.prefix.empty())
    return fmt::format("{} at {}: {}", facts.prefix, facts.location,
                       facts.insecure ? "insecure" : "no effect on destinations");
  return facts.files.empty() ? std::string(kNoFile)
                             : "no entry applies; read: " + join_texts(facts.files);
}

Json facts_json(const app::RegistriesConfFacts& facts) {
  Json json = Json::object({{"files", texts_json(facts.files)}});
  if (facts.prefix.empty()) return json;
  json.set("prefix", facts.prefix);
  json.set("location", facts.location);
  json.set("insecure", facts.insecure);
  return json;
}

std::string describe(const app::ProxyFacts& facts) {
  return facts.url.empty() ? "none" : fmt::format("{}, from {}", facts.url, facts.variable);
}

Json facts_json(const app::ProxyFacts& facts) {
  if (facts.url.empty()) return Json::object({{"url", Json()}});
  return Json::object({{"url", base::redact_url(facts.url)}, {"variable", facts.variable}});
}

std::string describe(const app::NameFacts& facts) {
  if (facts.resolved_by_proxy) return "resolved by the proxy";
  return fmt::format("{} resolves to {}", facts.host, join_texts(facts.addresses));
}

Json facts_json(const app::NameFacts& facts) {
  return Json::object({{"host", facts.host},
                       {"addresses", texts_json(facts.addresses)},
                       {"resolved_by_proxy", facts.resolved_by_proxy}});
}

std::string describe(const app::ConnectionInfo& facts) {
  if (facts.address.empty()) return facts.to_proxy ? "to the proxy" : "established";
  return fmt::format("{}{} port {}", facts.to_proxy ? "to the proxy: " : "", facts.address,
                     facts.port);
}

Json facts_json(const app::ConnectionInfo& facts) {
  return Json::object(
      {{"address", facts.address}, {"port", facts.port}, {"to_proxy", facts.to_proxy}});
}

std::string describe(const app::TlsFacts& facts) {
  if (!facts.enabled) return "off: HTTP without TLS";
  const std::string trust = !facts.verified ? "not verified"
                            : facts.ca_file.empty()
                                ? "trusted"
                                : "trusted, with additional CAs from " + facts.ca_file;
  return fmt::format("{}; certificate of {}, signed by {}, until {}: {}", facts.version,
                     facts.subject, facts.issuer, facts.expires, trust);
}

Json facts_json(const app::TlsFacts& facts) {
  if (!facts.enabled) return Json::object({{"enabled", false}});
  return Json::object({{"enabled", true},
                       {"version", facts.version},
                       {"subject", facts.subject},
                       {"issuer", facts.issuer},
                       {"expires", facts.expires},
                       {"verified", facts.verified},
                       {"ca_file", facts.ca_file.empty() ? Json() : Json(facts.ca_file)}});
}

std::string describe(const app::ChallengeFacts& facts) {
  std::string text;
  for (const auto& method : facts.methods)
    text += (text.empty() ? "" : "; ") + describe_method(method);
  return text.empty() ? "none: no authentication required" : text;
}

Json facts_json(const app::ChallengeFacts& facts) {
  Json methods = Json::array();
  for (const auto& method : facts.methods)
    methods.push_back(method.scheme != "bearer"
                          ? Json::object({{"scheme", method.scheme}})
                          : Json::object({{"scheme", method.scheme},
                                          {"realm", base::redact_url(method.realm)},
                                          {"service", method.service}}));
  return Json::object({{"methods", std::move(methods)}});
}

std::string describe(const app::CredentialFacts& facts) {
  const auto tried = registry::describe_attempts(facts.sources);
  return tried.empty() ? facts.account : facts.account + "; " + tried;
}

Json facts_json(const app::CredentialFacts& facts) {
  Json sources = Json::array();
  for (const auto& source : facts.sources)
    sources.push_back(Json::object({{"source", base::redact(source.location)},
                                    {"account", source.account},
                                    {"outcome", outcome_name(source.outcome)}}));
  return Json::object({{"account", base::redact(facts.account)}, {"sources", std::move(sources)}});
}

std::string describe(const app::TokenFacts& facts) { return "for " + facts.scope; }

Json facts_json(const app::TokenFacts& facts) { return Json::object({{"scope", facts.scope}}); }

std::string describe(const app::AccessFacts& facts) {
  const std::string granted = !facts.granted           ? "read access"
                              : facts.granted->empty() ? "nothing"
                                                       : *facts.granted;
  return fmt::format("{}; requested {}; {} {}", granted, facts.requested, facts.reference,
                     facts.exists ? "exists" : "does not exist yet");
}

Json facts_json(const app::AccessFacts& facts) {
  return Json::object({{"requested", facts.requested},
                       {"granted", facts.granted ? Json(*facts.granted) : Json()},
                       {"reference", facts.reference},
                       {"exists", facts.exists}});
}

std::string describe(const app::UploadFacts& facts) {
  return facts.cancelled ? "an upload session was opened and cancelled"
                         : "an upload session was opened; the registry did not confirm that it was "
                           "cancelled, and "
                           "removes it later";
}

Json facts_json(const app::UploadFacts& facts) {
  return Json::object({{"cancelled", facts.cancelled}});
}

std::string describe(const app::DirectoryFacts& facts) {
  return facts.existing == facts.path ? "writable" : "will be created in " + facts.existing;
}

Json facts_json(const app::DirectoryFacts& facts) {
  return Json::object({{"path", facts.path}, {"exists", facts.existing == facts.path}});
}

std::string describe(const app::ConfigurationFacts& facts) {
  const std::string state =
      facts.unavailable.empty()
          ? fmt::format("{}: {} container registries", facts.file, facts.container_registries)
          : "no container registries: " + facts.unavailable;
  if (facts.login_file.empty()) return state + "; credentials: no home directory";
  return fmt::format("{}; credentials: {}{}", state, facts.login_file,
                     facts.login_file_exists ? "" : " (not found)");
}

Json facts_json(const app::ConfigurationFacts& facts) {
  return Json::object(
      {{"file", facts.file},
       {"unavailable", facts.unavailable.empty() ? Json() : Json(facts.unavailable)},
       {"container_registries", static_cast<std::uint64_t>(facts.container_registries)},
       {"login_file", facts.login_file.empty() ? Json() : Json(facts.login_file)},
       {"login_file_exists", facts.login_file_exists}});
}

std::string describe(const app::FlavorsFacts& facts) {
  std::string text;
  for (const auto& flavor : facts.in_use)
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", flavor.flavor, flavor.version);
  if (facts.others > 0)
    text += fmt::format("; {} not in use: berth flavor list --all", facts.others);
  return text;
}

Json facts_json(const app::FlavorsFacts& facts) {
  Json in_use = Json::array();
  for (const auto& flavor : facts.in_use)
    in_use.push_back(Json::object({{"flavor", flavor.flavor}, {"version", flavor.version}}));
  return Json::object(
      {{"in_use", std::move(in_use)}, {"others", static_cast<std::uint64_t>(facts.others)}});
}

std::string describe(const app::DaemonFacts& facts) {
  return fmt::format("{} responds with {}", facts.name, facts.status);
}

Json facts_json(const app::DaemonFacts& facts) {
  return Json::object({{"name", facts.name}, {"status", facts.status}});
}

}  // namespace berth::cli
