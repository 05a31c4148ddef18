// The SDK of a later minor version against a host of today, whose structs end where accessible
// memory ends: a plugin that reads or writes more of them ends this process.
#include <doctest/doctest.h>

#include <berth/container_registry.hpp>
#include <berth/crypto.hpp>
#include <berth/environment.hpp>
#include <berth/files.hpp>
#include <berth/http.hpp>
#include <berth/process.hpp>

#include <string>

#include "abi/page_end.hpp"

using berth::test::at_page_end;

namespace {

// Uses every service and every argument.
class LaterContainerRegistry : public berth::BaseContainerRegistry,
                               public berth::CredentialProvider,
                               public berth::ErrorExplainer,
                               public berth::UploadRulesProvider {
 public:
  static constexpr char FLAVOR[] = "later";
  static constexpr char VERSION[] = "1.0.0";

  LaterContainerRegistry() {
    if (settings().integer("count") != 7) throw berth::Failure("no settings", "a fix");
  }

  void prepare_image_push(berth::CallContext& call, const berth::Image& image) override {
    call.log(image.blobs().at(1).digest + image.platforms().at(0));
    const auto registry = call.registry();
    std::string results = registry->manifest_digest("a", "1").value();
    results += std::to_string(registry->blob_size("a", "sha256:b").value());
    results += registry->granted_actions("a", "pull").value() + registry->account()->username;
    results += registry->get("/x").body + std::to_string(registry->side_effects_allowed());
    results += berth::environment_variable(call, "A").value();
    results += berth::read_file(call, "/a").value() + berth::run_program(call, {"a"})->out;
    results += berth::sha256(call, "a") + berth::send(call, {{"GET", "http://a"}}).at(0).body;
    call.report(berth::info, "later.results", results);
  }

  berth::Credential credential(berth::CallContext&,
                               const berth::CredentialRequest& request) override {
    return berth::Credential::password(request.username, request.host, request.repository);
  }
  bool is_expired(berth::CallContext&, const berth::RegistryError& rejection) override {
    return rejection.repository == "a/b";
  }
  std::optional<berth::Explanation> explain(berth::CallContext&,
                                            const berth::RegistryError& error) override {
    return berth::Explanation{error.message, error.code};
  }
  berth::UploadRules upload_rules() override {
    berth::UploadRules rules;
    rules.min_chunk_size = 9;
    return rules;
  }
};

}  // namespace
BERTH_PLUGIN(LaterContainerRegistry)

namespace {

// The size that T has today.
template <typename T>
constexpr std::uint32_t kToday = offsetof(T, grown);

// A struct of today with its size.
template <typename T>
T* todays(T object) {
  object.size = kToday<T>;
  return at_page_end(object, kToday<T>);
}

// Elements of an array, each with the size of today.
template <typename T>
const T* todays_array(const std::vector<T>& elements) {
  auto* bytes = static_cast<char*>(berth::test::before_page_end(elements.size() * kToday<T>));
  for (std::size_t i = 0; i < elements.size(); ++i)
    std::memcpy(bytes + i * kToday<T>, &elements[i], kToday<T>);
  return reinterpret_cast<const T*>(bytes);
}

berth_string view(std::string_view text) { return {text.data(), text.size()}; }
void put(const berth_sink* sink, std::string_view text) { sink->write(sink->context, view(text)); }

struct Host {
  std::string error, digest, cause, fix, logged, reported;
  void* flavor = nullptr;
  std::string username, secret, source;

  static berth_sink sink(std::string& into) {
    return {&into, [](void* context, berth_string text) {
              static_cast<std::string*>(context)->assign(text.data, text.size);
            }};
  }
  static Host& self(void* context) { return *static_cast<Host*>(context); }
};

const void* find_service(void*, berth_string id) {
  static const auto* registry = todays(berth_registry_1{
      0, [](void*, const berth_sink*) -> std::int32_t { return BERTH_STATUS_OK; },
      [](void*, berth_string, berth_string, const berth_sink* to, const berth_sink*) {
        put(to, "digest ");
        return std::int32_t{BERTH_STATUS_OK};
      },
      [](void*, berth_string, berth_string, std::uint64_t* bytes, const berth_sink*) {
        *bytes = 5;
        return std::int32_t{BERTH_STATUS_OK};
      },
      [](void*, berth_string, berth_string, std::int32_t, const berth_sink* to, const berth_sink*) {
        put(to, " pull");
        return std::int32_t{BERTH_STATUS_OK};
      },
      [](void*, berth_string, std::int32_t, const berth_sink*) {
        return std::int32_t{BERTH_STATUS_OK};
      },
      [](void*, berth_string, berth_string, berth_string, std::int32_t, std::int32_t* status,
         const berth_sink*, const berth_sink* body, const berth_sink*) {
        *status = 200;
        put(body, " body");
        return std::int32_t{BERTH_STATUS_OK};
      },
      [](void*) -> std::int32_t { return 1; },
      [](void*, const berth_sink* username, const berth_sink*, const berth_sink*) {
        put(username, " bob");
        return std::int32_t{BERTH_STATUS_OK};
      }});
  static const auto* env =
      todays(berth_env_1{0, [](void*, berth_string, const berth_sink* to, const berth_sink*) {
                           put(to, " variable");
                           return std::int32_t{BERTH_STATUS_OK};
                         }});
  static const auto* file =
      todays(berth_file_1{0, [](void*, berth_string, const berth_sink* to, const berth_sink*) {
                            put(to, " file");
                            return std::int32_t{BERTH_STATUS_OK};
                          }});
  static const auto* exec = todays(
      berth_exec_1{0, [](void*, const berth_string*, size_t, berth_string, std::int32_t* status,
                         const berth_sink* out, const berth_sink*, const berth_sink*) {
                     *status = 0;
                     put(out, " out");
                     return std::int32_t{BERTH_STATUS_OK};
                   }});
  static const auto* crypto =
      todays(berth_crypto_1{0,
                            [](void*, berth_string, const berth_sink* to, const berth_sink*) {
                              put(to, " hash");
                              return std::int32_t{BERTH_STATUS_OK};
                            },
                            nullptr, nullptr});
  static const auto* http = todays(berth_http_1{
      0, [](void*, const berth_http_request*, size_t count, size_t, const berth_http_sink* to,
            const berth_sink*) {
        const berth_http_header header{view("x"), view("y")};
        to->take(
            to->context,
            todays(berth_http_response{
                0, static_cast<std::int32_t>(200), count - 1, &header, 1, view(" response"), {}}));
        return std::int32_t{BERTH_STATUS_OK};
      }});
  const std::string_view wanted(id.data, id.size);
  if (wanted == BERTH_REGISTRY_1) return registry;
  if (wanted == BERTH_ENV_1) return env;
  if (wanted == BERTH_FILE_1) return file;
  if (wanted == BERTH_EXEC_1) return exec;
  if (wanted == BERTH_CRYPTO_1) return crypto;
  return wanted == BERTH_HTTP_1 ? http : nullptr;
}

const berth_call* new_call(Host& host) {
  return todays(berth_call{
      0, &host,
      [](void* context, berth_string text) {
        Host::self(context).logged.assign(text.data, text.size);
      },
      [](void*) -> std::int64_t { return 42; }, [](void*) -> std::int32_t { return 0; },
      [](void* context, const berth_finding* finding) {
        Host::self(context).reported.assign(finding->message.data, finding->message.size);
      },
      find_service, [](void*, berth_string) {},
      [](void*) -> const berth_error* {
        return todays(berth_error{0, 7, view("code"), view("message")});
      },
      [](void*, std::uint64_t) {}});
}

std::int32_t create(Host& host) {
  const auto error = Host::sink(host.error);
  const auto fix = Host::sink(host.fix);
  const std::vector<berth_setting> settings{{view("team"), BERTH_TYPE_STRING, view("a"), 0, 0},
                                            {view("count"), BERTH_TYPE_INTEGER, {}, 7, 0}};
  const auto* options = todays(berth_create_options{
      0, view("later.example"), todays_array(settings), 2, kToday<berth_setting>, &fix, nullptr});
  return berth_plugin_0.create(options, &host.flavor, &error);
}

template <typename Table>
const Table* extension(Host& host, const char* id) {
  return static_cast<const Table*>(berth_plugin_0.query(host.flavor, view(id)));
}

}  // namespace

TEST_CASE("growth: a later SDK reads no more of the image, the settings and the services") {
  Host host;
  REQUIRE(create(host) == BERTH_STATUS_OK);
  const std::vector<berth_blob> blobs{{view("t"), view("sha256:1"), 1},
                                      {view("t"), view("sha256:2 "), 2}};
  const berth_string platforms[] = {view("linux/arm64")};
  berth_image image{};
  image.reference = view("later.example/a:1");
  image.blobs = todays_array(blobs);
  image.blob_count = 2;
  image.blob_size = kToday<berth_blob>;
  image.platforms = platforms;
  image.platform_count = 1;
  const auto error = Host::sink(host.error);
  const auto status =
      berth_plugin_0.prepare_image_push(host.flavor, new_call(host), todays(image), &error);
  CHECK_MESSAGE(status == BERTH_STATUS_OK, host.error);
  CHECK(host.logged == "sha256:2 linux/arm64");
  CHECK(host.reported == "digest 5 pull bob body1 variable file out hash response");
  berth_plugin_0.destroy(host.flavor);
}

TEST_CASE("growth: a later SDK reads and writes no more of what extensions receive") {
  Host host;
  REQUIRE(create(host) == BERTH_STATUS_OK);
  const auto error = Host::sink(host.error);
  const berth_credential_sink sink{
      &host, [](void* context, const berth_credential* credential) {
        auto& into = Host::self(context);
        into.username.assign(credential->username.data, credential->username.size);
        into.secret.assign(credential->secret.data, credential->secret.size);
      }};
  const auto* credentials = extension<berth_credentials_1>(host, BERTH_CREDENTIALS_1);
  const auto* request =
      todays(berth_credential_request{0, view("host"), view("a/b"), 0, view("carol")});
  CHECK(credentials->credential(host.flavor, new_call(host), request, &sink, &error) ==
        BERTH_STATUS_OK);
  CHECK(host.username == "carol");
  CHECK(host.secret == "host");
  const auto* rejection =
      todays(berth_registry_error{0, view("code"), view("message"), view("a/b")});
  CHECK(credentials->is_expired(host.flavor, new_call(host), rejection) == 1);
  const auto cause = Host::sink(host.cause);
  const auto fix = Host::sink(host.fix);
  CHECK(extension<berth_explanations_1>(host, BERTH_EXPLANATIONS_1)
            ->explain(host.flavor, new_call(host), rejection, &cause, &fix, &error) ==
        BERTH_STATUS_OK);
  CHECK(host.cause == "message");

  auto* rules = todays(berth_upload_rules{0, 1, 1, 1, 65536, 3});
  CHECK(extension<berth_upload_rules_1>(host, BERTH_UPLOAD_RULES_1)
            ->rules(host.flavor, rules, &error) == BERTH_STATUS_OK);
  CHECK(rules->size == kToday<berth_upload_rules>);
  CHECK(rules->monolithic == 1);  // as the host has set it
  CHECK(rules->max_chunk_size == 65536);
  CHECK(rules->min_chunk_size == 9);
  berth_plugin_0.destroy(host.flavor);
}
