"""The cases of the benchmark."""
from benchmark.images import Source
from benchmark.measure import Case, Step
from benchmark.programs import variant
from benchmark.servers import Daemon

ROUND_TRIP = 50  # milliseconds
RATE = 100       # Mbit per second
DESTINATIONS = 3


def able_to_push(programs, source, *variants, without=()):
    """berth, its variants, and the other programs that can push that source."""
    able = [program for name, program in programs.items()
            if name not in without and program.push(source, ["host/name:1"], "") is not None]
    return (able[0], *variants, *able[1:])


def archive(programs, sources):
    large = sources["large"]
    return Case("archive", (Step("archive", "docker archive, compressed during the push", large),
                            Step("archive-again", "the same archive again", large),
                            Step("archive-changed", "the archive with a changed top layer", sources["changed"])),
                able_to_push(programs, large))


def layout(programs, sources):
    return Case("layout", (Step("layout", "OCI layout", sources["layout"]),), able_to_push(programs, sources["layout"]))


def small(programs, sources):
    title = f"20 layers of 64 KiB, {ROUND_TRIP} ms round trip"
    return Case("small", (Step("small", title, sources["small"]), Step("small-again", title + ", again", sources["small"])),
                able_to_push(programs, sources["small"]), round_trip=ROUND_TRIP)


def line(programs, sources):
    source = sources["quarter"]
    slow = variant(programs["berth"], "berth gzip:small", "--compression", "gzip:small")
    return Case("line", (Step("line", f"docker archive, a quarter of the size, {RATE} Mbit/s", source),),
                able_to_push(programs, source, slow), mbit=RATE)


def from_daemon(programs, sources):
    source = sources.get("daemon")
    title = "image of the Docker daemon"
    return source and Case("daemon", (Step("daemon", title, source), Step("daemon-again", title + ", again", source)),
                           able_to_push(programs, source))


def fan_out(programs, sources):
    one = variant(programs["berth"], "berth, one destination", destinations=1)
    title = f"docker archive to {DESTINATIONS} destinations"
    # Three pushes of crane would take most of the benchmark's time.
    return Case("fan-out", (Step("fan-out", title, sources["large"]),),
                able_to_push(programs, sources["large"], one, without=("crane", "regctl")), destinations=DESTINATIONS)


def registry(programs, sources):
    copied = Source("registry", "", sources["layout"].layers)
    return Case("registry", (Step("registry", "registry to registry", copied),), able_to_push(programs, copied),
                origin=(programs["berth"], sources["layout"]))


def large_layer(programs, sources):
    source = sources.get("large-layer")
    own = tuple(program for name, program in programs.items() if name in ("berth", "before"))
    return source and Case("large-layer", (Step("large-layer", "docker archive with one layer of zeros", source),), own, destinations=1)


CASES = {"archive": archive, "layout": layout, "small": small, "line": line, "daemon": from_daemon, "fan-out": fan_out,
         "registry": registry, "large-layer": large_layer}
NAMES = tuple(CASES)


def create_cases(names, programs, sources):
    """The cases of those names; not those whose source was not created."""
    return [case for name, create in CASES.items() if name in names and (case := create(programs, sources))]


def why_no_daemon(programs):
    """Why the case of the daemon cannot be measured here, or None."""
    return Daemon.missing() if "docker" in programs else "docker is not installed"
