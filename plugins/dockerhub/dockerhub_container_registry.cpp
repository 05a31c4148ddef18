// dockerhub: docker.io. Names, what the token grants, the tag, how many pulls are left; all asked of the registry
// itself, which makes no repository when it is asked. Source: Docker Docs; README.md.
#include <berth/container_registry.hpp>

#include "cloud/service_machine.hpp"
#include "dockerhub/findings.hpp"
#include "dockerhub/hub_name.hpp"
#include "dockerhub/hub_repository.hpp"
#include "dockerhub/rate_limit.hpp"
#include "dockerhub/sayings.hpp"

namespace {

using namespace berth::dockerhub;

class DockerHubContainerRegistry : public berth::BaseContainerRegistry, public berth::ErrorExplainer {
 public:
  static constexpr char FLAVOR[] = "dockerhub";
  static constexpr char VERSION[] = "0.1.0";
  static constexpr char DESCRIPTION[] = "Docker Hub";
  static constexpr const char* CLAIMS[] = {"docker.io"};
  static constexpr const char* PERMISSIONS[] = {"http:hub.docker.com"};
  static constexpr auto& FINDINGS = kFindings;
  static constexpr char LOGIN_USER[] = "your Docker ID, or the organisation's name with its access token";
  static constexpr char LOGIN_SECRET[] =
      "an access token with Read & Write, made at https://app.docker.com/settings/personal-access-tokens";

  DockerHubContainerRegistry() {
    if (host() == "docker.io") return;
    if (is_hub_host(host())) throw berth::Failure("write docker.io in place of " + host());
    throw berth::Failure(host() + " is not Docker Hub, whose uri is docker.io/NAMESPACE");
  }

  void prepare_image_push(berth::Call& call, const berth::Image& image) override {
    const HubName name = parse_hub_name(image.full_repository());
    if (!name.fault.empty())
      return call.report(kName, image.reference() + " is no name on Docker Hub: " + name.fault,
                         "write docker.io/YOUR-NAMESPACE/" + name.name);
    const auto registry = call.registry();
    if (!registry) return;
    if (!may_push(call, *registry, image)) return;
    const std::string stored = ask_about_tag(call, *registry, image);
    const bool taken = !stored.empty() && stored != image.digest();
    // A push pays for the question where it may fail because of the answer.
    if (pushing_ && !taken) return;
    const auto answer = berth::cloud::ServiceMachine(call).send_one(hub_question(name));
    report(call, judge(parse_hub_repository(answer), name, image.tag(), taken));
  }

  std::optional<berth::Explanation> explain(berth::Call& /*call*/, const berth::RegistryError& error) override {
    return berth::cloud::meaning_of(error, kSayings);
  }

  void push_image(berth::Call& call, const berth::Image& image) override {
    pushing_ = true;
    BaseContainerRegistry::push_image(call, image);
  }

 private:
  // False: there is no use in asking more.
  static bool may_push(berth::Call& call, const berth::Registry& registry, const berth::Image& image) {
    try {
      const auto granted = registry.granted(image.repository(), "pull,push");
      if (!granted || granted->find("push") != std::string::npos) return true;
      call.report(kMayNotPush, berth::cloud::rights_in_words(*granted, image.full_repository()),
                  "berth login docker.io, or ask the owner of the namespace for write access");
      return true;
    } catch (const berth::Failure& failure) {
      if (std::string(failure.what()).find("insufficient scopes") == std::string::npos) throw;
      call.report(
          kReadOnlyToken, "the access token may only read: " + std::string(failure.what()),
          "make one with Read & Write at https://app.docker.com/settings/personal-access-tokens, then: berth login "
          "docker.io");
      return false;
    }
  }

  // HEAD, which Docker Hub does not count as a pull. The tag's digest; empty: there is none.
  std::string ask_about_tag(berth::Call& call, const berth::Registry& registry, const berth::Image& image) const {
    if (image.tag().empty()) return {};
    const auto answer = registry.head("/v2/" + image.full_repository() + "/manifests/" + image.tag(),
                                      "repository:" + image.full_repository() + ":pull,push");
    const std::string stored = answer.status == 200 ? answer.field("docker-content-digest") : "";
    if (!image.digest().empty() && stored == image.digest())
      call.report(kTagSame, "tag " + image.tag() + " is this image already");
    const auto left = parse_rate_limit(answer.field("ratelimit-remaining"));
    const auto limit = parse_rate_limit(answer.field("ratelimit-limit"));
    if (left && limit && !pushing_)
      call.report(kPullLimit, std::to_string(left->pulls) + " of " + std::to_string(limit->pulls) +
                                  " pulls are left in " + std::to_string(limit->window / 3600) + " h");
    return stored;
  }

  bool pushing_ = false;  // whoever pushes did not ask about pulls
};

}  // namespace
BERTH_PLUGIN(DockerHubContainerRegistry)
