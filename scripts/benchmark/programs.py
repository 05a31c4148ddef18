"""berth and its peers: where they are, their versions, and the commands by which each pushes an image."""
import dataclasses
import json
import pathlib
import re
import shutil
import subprocess


@dataclasses.dataclass
class Program:
    """A program under test. `push(source, destinations, daemon)` returns its commands, or None if it has none
    for that source; the commands of `prepare` run before and are not timed. `daemon`: address of the Docker daemon."""
    name: str
    path: str
    version: str
    push: object
    prepare: object = lambda source, destination, daemon: []
    in_daemon: bool = False  # whether the Docker daemon pushes
    destinations: int = 0  # of a case with several; 0: all of them

    @property
    def title(self):
        return f"{self.name} {self.version}".strip()


def reference(source):
    """A berth and skopeo reference of a source."""
    transports = {"archive": "docker-archive:{}:bench:1", "layout": "oci:{}:1", "daemon": "docker-daemon:{}", "registry": "docker://{}"}
    return transports[source.kind].format(source.place)


def berth_push(path, options=()):
    """berth takes all destinations in one command."""
    return lambda source, destinations, daemon: [[path, "push", "-q", *options, reference(source), *destinations]]


def each(command):
    """One command for each destination, one after the other."""
    def push(source, destinations, daemon):
        commands = [command(source, destination, daemon) for destination in destinations]
        return None if None in commands else commands
    return push


def skopeo_push(path):
    def command(source, destination, daemon):
        options = ["--src-daemon-host", daemon] if source.kind == "daemon" else []
        options += ["--src-tls-verify=false"] if source.kind == "registry" else []
        return [path, "--insecure-policy", "copy", "-q", *options, "--dest-tls-verify=false", reference(source), f"docker://{destination}"]
    return each(command)


def crane_push(path):
    def command(source, destination, daemon):
        if source.kind in ("archive", "layout"):
            return [path, "push", "--insecure", source.place, destination]
        return [path, "copy", "--insecure", source.place, destination] if source.kind == "registry" else None
    return each(command)


def oras_push(path):
    def command(source, destination, daemon):
        if source.kind == "layout":
            return [path, "cp", "--no-tty", "--from-oci-layout", f"{source.place}:{source.tag}", "--to-plain-http", destination]
        if source.kind == "registry":
            return [path, "cp", "--no-tty", "--from-plain-http", "--to-plain-http", source.place, destination]
        return None
    return each(command)


def regctl_push(path):
    def hosts(*references):
        return [option for place in references for option in ("--host", f"reg={place.partition('/')[0]},tls=disabled")]

    def command(source, destination, daemon):
        if source.kind == "archive":
            return [path, *hosts(destination), "image", "import", destination, source.place]
        if source.kind == "layout":
            return [path, *hosts(destination), "image", "copy", f"ocidir://{source.place}:{source.tag}", destination]
        if source.kind == "registry":
            return [path, *hosts(source.place, destination), "image", "copy", source.place, destination]
        return None
    return each(command)


def docker_push(path):
    def command(source, destination, daemon):
        return [path, "push", "-q", destination] if source.kind == "daemon" else None
    return each(command)


def docker_tag(path):
    return lambda source, destination, daemon: [[path, "tag", source.place, destination]] if source.kind == "daemon" else []


# Name: its commands, and how it prints its version. docker's version is the daemon's, which does the work.
PEERS = {"skopeo": (skopeo_push, ["skopeo", "--version"]), "crane": (crane_push, ["crane", "version"]),
         "oras": (oras_push, ["oras", "version"]), "regctl": (regctl_push, ["regctl", "version"]),
         "docker": (docker_push, ["dockerd", "--version"])}


def version_of(command, recorded=None):
    """The version that a program prints, or that its package has."""
    if recorded:
        return re.match(r"[\d.]+", recorded)[0]
    try:
        printed = subprocess.run(command, capture_output=True, text=True, timeout=30).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""
    found = re.search(r"\d+\.\d+(\.\d+)?", printed)
    return found[0] if found else ""


def find_peers(directory):
    """The installed peers by name; in `directory` are those that --fetch-peers unpacked."""
    unpacked = pathlib.Path(directory, "usr/bin")
    try:
        recorded = json.loads(pathlib.Path(directory, "versions.json").read_text())
    except (OSError, ValueError):
        recorded = {}
    found = {}
    for name, (push, version) in PEERS.items():
        own = unpacked / name
        path = str(own) if own.exists() else shutil.which(name)
        if path is None:
            continue
        package = recorded.get(name) if own.exists() else None
        found[name] = Program(name, path, version_of([path if version[0] == name else version[0], *version[1:]], package), push(path))
    if "docker" in found:
        found["docker"].prepare = docker_tag(found["docker"].path)
        found["docker"].in_daemon = True
    return found


def find_programs(options):
    """All programs by name, berth first."""
    def berth(path, name):
        return Program(name, path, version_of([path, "version"]), berth_push(path))

    if not pathlib.Path(options.berth).exists():
        raise SystemExit(f"{options.berth} not found: build it with scripts/configure release && cmake --build --preset release,"
                         " or name another with --berth")
    programs = {"berth": berth(options.berth, "berth")}
    if options.before:
        programs["before"] = berth(options.before, "before")
    return programs | find_peers(options.peers)


def variant(program, name, *options, destinations=0):
    """berth with more options or fewer destinations, as a program of its own."""
    return dataclasses.replace(program, name=name, version="", push=berth_push(program.path, options), destinations=destinations)
