#!/usr/bin/env python3
"""scripts/bench: its line, its sinks, what it measures, and its reports, with small images: bench_test.py ROOT BERTH"""
import hashlib
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.request
import xml.dom.minidom

ROOT, BERTH = pathlib.Path(sys.argv[1]), sys.argv[2]
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "scripts"))
from benchmark import chart, measure, report, servers  # noqa: E402

DOCUMENT = {"runs": 3, "cores": 2, "processor": "P", "image_bytes": 5 << 20, "versions": {"skopeo": "1.9.3", "oras": "1.3.3"},
            "steps": [{"name": "layout", "title": "OCI layout", "best_peer": "oras", "ratio": 0.5, "programs": {
                "berth": {"wall": {"median": 1.0}, "memory": {"median": 7 << 20}},
                "skopeo": {"wall": {"median": 4.0}, "memory": {"median": 9 << 20}},
                "oras": {"wall": {"median": 2.0}, "memory": {"median": 9 << 20}},
                "crane": {"wall": {"median": None}, "memory": {"median": None}}}}]}


class Echo:
    """A server that returns what it gets."""

    def __enter__(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._serve, daemon=True).start()
        return self._listener.getsockname()[1]

    def __exit__(self, *_):
        self._listener.close()

    def _serve(self):
        with self._listener.accept()[0] as client:
            while data := client.recv(1 << 16):
                client.sendall(data)


def exchange(client, data):
    """The seconds until all of `data` has come back."""
    begin = time.monotonic()
    threading.Thread(target=client.sendall, args=(data,), daemon=True).start()
    missing = len(data)
    while missing:
        missing -= len(client.recv(1 << 16))
    return time.monotonic() - begin


class LineTest(unittest.TestCase):
    def test_delays_connections_and_round_trips(self):
        with Echo() as port, servers.Line(port, round_trip=60) as line:
            with socket.create_connection(("127.0.0.1", line.port)) as client:
                self.assertGreaterEqual(exchange(client, b"first"), 0.120)
                self.assertGreaterEqual(exchange(client, b"second"), 0.060)
                self.assertEqual(line.traffic(), (11, 11))

    def test_limits_the_rate(self):
        with Echo() as port, servers.Line(port, mbit=20) as line:
            with socket.create_connection(("127.0.0.1", line.port)) as client:
                self.assertGreaterEqual(exchange(client, bytes(500_000)), 0.2)
                self.assertEqual(line.traffic(), (500_000, 500_000))


class SinkTest(unittest.TestCase):
    def test_has_what_was_pushed(self):
        with servers.Sink() as sink:
            def request(method, path, data=None):
                made = urllib.request.Request(f"http://{sink.host}{path}", method=method, data=data)
                with urllib.request.urlopen(made, timeout=30) as response:
                    return response.headers, response.read()

            session = request("POST", "/v2/a/b/blobs/uploads/")[0]["Location"]
            digest = "sha256:" + "a" * 64
            request("PATCH", session, bytes(1000))
            request("PUT", f"{session}?digest={digest}", bytes(500))
            layer = {"digest": digest, "size": 1500}
            manifest = json.dumps({"layers": [layer]}).encode()
            request("PUT", "/v2/a/b/manifests/1", manifest)
            self.assertEqual((sink.requests(), sink.traffic()), (4, (1500 + len(manifest), 0)))
            headers, stored = request("GET", "/v2/a/b/manifests/1")
            self.assertEqual(stored, manifest)
            self.assertEqual(headers["Docker-Content-Digest"], "sha256:" + hashlib.sha256(manifest).hexdigest())
            self.assertEqual(sink.layers_of("a/b", "1"), 1)


class RunTest(unittest.TestCase):
    ENVIRONMENT = {"PATH": os.environ["PATH"]}
    LOOP = "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done"

    def test_counts_the_children_and_not_the_parent(self):
        ballast = bytearray(b"x" * (64 << 20))
        wall, cpu, memory = measure.run(["sh", "-c", f"sh -c '{self.LOOP}'; true"], self.ENVIRONMENT)
        self.assertGreater(cpu, 0.02)
        self.assertGreaterEqual(wall, cpu / (os.cpu_count() or 1))
        self.assertLess(memory, len(ballast) // 4)

    def test_reports_the_error(self):
        with self.assertRaisesRegex(measure.Failed, "exit status 3: no such image"):
            measure.run(["sh", "-c", "echo no such image >&2; exit 3"], self.ENVIRONMENT)


class ReportTest(unittest.TestCase):
    def test_writes_the_page_between_the_markers(self):
        with tempfile.TemporaryDirectory() as directory:
            page = pathlib.Path(directory, "README.md")
            page.write_text(f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n")
            report.write_readme(page, DOCUMENT)
            written = page.read_text()
            report.write_readme(page, DOCUMENT)
            self.assertEqual(page.read_text(), written)
            self.assertTrue(written.startswith("before\n") and written.endswith("\nafter\n"))
            self.assertNotIn("old", written)
            self.assertIn("| | berth | skopeo 1.9.3 | oras 1.3.3 | berth / best peer |", written)
            self.assertIn("| OCI layout | 1.00 s | 4.00 s | 2.00 s | 0.50 |", written)
            self.assertIn("at most 7 MiB", written)
            page.write_text("no markers\n")
            self.assertRaises(SystemExit, report.write_readme, page, DOCUMENT)

    def test_the_readme_has_markers(self):
        text = (ROOT / "README.md").read_text()
        self.assertLess(text.find(report.BEGIN), text.find(report.END))
        self.assertGreaterEqual(text.find(report.BEGIN), 0)

    def test_draws_a_bar_for_each_program(self):
        for theme in chart.THEMES:
            drawn = xml.dom.minidom.parseString(chart.draw(DOCUMENT, theme))
            widths = [float(bar.getAttribute("width")) for bar in drawn.getElementsByTagName("rect")]
            self.assertEqual([round(width / max(widths), 2) for width in widths], [0.25, 1.0, 0.5])


class BenchTest(unittest.TestCase):
    def test_measures_small_images(self):
        with tempfile.TemporaryDirectory() as directory:
            results = pathlib.Path(directory, "results.json")
            done = subprocess.run([ROOT / "scripts/bench", "--size", "tiny", "--runs", "1", "--case", "archive", "line", "fan-out",
                                   "registry", "--only", "skopeo", "--berth", BERTH, "--json", results], capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            document = json.loads(results.read_text())
        steps = {step["name"]: step["programs"] for step in document["steps"]}
        self.assertEqual(list(steps), ["archive", "archive-again", "archive-changed", "line", "fan-out", "registry"])
        for name, programs in steps.items():
            for program, figures in programs.items():
                with self.subTest(step=name, program=program):
                    self.assertIsNone(figures["failure"])
                    self.assertEqual(len(figures["wall"]["samples"]), 1)
                    self.assertGreater(figures["requests"]["median"], 0)
        sent = {name: programs["berth"]["sent"] for name, programs in steps.items()}
        self.assertLess(sent["archive-again"], 20_000)
        self.assertLess(sent["archive-changed"], sent["archive"])
        self.assertGreater(sent["archive-changed"], 20_000)
        self.assertGreaterEqual(steps["line"]["berth"]["wall"]["median"], sent["line"] * 8e-8)
        one = steps["fan-out"]["berth, one destination"]["sent"]
        self.assertAlmostEqual(sent["fan-out"] / one, 3, delta=0.05)
        self.assertAlmostEqual(steps["registry"]["berth"]["received"] / sent["registry"], 1, delta=0.05)


missing = [program for program in ("docker-registry", "skopeo") if not shutil.which(program)]
if missing:
    print(f"SKIPPED: {', '.join(missing)} not installed")
    sys.exit(1 if "BERTH_REQUIRE_ALL_TESTS" in os.environ else 77)
measure.become_subreaper()
unittest.main(argv=sys.argv[:1])
