"""The time until a program that does nothing ends, and what the sandbox of a plugin costs a push."""
import pathlib
import shutil
import statistics
import subprocess

from benchmark import measure, servers

BUILD_SECONDS = 120


def measure_start(programs, environment, times=40):
    """Median milliseconds of `berth version`, and of the peers' own, in turn: {name: milliseconds}."""
    commands = {name: [program.path, "--version" if name in ("skopeo", "docker") else "version"] for name, program in programs.items()}
    samples = {name: [] for name in commands}
    for _ in range(times):
        for name, command in commands.items():
            samples[name].append(measure.run(command, environment)[0] * 1000)
    return {name: statistics.median(values) for name, values in samples.items()}


def without_sandbox(berth, work):
    """A copy of berth whose worker has no sandbox; None where the build has no such worker."""
    build = pathlib.Path(berth).resolve().parent.parent
    try:
        made = subprocess.run(["cmake", "--build", build, "--target", "worker_without_sandbox"], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, timeout=BUILD_SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return None
    if made.returncode:
        return None
    prefix = work / "without-sandbox"
    (prefix / "bin").mkdir(parents=True)
    (prefix / "libexec/berth").mkdir(parents=True)
    shutil.copy(berth, prefix / "bin/berth")
    shutil.copy(build / "tests/hostile_programs/worker_without_sandbox", prefix / "libexec/berth/berth-flavor-worker")
    shutil.copytree(build / "lib", prefix / "lib")
    return str(prefix / "bin/berth")


def measure_isolation(berth, source, work, environment, pairs):
    """Median milliseconds of a push that changes nothing, with and without the sandbox, and their median difference;
    both programs in turn, with the same registry. None where the build has no worker without a sandbox."""
    other = without_sandbox(berth, work)
    if other is None:
        return None
    programs = {"with": berth, "without": other}
    times = {name: [] for name in programs}
    with servers.Registry(work) as registry:
        for _ in range(pairs + 1):
            for name, program in programs.items():
                command = [program, "push", "-q", f"oci:{source.place}:1", f"{registry.host}/bench/image:1"]
                times[name].append(measure.run(command, environment)[0] * 1000)
    # The first push uploads.
    measured = {name: values[1:] for name, values in times.items()}
    difference = statistics.median(a - b for a, b in zip(measured["with"], measured["without"]))
    return {"with": statistics.median(measured["with"]), "without": statistics.median(measured["without"]),
            "difference": difference, "pairs": pairs}
