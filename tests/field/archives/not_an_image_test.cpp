// Sources that are not an image, or not of the given transport: what they are, and what to type
// instead.
#include "field/archives/bench.hpp"

using namespace berth;
using test::bench;
using test::mentions;

namespace {

// The push fails with that status; the message contains `what`, and the fix is or contains `fix`.
void check_explained(const std::string& source, int status, std::string_view what,
                     std::string_view fix) {
  CAPTURE(source);
  const auto pushed = bench().push(source);
  bench().check_refused(pushed, status);
  CHECK_MESSAGE(mentions(pushed.error("message") + "\n" + pushed.error("cause"), what),
                pushed.result.out);
  CHECK_MESSAGE(mentions(pushed.error("fix"), fix), pushed.result.out);
}

std::string write_tar(const std::string& name, const test::Files& files) {
  return bench().directory.write(name, test::tar_of(files));
}

void unpack(const std::string& tar, const std::string& directory) {
  REQUIRE(test::run_command({"mkdir", "-p", directory}).status == 0);
  REQUIRE(test::run_command({"tar", "-xf", tar, "-C", directory}).status == 0);
}

}  // namespace

TEST_CASE("field: docker export, given as an image (skopeo#2782, skopeo#323)") {
  const auto file =
      write_tar("export.tar", {{".dockerenv", ""}, {"bin/sh", "#"}, {"etc/passwd", "root"}});
  for (const char* transport : {"docker-archive:", "oci-archive:"})
    check_explained(transport + file, test::kNotFound, "docker export", "docker save");
  test::Files many{{"etc/passwd", ""}, {"usr/bin/sh", ""}};
  for (int i = 0; i < 50'001; ++i) many.emplace_back(fmt::format("usr/share/{}", i), "");
  check_explained("docker-archive:" + write_tar("large.tar", many), test::kNotFound,
                  "docker export", "docker save");
}

TEST_CASE("field: an archive of the other kind (ggcr#2109, ggcr#726, podman#4450)") {
  auto& b = bench();
  test::write_layout(b.directory, "layout", "1", {"one"});
  const auto oci = b.directory / "oci.tar";
  REQUIRE(test::run_command({"tar", "-C", b.directory / "layout", "-cf", oci, "."}).status == 0);
  const auto docker = b.directory.write("docker.tar", test::docker_archive({"one"}).tar());
  check_explained("docker-archive:" + oci, test::kUsage, "OCI archive", "oci-archive:" + oci);
  check_explained("oci-archive:" + docker, test::kUsage, "docker archive",
                  "docker-archive:" + docker);
  check_explained("oci:" + oci, test::kUsage, "OCI archive", "oci-archive:" + oci);
  check_explained("oci:" + docker, test::kUsage, "docker archive", "docker-archive:" + docker);
}

TEST_CASE("field: unpacked archives (skopeo#2378, skopeo#329)") {
  auto& b = bench();
  test::write_layout(b.directory, "layout", "1", {"one"});
  check_explained("docker-archive:" + (b.directory / "layout"), test::kUsage, "OCI layout",
                  "oci:" + (b.directory / "layout"));
  const auto directory = b.directory / "unpacked";
  unpack(b.directory.write("docker.tar", test::docker_archive({"one"}).tar()), directory);
  for (const char* transport : {"docker-archive:", "oci-archive:", "oci:"})
    check_explained(transport + directory, test::kUsage, "unpacked docker archive",
                    "tar -C " + directory + " -c . | berth push docker-archive:-");
  // The fix works.
  const auto fixed = test::run_command(
      {"sh", "-c", "tar -C " + directory + " -c . > " + (b.directory / "again.tar")});
  REQUIRE(fixed.status == 0);
  b.check_pushed(b.push("docker-archive:" + (b.directory / "again.tar")));
}

TEST_CASE("field: skopeo's dir:, as a directory and packed (skopeo#425)") {
  auto& b = bench();
  test::write_layout(b.directory, "layout", "1", {"one"});
  const auto directory = b.directory / "dir";
  REQUIRE(test::run_command({"skopeo", "copy", "-q", "oci:" + (b.directory / "layout") + ":1",
                             "dir:" + directory})
              .status == 0);
  check_explained("oci:" + directory, test::kUsage, "dir:", "skopeo copy dir:" + directory);
  check_explained("dir:" + directory, test::kUsage, "unsupported transport",
                  "skopeo copy dir:" + directory);
  const auto packed = b.directory / "dir.tar";
  REQUIRE(test::run_command({"tar", "-C", directory, "-cf", packed, "."}).status == 0);
  check_explained("docker-archive:" + packed, test::kUsage, "dir:", "skopeo copy dir:");
}

TEST_CASE("field: a path without a transport (skopeo#2399)") {
  auto& b = bench();
  const auto docker = b.directory.write("docker.tar", test::docker_archive({"one"}).tar());
  check_explained(docker, test::kUsage, "requires a transport", "docker-archive:" + docker);
  check_explained(docker + ":demo/app:1", test::kUsage, "requires a transport",
                  "docker-archive:" + docker + ":demo/app:1");
  test::write_layout(b.directory, "layout", "1", {"one"});
  const auto layout = b.directory / "layout";
  check_explained(layout, test::kUsage, "requires a transport", "oci:" + layout);
  check_explained(layout + ":1", test::kUsage, "requires a transport", "oci:" + layout + ":1");
  REQUIRE(test::run_command({"tar", "-C", layout, "-cf", b.directory / "oci.tar", "."}).status ==
          0);
  check_explained(b.directory / "oci.tar", test::kUsage, "requires a transport",
                  "oci-archive:" + (b.directory / "oci.tar"));
  check_explained(b.directory / "dokcer.tar", test::kNotFound, "not found",
                  b.directory / "docker.tar");
  check_explained("-", test::kUsage, "requires a transport", "docker-archive:-");
}

TEST_CASE("field: transports of other tools (skopeo#2378)") {
  const std::pair<const char*, const char*> cases[] = {
      {"containers-storage:localhost/app:1",
       "podman save localhost/app:1 | berth push docker-archive:-"},
      {"docker-image://ghcr.example/a/b:1", "docker://ghcr.example/a/b:1"},
      {"https://ghcr.example/a/b:1", "docker://ghcr.example/a/b:1"},
      {"oci-layout:///srv/img", "oci:/srv/img"},
      {"ocidir://img", "oci:img"},
      {"tarball:/srv/app.tar", "docker-archive:/srv/app.tar"},
      {"oci-archvie:/srv/app.tar", "did you mean oci-archive:/srv/app.tar?"},
  };
  for (const auto& one : cases)
    check_explained(one.first, test::kUsage, "unsupported transport", one.second);
}

TEST_CASE("field: images below a directory or in another archive") {
  auto& b = bench();
  const auto archive = test::docker_archive({"one"});
  test::Files below;
  for (const auto& [name, bytes] : archive.files()) below.emplace_back("app/" + name, bytes);
  check_explained("docker-archive:" + write_tar("below.tar", below), test::kUsage, "below app/",
                  "tar -C app -c . | berth push docker-archive:-");
  const auto outer = write_tar("artifacts.tar", {{"app.tar", archive.tar()}, {"README", ""}});
  check_explained("docker-archive:" + outer, test::kUsage, "app.tar",
                  "tar -xOf " + outer + " app.tar | berth push docker-archive:-");
  b.directory.write("dist/app.tar", archive.tar());
  check_explained("oci:" + (b.directory / "dist"), test::kUsage, "app.tar",
                  "docker-archive:" + (b.directory / "dist/app.tar"));
}

TEST_CASE("field: docker save before version 1.10 (moby#18170, podman#666)") {
  const auto file = write_tar(
      "v1.tar", {{"repositories", "{}"}, {"f6808a3e/layer.tar", "x"}, {"f6808a3e/json", "{}"}});
  check_explained("docker-archive:" + file, test::kUsage, "1.10", "save it again");
}

TEST_CASE("field: kaniko without --destination writes null (ggcr#697)") {
  check_explained("docker-archive:" + write_tar("null.tar", {{"manifest.json", "null"}}),
                  test::kNotFound, "null", "--destination");
}

TEST_CASE(
    "field: files that are no archive (moby#29625, ContractFuzzer#5, "
    "mongodb-raspberrypi-docker#15)") {
  auto& b = bench();
  const auto explained = [&](const std::string& name, const std::string& bytes, const char* what,
                             const char* fix) {
    check_explained("docker-archive:" + b.directory.write(name, bytes), test::kUsage, what, fix);
  };
  explained("lfs.tar", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
            "Git LFS", "git lfs pull");
  explained("page.tar", "<!DOCTYPE html><title>404</title>", "web page", "address");
  explained("powershell.tar", std::string("\xff\xfeh\0e\0", 6), "PowerShell", "docker save -o");
  explained("nix", "#!/nix/store/python3\n", "streamLayeredImage", "| berth push docker-archive:-");
  explained("text.tar", std::string(2000, 'x'), "not a tar archive", "");
  check_explained(
      "docker-archive:" + write_tar("chart.tgz", {{"app/Chart.yaml", ""}, {"app/values.yaml", ""}}),
      test::kNotFound, "Helm chart", "helm push");
  check_explained(
      "docker-archive:" + write_tar("context.tar", {{"Dockerfile", "FROM x"}, {"main.go", ""}}),
      test::kNotFound, "build context", "docker build");
  check_explained("docker-archive:" + write_tar("other.tar", {{"a", ""}, {"b", ""}}),
                  test::kNotFound, "it contains: a, b", "");
}

TEST_CASE("field: a colon in the name of an archive (podman#15963)") {
  auto& b = bench();
  const auto archive = test::docker_archive({"one"});
  b.check_stored(b.push("docker-archive:" + b.directory.write("app:1.2.tar", archive.tar())),
                 archive.config, archive.layers);
  test::write_layout(b.directory, "app:1.2", "latest", {"one"});
  b.check_pushed(b.push("oci:" + (b.directory / "app:1.2")));
}
