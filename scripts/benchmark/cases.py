"""The cases of the benchmark."""
from benchmark.measure import Case, Step
from benchmark.programs import variant
from benchmark.servers import Daemon

ROUND_TRIP = 50  # milliseconds
RATE = 100       # Mbit per second
DESTINATIONS = 3
NAMES = ("archive", "layout", "small", "line", "daemon", "fan-out", "registry")


def create_cases(names, programs, sources):
    """The cases of those names. Each has the programs that can push its source."""
    berth = programs["berth"]
    large = sources["large"]
    daemon = sources.get("daemon")

    def able(source, *more, without=()):
        named = [program for name, program in programs.items() if name not in without]
        return tuple(program for program in named if program.push(source, ["host/name:1"], "") is not None) + more

    def archive():
        return Case("archive", (Step("archive", "docker archive, compressed during the push", large),
                                Step("archive-again", "the same archive again", large),
                                Step("archive-changed", "the archive with a changed top layer", sources["changed"])), able(large))

    def layout():
        return Case("layout", (Step("layout", "OCI layout", sources["layout"]),), able(sources["layout"]))

    def small():
        return Case("small", (Step("small", f"20 layers of 64 KiB, {ROUND_TRIP} ms round trip", sources["small"]),
                              Step("small-again", "the same image again", sources["small"])),
                    able(sources["small"]), round_trip=ROUND_TRIP)

    def line():
        title = f"docker archive of a quarter, {RATE} Mbit/s"
        slow = variant(berth, "berth gzip:small", "--compression", "gzip:small")
        return Case("line", (Step("line", title, sources["quarter"]),), able(sources["quarter"], slow), mbit=RATE)

    def from_daemon():
        return Case("daemon", (Step("daemon", "image of the Docker daemon", daemon),
                               Step("daemon-again", "the same image again", daemon)), able(daemon)) if daemon else None

    def fan_out():
        one = variant(berth, "berth, one destination", destinations=1)
        title = f"docker archive to {DESTINATIONS} destinations"
        return Case("fan-out", (Step("fan-out", title, large),), able(large, one, without=("crane", "regctl")), destinations=DESTINATIONS)

    def registry():
        copied = sources["layout"].__class__("registry", "", sources["layout"].layers)
        return Case("registry", (Step("registry", "registry to registry", copied),), able(copied), origin=(berth, sources["layout"]))

    makers = dict(zip(NAMES, (archive, layout, small, line, from_daemon, fan_out, registry)))
    return [case for name in NAMES if name in names and (case := makers[name]())]


def why_no_daemon(programs):
    """Why the case of the daemon cannot be measured here, or None."""
    return Daemon.missing() if "docker" in programs else "docker is not installed"
