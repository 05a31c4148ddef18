"""Runs programs in turn and collects what each took."""
import contextlib
import ctypes
import dataclasses
import os
import signal
import statistics
import subprocess
import tempfile
import threading
import time

from benchmark import servers

REPOSITORY = "bench/image"
TIME_LIMIT = 180


class Failed(Exception):
    """A program failed; the text is the end of its error output."""


@dataclasses.dataclass
class Sample:
    """One push. CPU is user and system time of the program, its children and, where the image is there, the Docker
    daemon; memory is the largest resident set of any process, in bytes: of the daemon only for docker."""
    wall: float
    cpu: float
    memory: int
    requests: int = 0


@dataclasses.dataclass
class Result:
    """All samples of a program in a case. `sent` and `received`: bytes on the wire, None if not counted."""
    title: str
    samples: list = dataclasses.field(default_factory=list)
    sent: int | None = None
    received: int | None = None
    failure: str | None = None

    def median(self, field):
        return statistics.median(getattr(sample, field) for sample in self.samples)


# Waits for a line of input, then becomes the command. A shell starts it, since a process that is started counts the
# resident set of the one that started it as its own peak, and a shell is small. The shell ends before the command
# begins, so the command is a child of this process (become_subreaper()).
LAUNCH = 'exec 3<&0; (read go <&3; exec "$@" 3<&- >/dev/null) & echo $!'
PR_SET_CHILD_SUBREAPER = 36


def become_subreaper():
    """Makes this process the parent of its orphaned descendants. Call it before run()."""
    if ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise SystemExit("prctl(PR_SET_CHILD_SUBREAPER) failed")


def start_command(command, environment, errors):
    """A command that begins when a line is written to the second result; the first one is its process id."""
    shell = subprocess.Popen(["sh", "-c", LAUNCH, "sh", *command], env=environment, stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, stderr=errors, start_new_session=True)
    pid = int(shell.stdout.readline())
    shell.stdout.close()
    shell.wait()
    return pid, shell


def run(command, environment):
    """Runs one command; raises Failed. Returns its wall and CPU seconds and its peak memory in bytes."""
    with tempfile.TemporaryFile() as errors:
        pid, shell = start_command(command, environment, errors)
        watchdog = threading.Timer(TIME_LIMIT, os.killpg, (shell.pid, signal.SIGKILL))
        watchdog.start()
        try:
            begin = time.monotonic()
            os.write(shell.stdin.fileno(), b"\n")
            _, status, usage = os.wait4(pid, 0)
            wall = time.monotonic() - begin
        except BaseException:
            os.killpg(shell.pid, signal.SIGKILL)
            raise
        finally:
            watchdog.cancel()
            shell.stdin.close()
        if status:
            errors.seek(0)
            last = errors.read().decode(errors="replace").strip().splitlines()[-3:]
            raise Failed(f"exit status {os.waitstatus_to_exitcode(status)}: " + " / ".join(line.strip() for line in last))
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss << 10


def run_all(commands, environment, daemon=None):
    """Runs the commands of one push, one after the other."""
    begin = daemon.cpu_seconds() if daemon else 0
    parts = [run(command, environment) for command in commands]
    end = daemon.cpu_seconds() if daemon else 0
    return Sample(sum(part[0] for part in parts), sum(part[1] for part in parts) + end - begin, max(part[2] for part in parts))


@dataclasses.dataclass(frozen=True)
class Step:
    """A push that is measured, after the steps before it in the same home and registry."""
    name: str
    title: str
    source: object


@dataclasses.dataclass(frozen=True)
class Case:
    """Steps, programs that take part, and where they push: `destinations` sinks, or one registry behind a line with
    `round_trip` milliseconds and `mbit` per second (0: no line). `origin`: pushes the image that is copied."""
    name: str
    steps: tuple
    programs: tuple
    destinations: int = 0
    round_trip: float = 0
    mbit: float = 0
    origin: object = None

    @property
    def has_line(self):
        return bool(self.round_trip or self.mbit)


class Bench:
    """What all cases share. `work`: a directory in memory; `cache`: a servers.ContainersCache; `log`: prints a line."""

    def __init__(self, work, runs, count_bytes, cache, log):
        self._work, self._runs, self._count_bytes, self._cache, self._log = work, runs, count_bytes, cache, log
        self.daemon = None

    def measure(self, case):
        """{step name: {program name: Result}}. A program that fails is reported and not run again."""
        results = {step.name: {program.name: Result(program.title) for program in case.programs} for step in case.steps}
        # Bytes are counted by a line, and only the first run goes through one that does not slow it down.
        rounds = ["count"] if self._count_bytes and not case.has_line and not case.destinations else []
        for turn in rounds + list(range(self._runs)):
            for program in case.programs:
                if any(result[program.name].failure for result in results.values()):
                    continue
                begin = time.monotonic()
                try:
                    self._one_run(case, program, turn == "count", results)
                    self._log(f"{case.name} {program.name}, run {turn}: {time.monotonic() - begin:.1f} s")
                except (Failed, RuntimeError, OSError, ValueError, KeyError) as failure:
                    for step in case.steps:
                        results[step.name][program.name].failure = str(failure)
                    self._log(f"FAILED {case.name} {program.name}, run {turn}: {failure}")
        return results

    @contextlib.contextmanager
    def _environment(self):
        """An empty home: every program has one of its own in every run."""
        self._cache.clear()
        with tempfile.TemporaryDirectory(prefix="home-", dir=self._work, ignore_cleanup_errors=True) as home:
            variables = {"PATH": os.environ["PATH"], "HOME": home, "TMPDIR": home}
            if self.daemon:
                variables["DOCKER_HOST"] = self.daemon.host
            yield variables

    def _push(self, program, source, hosts, environment):
        """Pushes an image to each of the hosts; returns the sample."""
        destinations = [f"{host}/{REPOSITORY}:1" for host in hosts]
        daemon = self.daemon if source.kind == "daemon" else None
        address = daemon.host if daemon else None
        for destination in destinations:
            for command in program.prepare(source, destination, address):
                run(command, environment)
        if daemon:
            daemon.reset_peak()
        sample = run_all(program.push(source, destinations, address), environment, daemon)
        if program.in_daemon:
            sample.memory = daemon.peak_memory()
        return sample

    def _one_run(self, case, program, counting, results):
        with contextlib.ExitStack() as stack:
            environment = stack.enter_context(self._environment())
            if case.destinations:
                ends = [stack.enter_context(servers.Sink()) for _ in range(program.destinations or case.destinations)]
            else:
                ends = [stack.enter_context(servers.Registry(self._work))]
            origin = stack.enter_context(servers.Registry(self._work)) if case.origin else None
            if origin:
                self._push(*case.origin, [origin.host], environment)
            far = ends + [origin] if origin else ends
            lines = [stack.enter_context(servers.Line(end.port, case.round_trip, case.mbit)) for end in far
                     ] if case.has_line or counting else []
            near = [line.host for line in lines] or [end.host for end in far]
            for step in case.steps:
                source = step.source
                if origin:
                    source = dataclasses.replace(source, place=f"{near[-1]}/{REPOSITORY}:1")
                before = traffic(far, lines)
                sample = self._push(program, source, near[:len(ends)], environment)
                requests, sent, received = (now - then for now, then in zip(traffic(far, lines), before))
                sample.requests = requests
                result = results[step.name][program.name]
                if lines or case.destinations:
                    result.sent, result.received = sent, received if lines else None
                if not counting:
                    result.samples.append(sample)
                for end in ends:
                    if end.layers_of(REPOSITORY, "1") != source.layers:
                        raise Failed("the registry has another number of layers than the image")


def traffic(ends, lines):
    """Requests, bytes from clients, bytes from servers; so far, in total."""
    counted = lines or ends
    numbers = [end.traffic() for end in counted]
    return sum(end.requests() for end in ends), sum(number[0] for number in numbers), sum(number[1] for number in numbers)
