// The C++ header against the C ABI: a plugin in this program, called as the host calls one.
#include <doctest/doctest.h>
#include <berth/container_registry.hpp>

#include <cstring>
#include <type_traits>

namespace {

constexpr berth::FindingKind kBad{"tried.bad", berth::error, "It is bad."};
constexpr berth::FindingKind kOdd{"tried.odd", berth::info, "It is odd."};

class TriedContainerRegistry : public berth::BaseContainerRegistry,
                               public berth::ErrorExplainer,
                               public berth::UploadRulesProvider {
 public:
  static constexpr char FLAVOR[] = "tried";
  static constexpr char VERSION[] = "1.0.0";
  static constexpr const char* DESCRIPTION = "a pointer does as well as an array";
  static constexpr char SETTINGS[] = R"({"properties":{"team":{"type":"string"}}})";
  static constexpr const char* CLAIMS[] = {"*.tried.example", "tried.example"};
  static constexpr const berth::FindingKind* FINDINGS[] = {&kBad, &kOdd};

  static inline int alive = 0;
  static inline berth::Image seen{};
  static inline std::string steps{};

  TriedContainerRegistry() : team_(settings().string("team", "none")) {
    if (uri() == "refused.example") throw berth::Failure(kBad, "not " + uri(), "use tried.example");
    if (!host_version().empty() && host_version() != "berth 9.8.7") throw berth::Failure("which?");
    if (uri() == "broken.example") throw std::runtime_error("broken");
    ++alive;
  }
  ~TriedContainerRegistry() override { --alive; }

  void prepare_image_push(berth::CallContext& call, const berth::Image& image) override {
    seen = image;
    steps += call.is_push() ? "prepare-push " : "prepare ";
    if (image.repository() == "bad") call.report(kBad, "bad", "better");
    if (image.repository() == "odd") throw 7;
    if (image.repository() == "login") throw berth::Failure("no login was found", "tried login");
    if (image.repository() == "wrapped") push_and_wrap(call);
    if (image.repository() == "ask") call.log(team_ + (call.registry() ? " asks" : " cannot ask"));
  }

  void before_push(berth::CallContext& call, const berth::Image& image) override {
    steps += "before ";
    if (image.repository() == "late") call.report(kBad, "the repository was not created");
    if (image.repository() == "broken") throw berth::Failure("denied", "ask an owner");
  }

  std::optional<berth::Explanation> explain(berth::CallContext& call,
                                            const berth::RegistryError& error) override {
    if (error.message_contains("thrown")) throw berth::Failure("explanation failed");
    if (!error.message_contains("DENIED: NOT yours") || error.code != "push.blob-denied")
      return std::nullopt;
    return berth::Explanation{error.repository + " is another's, " + std::to_string(call.now()),
                              "ask them"};
  }

  berth::UploadRules upload_rules() override {
    berth::UploadRules rules;
    if (team_ == "none") throw std::runtime_error("whose rules?");
    if (team_ == "blue") rules = {true, false, true, 1 << 20, 7};
    return rules;
  }

 private:
  static void push_and_wrap(berth::CallContext& call) {
    try {
      call.push();
    } catch (const berth::Failure& failure) {
      call.log(failure.service_error().code + ": " + failure.service_error().registry_message);
      if (failure.service_error().status != BERTH_STATUS_DENIED &&
          failure.service_error().status != BERTH_STATUS_CANCELLED)
        throw std::logic_error("the status of the service is lost");
      throw berth::Failure(std::string("wrapped: ") + failure.what());
    }
  }

  std::string team_;
};

}  // namespace
BERTH_PLUGIN(TriedContainerRegistry)

namespace {

// A host made of counters, whose structs are longer than this header's.
struct Host {
  std::string uri = "tried.example/a";
  struct LongSetting {
    berth_setting known;
    char more[40];
  };
  struct LongBlob {
    berth_blob known;
    char more[24];
  };
  std::vector<LongSetting> settings;
  std::vector<LongBlob> blobs;
  std::string error, digest, logged, fix, code;
  std::uint64_t cause = 0;
  bool is_older =
      false;  // a struct from before set_fix, and before the fix and the code of a refusal
  bool push_fails = false;
  std::int32_t push_status = BERTH_STATUS_DENIED;  // if it fails
  int findings = 0;
  int pushes = 0;
  bool may_push = true;
  void* flavor = nullptr;

  static berth_string view(std::string_view text) { return {text.data(), text.size()}; }
  static berth_sink sink(std::string& into) {
    return {&into, [](void* context, berth_string text) {
              static_cast<std::string*>(context)->assign(text.data, text.size);
            }};
  }
  static Host& self(void* context) { return *static_cast<Host*>(context); }

  std::int32_t create() {
    const auto fixes = sink(fix);
    const auto codes = sink(code);
    berth_create_options options{
        sizeof options,  view(uri),           settings.empty() ? nullptr : &settings.data()->known,
        settings.size(), sizeof(LongSetting), &fixes,
        &codes,          view("berth 9.8.7"), 7};
    if (is_older) options.size = offsetof(berth_create_options, fix);
    const auto to = sink(error);
    return berth_plugin_0.create(&options, &flavor, &to);
  }

  berth_call call() {
    return {
        sizeof(berth_call),
        this,
        [](void* context, berth_string text) { self(context).logged.assign(text.data, text.size); },
        [](void*) -> std::int64_t { return 42; },
        [](void*) -> std::int32_t { return 0; },
        [](void* context, const berth_finding*) { ++self(context).findings; },
        [](void* context, berth_string id) -> const void* {
          static const berth_push_1 pusher{
              sizeof(berth_push_1),
              [](void* host, const berth_sink* to, const berth_sink* why) -> std::int32_t {
                if (self(host).push_fails) {
                  why->write(why->context, view("not pushed"));
                  return self(host).push_status;
                }
                ++self(host).pushes;
                to->write(to->context, view("sha256:proven"));
                return BERTH_STATUS_OK;
              }};
          const bool push =
              std::string_view(id.data, id.size) == BERTH_PUSH_1 && self(context).may_push;
          return push ? &pusher : nullptr;
        },
        [](void* context, berth_string text) { self(context).fix.assign(text.data, text.size); },
        [](void* context) -> const berth_error* {
          static const berth_error denied{sizeof(berth_error), 7, view("push.denied"),
                                          view("DENIED: no")};
          return self(context).push_fails ? &denied : nullptr;
        },
        [](void* context, std::uint64_t id) { self(context).cause = id; }};
  }

  std::int32_t run(const std::string& repository, bool push) {
    const std::string platform = "linux/amd64";
    const berth_string platforms[] = {view(platform)};
    berth_image image{};
    image.size = sizeof image;
    image.reference = view("tried.example/a/app:1");
    image.repository = view(repository);
    image.blobs = blobs.empty() ? nullptr : &blobs.data()->known;
    image.blob_count = blobs.size();
    image.blob_size = sizeof(LongBlob);
    image.platforms = platforms;
    image.platform_count = 1;
    auto host = call();
    if (is_older) host.size = offsetof(berth_call, set_fix);
    const auto errors = sink(error);
    const auto digests = sink(digest);
    return push ? berth_plugin_0.push_image(flavor, &host, &image, &digests, &errors)
                : berth_plugin_0.prepare_image_push(flavor, &host, &image, &errors);
  }
};

}  // namespace

TEST_CASE(
    "sdk: a constructor gets URI and settings, may reject them, and its exceptions are plugin "
    "faults") {
  Host host;
  const std::string team = "blue";
  host.settings.push_back({{Host::view("other"), BERTH_TYPE_INTEGER, {}, 7, 0}, {}});
  host.settings.push_back({{Host::view("team"), BERTH_TYPE_STRING, Host::view(team), 0, 0}, {}});
  REQUIRE(host.create() == BERTH_STATUS_OK);
  CHECK(host.run("ask", false) == BERTH_STATUS_OK);
  CHECK(host.logged == "blue cannot ask");
  CHECK(TriedContainerRegistry::alive == 1);
  berth_plugin_0.destroy(host.flavor);
  CHECK(TriedContainerRegistry::alive == 0);

  host.uri = "refused.example";
  host.is_older = true;
  CHECK(host.create() == BERTH_STATUS_REFUSED);
  CHECK(host.error == "not refused.example");
  CHECK((host.fix + host.code).empty());
  host.is_older = false;
  CHECK(host.create() == BERTH_STATUS_REFUSED);
  CHECK(host.fix == "use tried.example");
  CHECK(host.code == "tried.bad");
  host.uri = "broken.example";
  CHECK(host.create() == BERTH_STATUS_FAILED);
  CHECK(host.error == "broken");
  CHECK(TriedContainerRegistry::alive == 0);
  CHECK(TriedContainerRegistry().uri().empty());  // like in an author's own test
  CHECK(TriedContainerRegistry().host().empty());
}

TEST_CASE("sdk: push_image validates first, pushes once, and returns what was verified") {
  Host host;
  REQUIRE(host.create() == BERTH_STATUS_OK);
  host.blobs.push_back({{Host::view("type/one"), Host::view("sha256:1"), 1}, {}});
  host.blobs.push_back({{Host::view("type/two"), Host::view(""), 2}, {}});
  CHECK(host.run("app", true) == BERTH_STATUS_OK);
  CHECK(host.digest == "sha256:proven");
  CHECK(host.pushes == 1);
  REQUIRE(TriedContainerRegistry::seen.blobs().size() == 2);
  CHECK(TriedContainerRegistry::seen.blobs()[1].media_type == "type/two");
  CHECK(TriedContainerRegistry::seen.blobs()[1].bytes == 2);
  CHECK(TriedContainerRegistry::seen.platforms() == std::vector<std::string>{"linux/amd64"});

  host.digest.clear();
  CHECK(host.run("bad", true) == BERTH_STATUS_OK);
  CHECK(host.findings == 1);
  CHECK(host.digest.empty());
  CHECK(host.run("odd", true) == BERTH_STATUS_FAILED);
  CHECK(host.error.find("std::exception") != std::string::npos);
  host.may_push = false;
  CHECK(host.run("app", true) == BERTH_STATUS_FAILED);
  CHECK(host.pushes == 1);
  berth_plugin_0.destroy(host.flavor);
}

TEST_CASE("sdk: before_push runs between validation and upload, and can stop the push") {
  Host host;
  REQUIRE(host.create() == BERTH_STATUS_OK);
  const auto steps = [&host](const std::string& repository, bool push) {
    TriedContainerRegistry::steps.clear();
    host.pushes = 0;
    const auto status = host.run(repository, push);
    return std::to_string(status) + " " + TriedContainerRegistry::steps +
           std::to_string(host.pushes);
  };
  CHECK(steps("app", true) == "0 prepare-push before 1");
  CHECK(steps("bad", true) == "0 prepare-push 0");
  CHECK(steps("late", true) == "0 prepare-push before 0");
  CHECK(steps("broken", true) == "1 prepare-push before 0");
  CHECK(host.fix == "ask an owner");
  host.may_push = false;  // like in berth check
  CHECK(steps("app", false) == "0 prepare 0");
  berth_plugin_0.destroy(host.flavor);
}

TEST_CASE("sdk: a failure may have a fix, which an older host does not receive") {
  Host host;
  REQUIRE(host.create() == BERTH_STATUS_OK);
  host.is_older = true;
  CHECK(host.run("login", false) == BERTH_STATUS_FAILED);
  CHECK(host.error == "no login was found");
  CHECK(host.fix.empty());
  host.is_older = false;
  CHECK(host.run("odd", false) == BERTH_STATUS_FAILED);
  CHECK(host.fix.empty());
  CHECK(host.run("login", true) == BERTH_STATUS_FAILED);
  CHECK(host.fix == "tried login");
  berth_plugin_0.destroy(host.flavor);
}

TEST_CASE("sdk: the error of a service is passed on by its id, unless the flavor throws its own") {
  Host host;
  REQUIRE(host.create() == BERTH_STATUS_OK);
  host.push_fails = true;
  CHECK(host.run("app", true) == BERTH_STATUS_FAILED);
  CHECK(host.error == "not pushed");
  CHECK(host.cause == 7);
  CHECK(host.run("wrapped", true) == BERTH_STATUS_FAILED);
  CHECK(host.error == "wrapped: not pushed");
  CHECK(host.logged == "push.denied: DENIED: no");
  CHECK(host.cause == 0);
  host.push_status = BERTH_STATUS_CANCELLED;
  CHECK(host.run("app", true) == BERTH_STATUS_CANCELLED);
  CHECK(host.run("wrapped", true) == BERTH_STATUS_FAILED);
  host.is_older = true;
  host.cause = 1;
  CHECK(host.run("app", true) == BERTH_STATUS_CANCELLED);
  CHECK(host.error == "not pushed");
  CHECK(host.cause == 1);  // an older host does not have set_cause()
  berth_plugin_0.destroy(host.flavor);
}

TEST_CASE("sdk: a plugin explains a registry error, or adds nothing") {
  Host host;
  REQUIRE(host.create() == BERTH_STATUS_OK);
  const auto* capability = static_cast<const berth_explanations_1*>(
      berth_plugin_0.query(host.flavor, Host::view(BERTH_EXPLANATIONS_1)));
  REQUIRE(capability != nullptr);
  CHECK(berth_plugin_0.query(host.flavor, Host::view(BERTH_CREDENTIALS_1)) == nullptr);
  const auto call = host.call();
  std::string cause, fix, error;
  auto explain = [&](const std::string& message) {
    const berth_registry_error asked{sizeof asked, Host::view("push.blob-denied"),
                                     Host::view(message), Host::view("a/b")};
    const auto causes = Host::sink(cause);
    const auto fixes = Host::sink(fix);
    const auto errors = Host::sink(error);
    return capability->explain(host.flavor, &call, &asked, &causes, &fixes, &errors);
  };
  CHECK(explain("403 denied: not yours to have") == BERTH_STATUS_OK);
  CHECK(cause == "a/b is another's, 42");
  CHECK(fix == "ask them");
  CHECK(explain("403 denied") == BERTH_STATUS_NOT_FOUND);
  CHECK(explain("thrown") == BERTH_STATUS_FAILED);
  CHECK(error == "explanation failed");
  berth_plugin_0.destroy(host.flavor);
}

TEST_CASE("sdk: the descriptor matches the class") {
  CHECK(berth_plugin_0.size == sizeof(berth_plugin));
  CHECK(berth_plugin_0.abi_major == BERTH_ABI_MAJOR);
  CHECK(berth_plugin_0.min_host_minor == 0);
  const std::string metadata(reinterpret_cast<const char*>(berth_plugin_0.metadata),
                             berth_plugin_0.metadata_size);
  for (const char* text :
       {"tried", "1.0.0", "a pointer does as well", "properties", "*.tried.example",
        "tried.bad error It is bad.", "tried.odd info It is odd."})
    CHECK_MESSAGE(metadata.find(text) != std::string::npos, text);
}

TEST_CASE("sdk: ABI structs are trivial and begin with their size") {
  static_assert(std::is_trivial_v<berth_plugin> && std::is_standard_layout_v<berth_plugin>);
  static_assert(std::is_trivial_v<berth_call> && std::is_standard_layout_v<berth_call>);
  static_assert(std::is_trivial_v<berth_image> && std::is_standard_layout_v<berth_image>);
  CHECK(offsetof(berth_plugin, size) == 0);
  CHECK(offsetof(berth_call, size) == 0);
  CHECK(offsetof(berth_image, size) == 0);
  CHECK(offsetof(berth_finding, size) == 0);
  CHECK(offsetof(berth_create_options, size) == 0);
  CHECK(offsetof(berth_registry_1, size) == 0);
  CHECK(offsetof(berth_push_1, size) == 0);
  CHECK(offsetof(berth_upload_rules, size) == 0);
  CHECK(offsetof(berth_upload_rules_1, size) == 0);
}

TEST_CASE("sdk: upload rules are those of the class, else those of the host") {
  const auto rules_of = [](const std::string& team, berth_upload_rules& rules) {
    Host host;
    if (!team.empty())
      host.settings.push_back(
          {{Host::view("team"), BERTH_TYPE_STRING, Host::view(team), 0, 0}, {}});
    REQUIRE(host.create() == BERTH_STATUS_OK);
    const auto* capability = static_cast<const berth_upload_rules_1*>(
        berth_plugin_0.query(host.flavor, Host::view(BERTH_UPLOAD_RULES_1)));
    REQUIRE(capability != nullptr);
    CHECK(capability->size == sizeof(berth_upload_rules_1));
    CHECK(berth_plugin_0.query(host.flavor, Host::view("upload-rules/2")) == nullptr);
    CHECK(berth_plugin_0.query(host.flavor, Host::view(BERTH_CREDENTIALS_1)) == nullptr);
    const auto errors = Host::sink(host.error);
    const auto status = capability->rules(host.flavor, &rules, &errors);
    berth_plugin_0.destroy(host.flavor);
    return status == BERTH_STATUS_OK ? "" : host.error;
  };
  berth_upload_rules rules{sizeof rules, 9, 9, 9, 9, 9};
  CHECK(rules_of("red", rules).empty());
  CHECK(rules.size == sizeof rules);
  // What the class does not set is what the host has set.
  CHECK(rules.monolithic == 9);
  CHECK(rules.allow_unknown_length == 9);
  CHECK(rules.verify_range == 9);
  CHECK(rules.max_chunk_size == 9);
  CHECK(rules.min_chunk_size == 9);
  CHECK(rules_of("blue", rules).empty());
  CHECK(rules.monolithic == 1);
  CHECK(rules.allow_unknown_length == 0);
  CHECK(rules.verify_range == 1);
  CHECK(rules.max_chunk_size == 1 << 20);
  CHECK(rules.min_chunk_size == 7);
  CHECK(rules_of("", rules) == "whose rules?");
}

TEST_CASE("sdk: settings of another type or without a value return the fallback") {
  const berth::Settings none;
  CHECK(none.string("a", "b") == "b");
  CHECK(none.integer("a", 7) == 7);
  CHECK(none.number("a", 0.5) == 0.5);
  CHECK(none.boolean("a", true));
  CHECK_FALSE(none.has("a"));
}
