"""What plugins cost: listing 200 of them at three sizes, and one call of one of them."""
import os
import pathlib
import shutil
import statistics
import subprocess

from benchmark import images, measure

COUNT = 200
SIZES = (0, 140 << 10, 1 << 20)  # bytes of constant data, added to the smallest plugin
PLACEHOLDER = "berthbench000"
PLUGIN = """
#include <berth/container_registry.hpp>
#if PADDING > 0
__attribute__((used)) static const unsigned char padding[PADDING] = {1};
#endif
namespace {
class Bench : public berth::BaseContainerRegistry {
 public:
  static constexpr char FLAVOR[] = "%s";
  static constexpr char VERSION[] = "1.0.0";
  void prepare_image_push(berth::CallContext& call, const berth::Image& image) override {
    if (image.repository().empty()) call.report(berth::error, "%s.repository", "empty", "name it");
  }
};
}  // namespace
BERTH_PLUGIN(Bench)
""" % (PLACEHOLDER, PLACEHOLDER)
# What a host does that loads every plugin to list it, and what one does that starts a program for each.
BASELINE = """
#include <dlfcn.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
extern char** environ;
int main(int count, char** arguments) {
  if (count == 1) return 0;
  for (int i = 2; i < count; ++i) {
    if (strcmp(arguments[1], "load") == 0) {
      if (!dlopen(arguments[i], RTLD_NOW | RTLD_LOCAL)) return fprintf(stderr, "%s\\n", dlerror()), 1;
      continue;
    }
    char* argv[] = {arguments[0], NULL};
    pid_t pid;
    int status;
    if (posix_spawn(&pid, arguments[0], NULL, NULL, argv, environ) || waitpid(pid, &status, 0) < 0 || status) return 1;
  }
}
"""


def compile_all(root, work):
    """The plugin of each size and the baseline program."""
    (work / "plugin.cpp").write_text(PLUGIN)
    (work / "baseline.c").write_text(BASELINE)
    made = []
    for size in SIZES:
        made.append(work / f"plugin{size}.so")
        subprocess.run(["g++", "-std=c++17", "-O2", "-s", "-shared", "-fPIC", f"-DPADDING={size}", f"-I{root}/sdk/include",
                        work / "plugin.cpp", "-o", made[-1]], check=True)
    subprocess.run(["gcc", "-O2", work / "baseline.c", "-o", work / "baseline", "-ldl"], check=True)
    return made, work / "baseline"


def write_copies(plugin, directory):
    """`COUNT` plugins that differ only in the flavor's name; returns their files."""
    content = plugin.read_bytes()
    directory.mkdir()
    files = []
    for number in range(COUNT):
        name = f"{PLACEHOLDER[:-3]}{number:03}"
        files.append(directory / f"{name}.so")
        files[-1].write_bytes(content.replace(PLACEHOLDER.encode(), name.encode()))
        files[-1].chmod(0o755)
    os.sync()
    return files


def require_listed(berth, files, environment):
    """Otherwise a list would be measured that leaves out what it rejects."""
    listed = subprocess.run([berth, "flavor", "list", "--flavor-path", files[0].parent], env=environment, capture_output=True, text=True)
    missing = [file.stem for file in files if file.stem not in listed.stdout]
    if missing:
        raise SystemExit(f"berth does not list {len(missing)} of the plugins: {missing[0]}\n{listed.stderr}")


def forget(files):
    """Drops the files from the page cache, as if they had never been read."""
    for file in files:
        with open(file, "rb") as opened:
            os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def in_turn(commands, environment, times, before=lambda: None):
    """Median milliseconds of each command, which take turns: {name: milliseconds}."""
    samples = {name: [] for name in commands}
    for _ in range(times):
        for name, command in commands.items():
            before()
            samples[name].append(measure.run(list(map(str, command)), environment)[0] * 1000)
    return {name: statistics.median(values) for name, values in samples.items()}


def measure_size(berth, baseline, files, environment, times):
    directory = files[0].parent
    require_listed(berth, files, environment)
    warm = {"berth version": [berth, "version"], "berth flavor list": [berth, "flavor", "list", "--flavor-path", directory],
            "load each": [baseline, "load", *files], "start a program for each": [baseline, "start", *files]}
    cold = {name: warm[name] for name in ("berth flavor list", "load each")}
    return {"bytes": files[0].stat().st_size, "warm_ms": in_turn(warm, environment, times),
            "cold_ms": in_turn(cold, environment, max(times // 4, 3), lambda: forget(files))}


def measure_call(berth, work, files, environment, times):
    """A check that starts the plugin's process, loads it and calls it, and one that is refused before that."""
    image = work / "image"
    layer = work / "layer.tar"
    layer.write_bytes(bytes(10240))
    images.write_layout(image, [layer], _Serial())
    check = [berth, "check", "--offline", "-q", f"oci:{image}:1", "localhost:5000/team/app:1", "--flavor-path", files[0].parent,
             "--uri", "localhost:5000/team", "--flavor"]
    return in_turn({"berth version": [berth, "version"], "check": [*check, files[0].stem]}, environment, times)


class _Serial:
    map = staticmethod(map)


def print_report(results):
    print(f"\nlisting {COUNT} plugins, median ms; \"more\" is beyond berth version")
    print(f"  {'size':>8} {'version':>8} {'list':>8} {'more':>7} {'cold':>8} {'load each':>10} {'cold':>8} {'start each':>11}")
    for size in results["sizes"]:
        warm, cold = size["warm_ms"], size["cold_ms"]
        more = warm["berth flavor list"] - warm["berth version"]
        print(f"  {size['bytes'] / 1000:>5.0f} kB {warm['berth version']:>8.1f} {warm['berth flavor list']:>8.1f} {more:>7.1f}"
              f" {cold['berth flavor list']:>8.1f} {warm['load each']:>10.1f} {cold['load each']:>8.1f} {warm['start a program for each']:>11.1f}")
    call = results["call_ms"]
    print(f"\none plugin: check --offline starts its process, loads it and calls it in {call['check'] - call['berth version']:.1f} ms"
          f" beyond berth version ({call['check']:.1f} ms in all)")


def run(root, berth, times, directory):
    """Measures and prints. The plugins are below `directory`, on a disk, so that they can be dropped from the cache."""
    for program in ("g++", "gcc"):
        if not shutil.which(program):
            raise SystemExit(f"{program} not found: it compiles the plugins")
    work = pathlib.Path(directory)
    (work / "home").mkdir()
    environment = {"PATH": os.environ["PATH"], "HOME": str(work / "home")}
    plugins, baseline = compile_all(root, work)
    copies = [write_copies(plugin, work / f"copies{size}") for plugin, size in zip(plugins, SIZES)]
    results = {"count": COUNT, "sizes": [measure_size(berth, baseline, files, environment, times) for files in copies],
               "call_ms": measure_call(berth, work, copies[0], environment, times)}
    print_report(results)
    return results
