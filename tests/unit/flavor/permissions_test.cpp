// Permissions of plugins on this machine, direct and indirect, and the services that check them.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <map>

#include "base/base64.hpp"
#include "flavor/credential_source.hpp"
#include "flavor/key_value.hpp"
#include "flavor/permission_policy.hpp"
#include "oci/crypto_functions.hpp"
#include "support/command.hpp"
#include "support/temp_dir.hpp"
#include "unit/flavor/plugin_fixture.hpp"

using namespace berth;
using namespace berth::test;
using flavor::PermissionPolicy;

namespace {

flavor::Variables variables_of(std::map<std::string, std::string> values) {
  return [values = std::move(values)](std::string_view name) -> std::optional<std::string> {
    const auto found = values.find(std::string(name));
    return found != values.end() ? std::optional(found->second) : std::nullopt;
  };
}

// The file's text, "none", or the error's code.
std::string read(const PermissionPolicy& permits, const std::string& path) {
  const auto text = permits.read_file(path);
  if (!text) return text.error().code();
  return text->value_or("none");
}

std::string run(const PermissionPolicy& permits, const std::vector<std::string>& argv) {
  const auto may = permits.run(argv);
  return may ? "may" : may.error().code();
}

// What the plugin "tools" reports, or the error's code.
std::string answer_of(PluginRun& run, const std::string& what, const std::string& with) {
  const auto candidate = flavor::inspect_plugin(plugin_path("tools")).value();
  auto plugin = flavor::Plugin::start(candidate, oci::RegistryUri::parse("localhost:5000").value(),
                                      base::Json::object({{"what", what}, {"with", with}}),
                                      run.options, run.cancellation, run.log)
                    .value();
  const auto findings = plugin.prepare(some_image(), {});
  return findings ? findings->at(0).message : findings.error().code();
}

// DER of an INTEGER or a SEQUENCE.
std::string der(char tag, const std::string& content) {
  std::string length;
  for (auto size = content.size(); size > 0; size /= 256)
    length.insert(length.begin(), static_cast<char>(size % 256));
  const std::string prefix = content.size() < 128
                                 ? std::string(1, static_cast<char>(content.size()))
                                 : static_cast<char>(0x80U + length.size()) + length;
  return tag + prefix + content;
}

// A "key" of 4 KiB numbers, whose use would take minutes.
std::string huge_rsa_key() {
  const std::string number = der(2, '\x01' + std::string(4096, '\xab'));
  std::string numbers = der(2, std::string(1, '\0'));
  for (int i = 0; i < 8; ++i) numbers += number;
  const std::string text = base::base64_encode(der(0x30, numbers));
  return "-----BEGIN RSA PRIVATE KEY-----\n" + text + "\n-----END RSA PRIVATE KEY-----\n";
}

}  // namespace

TEST_CASE("permissions: parses permissions and describes them in plain language") {
  const std::pair<const char*, const char*> good[] = {
      {"env:ACME_TOKEN", "reads ACME_TOKEN from the environment"},
      {"file:/etc/acme/*.json", "reads /etc/acme/*.json"},
      {"file:$ACME_CONFIG|~/.acme/config",
       "reads the file named by $ACME_CONFIG, else ~/.acme/config"},
      {"file:$ACME_HOME/config", "reads $ACME_HOME/config"},
      {"file:{token_file in ~/.acme/config}",
       "reads the file named by key token_file of ~/.acme/config"},
      {"exec:docker-credential-acme", "runs docker-credential-acme"},
      {"exec:/usr/bin/acme", "runs /usr/bin/acme"},
      {"exec:$ACME_HELPER", "runs the program named by $ACME_HELPER"},
      {"exec:{login in $ACME_CONFIG|~/.acme/config}",
       "runs the program named by key login of the file named by $ACME_CONFIG, else "
       "~/.acme/config"},
      {"http:*.acme.example", "calls *.acme.example"},
      {"http:http://127.0.0.1:80", "calls http://127.0.0.1:80"},
      {"http:$ACME_URL", "calls the host named by $ACME_URL"},
      {"http:http://$ACME_HOST", "calls the host named by $ACME_HOST, without TLS"},
      {"http:{url in ~/.acme/config}", "calls the host named by key url of ~/.acme/config"},
      {"credentials:api.acme.example:8443",
       "sends the container registry's credentials to api.acme.example:8443"}};
  for (const auto& one : good) {
    const std::string text = one.first;
    CAPTURE(text);
    CHECK(flavor::parse_permission(text).has_value());
    CHECK(flavor::describe_permission(text) == one.second);
  }
  for (const std::string text : {"",
                                 "env",
                                 "env:",
                                 "env:A B",
                                 "env:1A",
                                 "env:{A in /x}",
                                 "env:$A",
                                 "file:",
                                 "file:relative",
                                 "file:~",
                                 "file:~x/y",
                                 "file:/",
                                 "file:/a//b",
                                 "file:/a/../b",
                                 "file:$A/",
                                 "file:/proc/self/environ",
                                 "file:/proc/*/environ",
                                 "file:/sys/firmware/x",
                                 "file:/dev/fd/3",
                                 "file:{k in /proc/self/environ}",
                                 "file:/a|",
                                 "file:{k in }",
                                 "file:{k}",
                                 "file:{ in /a}",
                                 "file:{k in /a",
                                 "file:{k in /a/*}",
                                 "exec:",
                                 "exec:a b",
                                 "exec:./a",
                                 "exec:/usr/*",
                                 "exec:../a",
                                 "credentials:",
                                 "credentials:*.acme.example",
                                 "credentials:$ACME_HOST",
                                 "credentials:http://acme.example",
                                 "credentials:a.example|b.example",
                                 "credentials:{url in ~/.acme/config}",
                                 "http:",
                                 "http:https://a",
                                 "http:a/b",
                                 "http:*",
                                 "http:a.*.b",
                                 "http:A.example",
                                 "http:*.",
                                 "http:http://$",
                                 "http:http://$A/b",
                                 "read:x"}) {
    CAPTURE(text);
    const auto parsed = flavor::parse_permission(text);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().code() == "flavor.bad-note");
  }
}

TEST_CASE("permissions: reads keys of files and splits command lines") {
  using Values = std::vector<std::string>;
  CHECK(flavor::values_under("k", "[a]\nk = one two \nkk = no\n[b]\n  k=three\r\nk =\n#k = \n") ==
        Values{"one two", "three"});
  CHECK(flavor::values_under("k", R"( {"k": "a", "b": [{"k": "c"}, {"k": 1}]})") ==
        Values{"a", "c"});
  CHECK(flavor::values_under("k", R"({"k": )").empty());
  CHECK(flavor::values_under("k", "").empty());
  CHECK(flavor::split_command_line(R"( a "b c"  'd "e' ""f"" )") ==
        Values{"a", "b c", "d \"e", "f"});
  CHECK(flavor::split_command_line("\"\"") == Values{""});
  CHECK(flavor::split_command_line("").value().empty());
  CHECK_FALSE(flavor::split_command_line("a 'b"));
}

TEST_CASE("permission policy: allows matching variables and files, and no bypass of the patterns") {
  const TempDir home;
  home.write(".acme/config",
             "token_file = " + (home / "elsewhere/token") + "\nrelative_file = ~/notes\n");
  home.write(".acme/cache/a.json", "cached");
  home.write(".acme/cache/deep/b.json", "deep");
  home.write(".acme/secret", "secret");
  home.write("elsewhere/token", "token");
  home.write("notes", "noted");
  home.write("large", std::string((1 << 20) + 1, 'x'));
  REQUIRE(::symlink((home / "notes").c_str(), (home / ".acme/cache/link.json").c_str()) == 0);
  REQUIRE(::symlink("a.json", (home / ".acme/cache/near.json").c_str()) == 0);
  REQUIRE(::mkfifo((home / ".acme/cache/pipe.json").c_str(), 0600) == 0);
  REQUIRE(::symlink((home / "notes").c_str(), (home / "named").c_str()) == 0);

  const PermissionPolicy plain(
      "acme",
      {"env:ACME_TOKEN", "file:$ACME_CONFIG|~/.acme/config", "file:~/.acme/cache/*.json",
       "file:{token_file in ~/.acme/config}", "file:{relative_file in ~/.acme/config}"},
      variables_of({{"HOME", home.path()}}));
  CHECK(plain.read_variable("ACME_TOKEN"));
  CHECK(plain.read_variable("HOME").error().code() == "flavor.denied");
  CHECK(plain.read_variable("HOME").error().fix().find("\"env:HOME\"") != std::string::npos);
  CHECK(plain.read_variable("").error().error_class() == base::ErrorClass::trust);
  CHECK(read(plain, "~/.acme/config").find("token_file") == 0);
  CHECK(read(plain, home / ".acme/cache/a.json") == "cached");
  CHECK(read(plain, "~/.acme/cache/near.json") == "cached");
  CHECK(read(plain, "~/.acme/cache/missing.json") == "none");
  CHECK(read(plain, home / "elsewhere/token") == "token");
  CHECK(read(plain, "~/notes") == "noted");
  for (const std::string path :
       {"~/.acme/secret", "~/.acme/cache/deep/b.json", "~/.acme/cache/../secret",
        "~/.acme/cache/link.json", "~/.acme/cache/pipe.json", "~/.acme/cache", "~/.acme/cache/",
        "~/.acme//cache/a.json", "~/.acme/./cache/a.json", "~", "", ".acme/config", "/etc/passwd",
        "~/named"}) {
    CAPTURE(path);
    CHECK(read(plain, path) == "flavor.denied");
  }

  // The path in a variable may be a link to anywhere; then the components after it do not apply.
  const PermissionPolicy named(
      "acme", {"file:$ACME_CONFIG|~/.acme/config", "file:$BIG", "file:$DIR/*.json"},
      variables_of({{"HOME", home.path()},
                    {"ACME_CONFIG", home / "named"},
                    {"BIG", home / "large"},
                    {"DIR", home / ".acme/cache"}}));
  CHECK(read(named, home / "named") == "noted");
  CHECK(read(named, "~/.acme/config") == "flavor.denied");
  CHECK(read(named, "~/large") == "file.too-large");
  CHECK(read(named, home / ".acme/cache/a.json") == "cached");
  CHECK(read(named, home / ".acme/cache/link.json") == "flavor.denied");
  const PermissionPolicy homeless("acme", {"file:~/.acme/config", "file:/~/.acme/config"},
                                  variables_of({}));
  CHECK(read(homeless, "~/.acme/config") == "none");
  CHECK(read(homeless, "/~/.acme/config") == "none");
  CHECK(read(homeless, "/etc/passwd") == "flavor.denied");
}

TEST_CASE("permission policy: {uri} is the container registry's own host, and is advised for it") {
  const auto none = [](std::string_view) { return std::optional<std::string>(); };
  const PermissionPolicy permits("acme", {"http:{uri}"}, none, {}, "https://r.example:8443");
  CHECK(permits.call("https://r.example:8443/api").has_value());
  CHECK_FALSE(permits.call("https://r.example/api").has_value());
  CHECK_FALSE(permits.call("http://r.example:8443/api").has_value());
  CHECK_FALSE(permits.call("https://other.example:8443/api").has_value());
  const PermissionPolicy layout("acme", {"http:{uri}"}, none);
  CHECK_FALSE(layout.call("https://r.example:8443/api").has_value());
  const PermissionPolicy without("acme", {}, none, {}, "https://r.example");
  CHECK(without.call("https://r.example/api").error().fix().find("\"http:{uri}\"") !=
        std::string::npos);
  CHECK(without.call("https://api.example/").error().fix().find("http:$VARIABLE") !=
        std::string::npos);
  CHECK(flavor::describe_permission("http:{uri}") == "calls the container registry's own host");
  CHECK_FALSE(flavor::parse_permission("credentials:{uri}").has_value());
  CHECK_FALSE(flavor::parse_permission("file:{uri}").has_value());
}

TEST_CASE("permission policy: allows programs by name, by path, and from command lines in files") {
  const TempDir home;
  home.write("config", "[a]\nlogin = acme-login --for \"me too\"\n");
  const PermissionPolicy permits(
      "acme", {"exec:cat", "exec:/usr/bin/env", "exec:$HELPER", "exec:{login in $CONFIG}"},
      variables_of({{"HELPER", "my-helper"}, {"CONFIG", home / "config"}}));
  CHECK(run(permits, {"cat", "-n"}) == "may");
  CHECK(run(permits, {"/usr/bin/env"}) == "may");
  CHECK(run(permits, {"my-helper", "get"}) == "may");
  CHECK(run(permits, {"acme-login", "--for", "me too"}) == "may");
  for (const std::vector<std::string>& argv : {std::vector<std::string>{},
                                               {""},
                                               {"/bin/cat"},
                                               {"env"},
                                               {"acme-login"},
                                               {"acme-login", "--for", "you"}}) {
    CHECK(run(permits, argv) == "flavor.denied");
  }
}

TEST_CASE("crypto: matches known test vectors and rejects keys that cannot sign") {
  // FIPS 180-4's example; RFC 4231, test case 2.
  const TempDir directory;
  PluginRun run;
  CHECK(answer_of(run, "sha256", "abc") ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(answer_of(run, "hmac", "what do ya want for nothing?") ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  CHECK(answer_of(run, "sha256-huge", "") == "plugin.failed");
  const auto made = test::run_command({"openssl", "genrsa", "-out", directory / "key", "2048"});
  REQUIRE(made.status == 0);
  const auto signature = oci::sign_rs256(test::slurp(directory / "key"), "to be signed").value();
  CHECK(answer_of(run, "sign", test::slurp(directory / "key")).size() == 2 * signature.size());
  const auto file = directory.write("signature", signature);
  const auto data = directory.write("data", "to be signed");
  CHECK(test::run_command(
            {"openssl", "rsa", "-in", directory / "key", "-pubout", "-out", directory / "public"})
            .status == 0);
  CHECK(test::run_command({"openssl", "dgst", "-sha256", "-verify", directory / "public",
                           "-signature", file, data})
            .status == 0);
  CHECK(test::run_command({"openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out",
                           directory / "ec"})
            .status == 0);
  for (const std::string& pem :
       {std::string(), std::string("nonsense"), test::slurp(directory / "ec")})
    CHECK(oci::sign_rs256(pem, "x").error().code() == "crypto.key");
}

TEST_CASE("crypto: rejects oversized keys before it uses them") {
  const TempDir directory;
  const auto generate = [&](const std::vector<std::string>& options, const std::string& name) {
    std::vector<std::string> line{"openssl", "genpkey", "-out", directory / name};
    line.insert(line.end(), options.begin(), options.end());
    REQUIRE(test::run_command(line).status == 0);
    return test::slurp(directory / name);
  };
  const auto rsa = [&](const std::string& bits, const std::string& name) {
    return generate({"-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:" + bits}, name);
  };
  CHECK(oci::sign_rs256(rsa("2048", "good"), "x"));
  CHECK(oci::sign_rs256(rsa("1024", "short"), "x").error().code() == "crypto.key");
  const auto primes = generate(
      {"-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-pkeyopt", "rsa_keygen_primes:3"},
      "primes");
  CHECK(oci::sign_rs256(primes, "x").error().code() == "crypto.key");
  const auto encrypted = test::run_command({"openssl", "pkey", "-in", directory / "good", "-aes256",
                                            "-passout", "pass:x", "-out", directory / "encrypted"});
  REQUIRE(encrypted.status == 0);
  CHECK(oci::sign_rs256(test::slurp(directory / "encrypted"), "x").error().code() == "crypto.key");
  const auto curve = generate({"-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256",
                               "-pkeyopt", "ec_param_enc:explicit"},
                              "curve");
  CHECK(oci::sign_rs256(curve, "x").error().code() == "crypto.key");
  CHECK(oci::sign_rs256(huge_rsa_key(), "x").error().code() == "crypto.key");
  CHECK(oci::sign_rs256(std::string(20'000, 'x'), "x").error().code() == "crypto.key");
}

TEST_CASE("permissions: reads /dev/null, named by a variable or a link, as an empty file") {
  const TempDir home;
  boost::filesystem::create_symlink("/dev/null", home / "config");
  const PermissionPolicy permits("acme", {"file:$NAMED", "file:~/*"},
                                 variables_of({{"HOME", home.path()}, {"NAMED", "/dev/null"}}));
  CHECK(read(permits, "/dev/null").empty());
  CHECK(read(permits, "~/config").empty());
}

TEST_CASE("permissions: never reads files of processes and devices, whatever names them") {
  const TempDir home;
  boost::filesystem::create_symlink("/proc/self/environ", home / "link");
  const PermissionPolicy permits(
      "acme", {"file:$NAMED", "file:~/*"},
      variables_of({{"HOME", home.path()}, {"NAMED", "/proc/self/environ"}}));
  CHECK(read(permits, "/proc/self/environ") == "flavor.denied");
  CHECK(read(permits, "~/link") == "flavor.denied");
}

TEST_CASE("services: a plugin reads files and runs programs with permission, in every call") {
  const TempDir home;
  home.write(".tools/config", "login = sh -c 'cat; echo no >&2; exit 3'\ntoken_file = ~/token\n");
  home.write("token", std::string("bytes\0\xff", 7));
  PluginRun run;
  run.options.variables = variables_of({{"HOME", home.path()}, {"TOOLS_TOKEN", "t0ken"}});
  CHECK(answer_of(run, "env", "TOOLS_TOKEN") == "t0ken");
  CHECK(answer_of(run, "file", "~/.tools/config").find("login = ") == 0);
  CHECK(answer_of(run, "file", "~/.tools/cache/x.json") == "(none)");
  CHECK(answer_of(run, "file-size", "~/token") == "7");
  CHECK(answer_of(run, "exec", "cat") == "0:from the flavor:");
  CHECK(answer_of(run, "exec", "cat --no-such-option").find("1::") == 0);
  CHECK(answer_of(run, "exec-many", "") == "plugin.failed");

  const auto candidate = flavor::inspect_plugin(plugin_path("tools")).value();
  auto plugin =
      flavor::Plugin::start(candidate, oci::RegistryUri::parse("localhost:5000").value(),
                            base::Json::object({{"what", "env"}, {"with", "TOOLS_TOKEN"}}),
                            run.options, run.cancellation, run.log)
          .value();
  const auto provided = plugin.ask_for_credential({"localhost:5000", "a"}, false).value();
  REQUIRE(provided.credential);
  CHECK(provided.credential->password.reveal() == "t0ken");
}

TEST_CASE("services: a denied call names the plugin, the resource and the missing permission") {
  const TempDir home;
  home.write(".tools/config", "login = sh -c 'exit 3'\n");
  PluginRun run;
  run.options.variables = variables_of({{"HOME", home.path()}});
  CHECK(answer_of(run, "env", "TOOLS_TOKEN") == "(none)");
  for (const auto& [what, with] : {std::pair("env", "HOME"),
                                   {"file", "/etc/passwd"},
                                   {"file", "~/.tools/cache/../config"},
                                   {"exec", "sh -c true"},
                                   {"exec", "/bin/cat"}}) {
    const std::string tried = with;
    CAPTURE(tried);
    CHECK(answer_of(run, what, with) == "flavor.denied");
  }
  CHECK(run.log.has("message=flavor tools is not allowed to read the file \"/etc/passwd\""));
  CHECK(run.log.has("\"file:/etc/passwd\" to PERMISSIONS"));
  CHECK(answer_of(run, "swallow", "/etc/shadow") == "kept to itself");
  CHECK(run.log.has("is not allowed to read the file \"/etc/shadow\""));
}

TEST_CASE("permission policy: a setting names a host, a file or a program, if the user set it") {
  const TempDir directory;
  const auto file = directory.write("token", "s3cret");
  const flavor::UserSettings settings{{"api-url", "https://gitlab.example:8443/api"},
                                      {"plain", "http://127.0.0.1:9"},
                                      {"token-file", file},
                                      {"home-file", "~/token"},
                                      {"kernel-file", "/proc/self/environ"},
                                      {"program", "/usr/bin/acme-login"},
                                      {"name", "acme-login"}};
  const flavor::PermissionPolicy policy(
      "acme",
      {"http:{setting api-url}", "http:{setting plain}", "file:{setting token-file}",
       "file:{setting home-file}", "file:{setting kernel-file}", "exec:{setting program}",
       "exec:{setting name}", "http:{setting unset}", "file:{setting unset}",
       "exec:{setting unset}"},
      [&](std::string_view name) {
        return name == "HOME" ? std::optional<std::string>(directory.path()) : std::nullopt;
      },
      settings);
  CHECK(policy.call("https://gitlab.example:8443/other").has_value());
  CHECK(policy.call("http://127.0.0.1:9/").has_value());
  for (const char* url : {"https://gitlab.example/", "http://gitlab.example:8443/",
                          "https://127.0.0.1:9/", "https://other.example:8443/", "https:///"})
    CHECK_MESSAGE(!policy.call(url), url);
  CHECK(policy.read_file(file).value() == "s3cret");
  CHECK_FALSE(policy.read_file(file + "2"));
  for (const char* path : {"~/token", "/proc/self/environ", "", "token"})
    CHECK_MESSAGE(!policy.read_file(path), path);
  CHECK(policy.run({"/usr/bin/acme-login", "get"}).has_value());
  for (const char* program : {"acme-login", "/usr/bin/acme", ""})
    CHECK_MESSAGE(!policy.run({program}), program);
  CHECK(flavor::describe_permission("http:{setting api-url}") ==
        "calls the host named by setting api-url");
  for (const char* text :
       {"env:{setting a}", "http:{setting }", "http:{setting A}", "http:{setting a.b}",
        "http:{setting a}|b.example", "credentials:{setting a}"})
    CHECK_MESSAGE(!flavor::parse_permission(text), text);
}
