#include "dockerhub/hub_repository.hpp"

#include <cstdlib>

#include <berth/json.hpp>

#include "cloud/text.hpp"
#include "cloud/time.hpp"
#include "dockerhub/findings.hpp"

namespace berth::dockerhub {
namespace {

constexpr std::int64_t kPatience = 2000;  // milliseconds: what it tells is worth no long wait

HubRepository shown(const Json& document) {
  HubRepository repository;
  repository.state = HubRepository::State::shown;
  const Json* settings = document.find("immutable_tags_settings");
  if (settings == nullptr) return repository;
  repository.takes_tags_once = settings->boolean("enabled").value_or(false);
  if (const Json* rules = settings->find("rules"))
    for (const auto& rule : rules->items()) repository.once += (repository.once.empty() ? "" : ", ") + rule.text();
  return repository;
}

}  // namespace

cloud::Request hub_question(const HubName& name) {
  cloud::Request request;
  request.method = "GET";
  request.url = "https://hub.docker.com/v2/namespaces/" + name.name_space + "/repositories/" + name.name;
  request.timeout_ms = kPatience;
  return request;
}

HubRepository parse_hub_repository(const cloud::Response& response) {
  HubRepository repository;
  if (response.status == 200) {
    const auto document = Json::parse(response.body);
    return document ? shown(*document) : repository;
  }
  if (response.status == 401 || response.status == 404) repository.state = HubRepository::State::not_shown;
  if (response.status != 429) return repository;
  repository.state = HubRepository::State::throttled;
  const std::string until = response.header("x-retry-after");
  if (cloud::all_digits(until)) repository.wait_until = std::strtoll(until.c_str(), nullptr, 10);
  return repository;
}

cloud::Findings judge(const HubRepository& repository, const HubName& name, const std::string& tag, bool taken) {
  const std::string path = name.name_space + "/" + name.name;
  cloud::Findings findings;
  switch (repository.state) {
    case HubRepository::State::not_shown:
      findings.push_back({&kNotPublic,
                          "there is no public repository " + path +
                              ": where there is no private one either, the push " +
                              "makes it, as public as the account's settings say",
                          {}});
      break;
    case HubRepository::State::throttled:
      findings.push_back(
          {&kThrottled,
           "Docker Hub's interface was not asked about " + path + ": it wants to be left alone" +
               (repository.wait_until > 0 ? " until " + cloud::extended_time(repository.wait_until) : ""),
           {}});
      break;
    case HubRepository::State::shown:
      if (repository.takes_tags_once && taken)
        findings.push_back({&kTagImmutable,
                            "tag " + tag + " exists, and " + path + " takes tags once" +
                                (repository.once.empty() ? "" : ": " + repository.once),
                            "push another tag"});
      break;
    case HubRepository::State::unknown:
      break;
  }
  return findings;
}

}  // namespace berth::dockerhub
