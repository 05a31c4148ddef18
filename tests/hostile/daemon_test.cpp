// A broken or malicious docker daemon: wrong sizes, endless bodies, malformed archives, no
// response.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "base/json_parser.hpp"
#include "support/berth.hpp"
#include "support/images.hpp"
#include "support/scripted_server.hpp"

using namespace berth;
using test::Berth;
using test::Received;
using test::Scripted;
using test::ScriptedServer;

namespace {

const std::string kId = "sha256:" + std::string(64, 'a');
const std::string kTar = "Content-Type: application/x-tar\r\n";

std::string inspected(const std::string& id = kId) {
  return test::http_answer(200, R"({"Id":")" + id + R"("})");
}

// A minimal daemon whose archive is chosen by the test.
test::Handler daemon_with(Scripted archive, const std::string& inspect = inspected()) {
  return [archive = std::move(archive), inspect](const Received& request) {
    if (request.target.find("_ping") != std::string::npos)
      return Scripted{test::http_answer(200, "OK")};
    if (request.target.ends_with("/json")) return Scripted{inspect};
    return archive;
  };
}

class Machine {
 public:
  explicit Machine(const test::Handler& handler) : daemon_(handler) {
    boost::filesystem::create_directories(berth_.home() / "tmp");
  }
  test::CommandResult push(const std::vector<std::string>& more = {},
                           const std::string& name = "app:1") {
    std::vector<std::string> arguments{"push",
                                       "docker-daemon:" + name,
                                       "app:1",
                                       "--flavor",
                                       "layout",
                                       "--uri",
                                       "oci:" + (berth_.home() / "shelf"),
                                       "-o",
                                       "json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    test::CommandOptions options;
    options.environment = {{"DOCKER_HOST", "tcp://127.0.0.1:" + std::to_string(daemon_.port())},
                           {"TMPDIR", berth_.home() / "tmp"},
                           {"BERTH_SPOOL_LIMIT", "20000000"}};
    const auto result = berth_.run(arguments, options);
    CHECK_FALSE(result.timed_out);
    CHECK_MESSAGE(result.status < 128, result.err);  // no crash
    CHECK(boost::filesystem::is_empty(berth_.home() / "tmp"));
    CHECK_FALSE(boost::filesystem::exists(berth_.home() / "evil"));
    CHECK(result.err.find('\x1b') == std::string::npos);
    CHECK(result.out.find('\x1b') == std::string::npos);
    return result;
  }
  [[nodiscard]] const Berth& berth() const { return berth_; }
  ScriptedServer& daemon() { return daemon_; }

 private:
  Berth berth_;
  ScriptedServer daemon_;
};

std::string error_code(const test::CommandResult& result) {
  const auto document = base::parse_json(result.out, "the output");
  const auto* error = document ? document->find("error") : nullptr;
  return error != nullptr ? error->string_or("code", "") : "no error";
}

std::string good_archive() { return test::docker_archive({test::tar_of({{"f", "x"}})}).tar(); }

std::string code_of_archive(const std::string& bytes) {
  return error_code(Machine(daemon_with({test::http_answer(200, bytes, kTar)})).push());
}

// An entry that is not a regular file.
std::string special_entry(const std::string& name, char type, const std::string& target) {
  auto header = test::tar_header(name, 0);
  header[156] = type;
  target.copy(header.data() + 157, 100);
  std::fill(header.begin() + 148, header.begin() + 156, ' ');
  unsigned sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  fmt::format("{:06o}", sum).copy(header.data() + 148, 6);
  header[154] = '\0';
  return header;
}

}  // namespace

TEST_CASE("hostile daemon: the unmodified fake daemon is usable") {
  Machine machine(daemon_with({test::http_answer(200, good_archive(), kTar)}));
  CHECK(machine.push().status == 0);
}

TEST_CASE("hostile daemon: a wrong size is detected") {
  const auto archive = good_archive();
  const auto with_length = [&](const std::string& length, const std::string& body) {
    Scripted scripted{"HTTP/1.1 200 OK\r\nContent-Length: " + length + "\r\n\r\n" + body};
    scripted.hang_up = true;
    return error_code(Machine(daemon_with(scripted)).push());
  };
  CHECK(with_length(std::to_string(archive.size() + 1000), archive) == "daemon.lost");
  CHECK(with_length(std::to_string(archive.size() / 2), archive) == "source.truncated");
  // Without a number the header is ignored. The archive is complete, and verified.
  CHECK(with_length("18446744073709551615", archive) == "no error");
  CHECK(with_length("-1", archive) != "no error");
  CHECK(with_length("0", archive) != "no error");
}

TEST_CASE("hostile daemon: endless bodies are limited") {
  Scripted endless{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"};
  const std::string piece(1'000'000, 'x');
  const std::string chunk = fmt::format("{:x}\r\n{}\r\n", piece.size(), piece);
  endless.later.assign(100, chunk);
  endless.hang_up = true;
  CHECK(error_code(Machine(daemon_with(endless)).push()) == "source.spool");
  CHECK(error_code(Machine([endless](const Received&) { return endless; }).push()) ==
        "http.too-large");
  // The list of images, which is requested if the image is not found.
  CHECK(Machine([endless](const Received& request) {
          if (request.target.find("/images/json") != std::string::npos) return endless;
          if (request.target.find("_ping") != std::string::npos)
            return Scripted{test::http_answer(200, "OK")};
          return Scripted{test::http_answer(404, R"({"message":"no such image"})")};
        })
            .push()
            .status == 6);
}

TEST_CASE("hostile daemon: --timeout stops an unresponsive daemon") {
  Scripted silent{"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nx"};
  silent.wait = true;
  CHECK(Machine(daemon_with(silent)).push({"--timeout", "2s"}).status == 8);
  Scripted mute{""};
  mute.wait = true;
  CHECK(Machine([mute](const Received&) { return mute; }).push({"--timeout", "2s"}).status == 8);
}

TEST_CASE("hostile daemon: malformed archives are rejected, and nothing is extracted") {
  const auto image = test::docker_archive({test::tar_of({{"f", "x"}})});
  auto files = image.files();
  // Unreferenced entries are harmless, wherever they point to.
  for (const std::string& name :
       {std::string("../../evil"), std::string("/tmp/evil"), std::string("a/../../evil")}) {
    Machine machine(daemon_with(
        {test::http_answer(200, test::tar_entries({{name, "evil"}}) + image.tar(), kTar)}));
    CHECK(machine.push().status == 0);
  }
  for (const char type :
       {'1', '2', '3', '4', '5', '6', '7', 'x', 'g', 'L', 'K', 'S', 'Z', '\xff'}) {
    CAPTURE(static_cast<int>(type));
    Machine machine(daemon_with(
        {test::http_answer(200, special_entry("odd", type, "/etc/passwd") + image.tar(), kTar)}));
    CHECK(machine.push().status < 12);
  }
  // A manifest.json or a layer that is a link to outside of the archive, or to itself.
  for (const char type : {'1', '2'})
    for (const char* target : {"/etc/passwd", "../../../etc/passwd", "manifest.json"}) {
      CAPTURE(target);
      CHECK(code_of_archive(special_entry("manifest.json", type, target) +
                            std::string(1024, '\0')) != "no error");
    }
  const auto manifest = [](const std::string& config, const std::string& layer) {
    return test::tar_of({{"manifest.json",
                          fmt::format(R"([{{"Config":"{}","RepoTags":["app:1"],"Layers":["{}"]}}])",
                                      config, layer)}});
  };
  for (const char* path :
       {"/etc/passwd", "../../../../etc/passwd", "/proc/self/environ", "", "manifest.json"}) {
    CAPTURE(path);
    CHECK(code_of_archive(manifest(path, path)) != "no error");
  }
  // Sizes of entries beyond the archive, or negative in base 256.
  auto beyond = test::tar_header("manifest.json", 077777777777) + "[]";
  CHECK(code_of_archive(beyond) != "no error");
  auto negative = test::tar_header("manifest.json", 0);
  for (int i = 124; i < 136; ++i) negative[static_cast<std::size_t>(i)] = '\xff';
  CHECK(code_of_archive(negative + std::string(2048, '\0')) != "no error");
  CHECK(code_of_archive("") != "no error");
  CHECK(code_of_archive(std::string(100'000, '\0')) != "no error");
  CHECK(code_of_archive(test::noise(100'000, 1)) != "no error");
  CHECK(code_of_archive(test::tar_of({{"manifest.json", std::string(3'000'000, '[')}})) !=
        "no error");
}

TEST_CASE(
    "hostile daemon: an ID or a name cannot change the request path, and its text is escaped") {
  for (const char* id : {"../../containers/json", "sha256:../..", "", "a/./b"}) {
    CAPTURE(id);
    Machine machine(daemon_with({test::http_answer(200, good_archive(), kTar)}, inspected(id)));
    CHECK(machine.push().status == 9);
    for (const auto& request : machine.daemon().received())
      CHECK(request.target.find("containers") == std::string::npos);
  }
  Machine queried(
      daemon_with({test::http_answer(200, good_archive(), kTar)}, inspected("x?all=1#y")));
  CHECK(queried.push().status == 0);
  CHECK(queried.daemon().received().back().target.find("?all") == std::string::npos);
  Machine shouting([](const Received& request) {
    if (request.target.find("_ping") != std::string::npos)
      return Scripted{test::http_answer(200, "OK", "Api-Version: 1.41/../evil\r\n")};
    return Scripted{test::http_answer(500, "{\"message\":\"\\u001b[31mred\\u009b \\u202e\"}")};
  });
  CHECK(shouting.push().status == 9);
  for (const auto& request : shouting.daemon().received())
    CHECK(request.target.find("evil") == std::string::npos);
}
