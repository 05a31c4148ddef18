"""What the tests of packages share: the files of a portable build, programs, clean Debian roots, a registry."""
import contextlib
import hashlib
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("BERTH_PORTABLE_BUILD", SOURCE / "build/portable"))
SKIPPED = 77  # SKIP_RETURN_CODE of CTest


def skip(reason):
    """Ends the test: as skipped, or as failed where nothing may be skipped."""
    print(f"{'FAILED' if os.environ.get('BERTH_REQUIRE_ALL_TESTS') else 'SKIPPED'}: {reason}", file=sys.stderr)
    sys.exit(1 if os.environ.get("BERTH_REQUIRE_ALL_TESTS") else SKIPPED)


def main():
    """Runs the tests of the calling file; fails if it has none."""
    result = unittest.main(argv=[sys.argv[0], "--verbose"], exit=False).result
    sys.exit(0 if result.wasSuccessful() and result.testsRun > 0 else 1)


def run(*command, **options):
    return subprocess.run([str(part) for part in command], capture_output=True, **{"text": True, **options})


def package(pattern):
    found = sorted((BUILD / "packages").glob(pattern))
    if len(found) != 1:
        skip(f"{BUILD}/packages has {len(found)} files {pattern}: run scripts/package")
    return found[0]


@contextlib.contextmanager
def temporary_directory():
    # Not TMPDIR: overlays need a file system that may be their upper one.
    path = pathlib.Path(tempfile.mkdtemp(prefix="berth-packages-", dir="/var/tmp"))
    try:
        yield path
    finally:
        shutil.rmtree(path)


def write_layout(directory, tag="1"):
    """An OCI image layout with one layer; returns the digest of its manifest."""
    blobs = directory / "blobs/sha256"
    blobs.mkdir(parents=True)

    def add(content):
        digest = hashlib.sha256(content).hexdigest()
        (blobs / digest).write_bytes(content)
        return {"digest": f"sha256:{digest}", "size": len(content)}

    layer = b"\0" * 10240  # an empty archive
    config = {"architecture": "amd64", "os": "linux",
              "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(layer).hexdigest()}"]}}
    manifest = add(json.dumps({
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json", **add(json.dumps(config).encode())},
        "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar", **add(layer)}]}).encode())
    (directory / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
    (directory / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [
        {"mediaType": "application/vnd.oci.image.manifest.v1+json", **manifest,
         "annotations": {"org.opencontainers.image.ref.name": tag}}]}))
    return manifest["digest"]


class Root:
    """A clean root of a Debian release, whose changes are kept in `directory`, so that it can be used once only."""

    def __init__(self, release, directory):
        made = run(SOURCE / ".ci/debian-root", release, f"minimal-{release}")
        if made.returncode == SKIPPED:
            skip(made.stderr.strip())
        if made.returncode != 0:
            raise RuntimeError(made.stderr)
        self.root = made.stdout.strip()
        self.shared = directory / "shared"
        self.changes = directory / "changes"
        self.shared.mkdir(mode=0o755)
        self.changes.mkdir()

    def command(self, *command):
        return [str(SOURCE / ".ci/in-root"), "--changes", str(self.changes), "--bind", str(self.shared), self.root,
                *[str(part) for part in command]]

    def run(self, *command):
        return run(*self.command(*command))


@contextlib.contextmanager
def registry(directory):
    """Debian's docker-registry; returns HOST:PORT, which a root sees, too."""
    if shutil.which("docker-registry") is None:
        skip("docker-registry is not installed")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (directory / "registry.yml").write_text(
        f"version: 0.1\nstorage: {{filesystem: {{rootdirectory: {directory}/registry}}}}\nhttp: {{addr: 127.0.0.1:{port}}}\n")
    with open(directory / "registry.log", "wb") as log:
        process = subprocess.Popen(["docker-registry", "serve", str(directory / "registry.yml")], stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 30
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((directory / "registry.log").read_text())
        yield f"localhost:{port}"
    finally:
        process.terminate()
        process.wait()
