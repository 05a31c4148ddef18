"""The servers of a measurement: registries, sinks, lines, and a Docker daemon. Each is a context manager."""
import ctypes
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
REQUEST = re.compile(r'"(?:GET|HEAD|POST|PATCH|PUT|DELETE) /v2/', re.ASCII)
READY_SECONDS = 60


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def stop(process, seconds=20):
    process.terminate()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def wait_until(ready, process, name, log):
    """Calls `ready` until it returns true."""
    deadline = time.monotonic() + READY_SECONDS
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"{name} did not start:\n{pathlib.Path(log).read_text(errors='replace')[-2000:]}")
        time.sleep(0.01)


class Registry:
    """Debian's docker-registry with empty storage in memory."""

    def __init__(self, directory):
        self._directory = tempfile.mkdtemp(prefix="registry-", dir=directory)
        self.port = free_port()
        self.host = f"127.0.0.1:{self.port}"
        self._log = pathlib.Path(self._directory, "log")
        config = pathlib.Path(self._directory, "config.yml")
        config.write_text(f"version: 0.1\nlog: {{ level: error }}\n"
                          f"storage: {{ filesystem: {{ rootdirectory: {self._directory}/data }} }}\n"
                          f"http: {{ addr: {self.host} }}\n")
        with open(self._log, "wb") as log:
            self._process = subprocess.Popen(["docker-registry", "serve", config], stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def __enter__(self):
        wait_until(self._answers, self._process, "docker-registry", self._log)
        return self

    def __exit__(self, *_):
        stop(self._process)
        shutil.rmtree(self._directory, ignore_errors=True)

    def _answers(self):
        try:
            urllib.request.urlopen(f"http://{self.host}/v2/", timeout=5).close()
            return True
        except OSError:
            return False

    def requests(self):
        """The requests so far, from the access log."""
        return len(REQUEST.findall(self._log.read_text(errors="replace")))

    @staticmethod
    def traffic():
        return 0, 0  # only lines and sinks count bytes

    def layers_of(self, repository, tag):
        return layers_of(self.host, repository, tag)


def layers_of(host, repository, tag):
    """The number of layers of a tag, after looking for each of its blobs."""
    accept = ", ".join(("application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json"))
    manifest = urllib.request.Request(f"http://{host}/v2/{repository}/manifests/{tag}", headers={"Accept": accept})
    with urllib.request.urlopen(manifest, timeout=30) as response:
        layers = json.load(response)["layers"]
    for layer in layers:
        blob = urllib.request.Request(f"http://{host}/v2/{repository}/blobs/{layer['digest']}", method="HEAD")
        with urllib.request.urlopen(blob, timeout=30) as response:
            if int(response.headers["Content-Length"]) != layer["size"]:
                raise RuntimeError(f"{layer['digest']} has another size than the manifest states")
    return len(layers)


class Helper:
    """A program beside this file that prints its port, and for each line of input a line of numbers."""

    def __init__(self, script, *arguments):
        self._process = subprocess.Popen([sys.executable, "-B", HERE / script, *map(str, arguments)],
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self):
        self.port = int(self._process.stdout.readline())
        self.host = f"127.0.0.1:{self.port}"
        return self

    def __exit__(self, *_):
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()

    def numbers(self):
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return tuple(int(number) for number in self._process.stdout.readline().split())


class Line(Helper):
    """A line to a server on this machine: `round_trip` in milliseconds, `mbit` per second; 0 is no limit."""

    def __init__(self, port, round_trip=0, mbit=0):
        handshake = ["--handshake"] if round_trip else []
        super().__init__("line.py", port, "--round-trip", round_trip, "--mbit", mbit, *handshake)

    def traffic(self):
        """Bytes from clients and bytes from the server so far."""
        return self.numbers()


class Sink(Helper):
    """A registry that discards."""

    def __init__(self):
        super().__init__("sink.py")

    def requests(self):
        return self.numbers()[0]

    def traffic(self):
        """Bytes of the bodies received so far."""
        return self.numbers()[1], 0

    def layers_of(self, repository, tag):
        return layers_of(self.host, repository, tag)


class Daemon:
    """dockerd with an image of its own, as root. Mounts are in a mount namespace and vanish with it."""

    def __init__(self, directory):
        self._directory = tempfile.mkdtemp(prefix="docker-", dir=directory)
        self.host = f"unix://{self._directory}/docker.sock"
        self._log = pathlib.Path(self._directory, "log")
        with open(self._log, "wb") as log:
            self._process = subprocess.Popen(
                ["unshare", "--mount", "--propagation", "private", "dockerd", "--iptables=false", "--bridge=none",
                 "--storage-driver=vfs", "--data-root", f"{self._directory}/data", "--exec-root", f"{self._directory}/exec",
                 "--pidfile", f"{self._directory}/pid", "--host", self.host],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    @staticmethod
    def missing():
        """Why no daemon can run here, or None."""
        for program in ("unshare", "dockerd", "containerd", "docker"):
            if not shutil.which(program):
                return f"{program} is not installed"
        return "dockerd requires root" if os.geteuid() else None

    def __enter__(self):
        try:
            wait_until(self._answers, self._process, "dockerd", self._log)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        stop(self._process)
        shutil.rmtree(self._directory, ignore_errors=True)

    def _answers(self):
        try:
            with socket.socket(socket.AF_UNIX) as probe:
                probe.connect(f"{self._directory}/docker.sock")
                probe.sendall(b"GET /_ping HTTP/1.0\r\n\r\n")
                return b" 200 " in probe.recv(100)
        except OSError:
            return False

    def load(self, archive):
        environment = {"PATH": os.environ["PATH"], "HOME": self._directory, "DOCKER_HOST": self.host}
        done = subprocess.run(["docker", "load", "-q", "-i", archive], env=environment, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"docker load: {done.stderr.strip()}")

    def cpu_seconds(self):
        """User and system time of the daemon so far."""
        fields = pathlib.Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return sum(int(field) for field in fields[11:15]) / os.sysconf("SC_CLK_TCK")

    def reset_peak(self):
        pathlib.Path(f"/proc/{self._process.pid}/clear_refs").write_text("5")

    def peak_memory(self):
        """Bytes of the resident set at most since reset_peak()."""
        status = pathlib.Path(f"/proc/{self._process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) << 10


class ContainersCache:
    """An empty /var/lib/containers/cache for this process and its children: skopeo keeps there for
    root what it keeps in the home of other users. The machine's own directory is untouched."""
    PATH = pathlib.Path("/var/lib/containers/cache")

    def __init__(self):
        self._mounted = os.geteuid() == 0 and self._mount()
        self.separate = self._mounted or os.geteuid() != 0

    def _mount(self):
        clone_newns, ms_rec, ms_private = 0x20000, 0x4000, 1 << 18
        libc = ctypes.CDLL(None)
        self.PATH.mkdir(parents=True, exist_ok=True)
        return (libc.unshare(clone_newns) == 0 and
                libc.mount(b"none", b"/", None, ms_rec | ms_private, None) == 0 and
                libc.mount(b"none", os.fsencode(self.PATH), b"tmpfs", 0, None) == 0)

    def clear(self):
        for path in self.PATH.iterdir() if self._mounted else ():
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def exit_on_signals():
    """Lets SIGTERM and SIGHUP end the program as an exception does, so that every server is stopped."""
    def leave(number, _):
        raise SystemExit(128 + number)

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, leave)
