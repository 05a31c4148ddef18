#!/usr/bin/env python3
"""The JSON of the commands that host/cli/README.md describes has the fields of the page, and no others: json_fields.py ROOT BERTH

Commands that need no registry are run: pushes go into an OCI layout, or to a port where nothing listens."""
import hashlib
import io
import json
import os
import pathlib
import re
import subprocess
import sys
import tarfile
import tempfile

PAGE = (pathlib.Path(sys.argv[1]) / "host/cli/README.md").read_text()
BERTH = sys.argv[2]
# Objects whose members have names of their own: settings and labels of a container registry, annotations and configs of images.
OPEN = {"settings", "labels", "annotations", "manifest_annotations", "image_config"}
# Where the fields of what a command prints are described besides its own.
ALSO = {"failure": "push", "push": "check", "get": "list", "delete": "failure"}
# Fields that only a registry's responses bring; tests/integration has them.
REMOTE = {"check": {"access", "login", "push"},
          "inspect": {"subject", "artifact_type", "tag", "urls", "variant", "os_version"},
          "delete": {"deleted", "reference", "digest", "manifest", "tags"}}


def described():
    """{"push": {"schema", "ok", …}, …}: the fields that the page has for each command."""
    block = re.search(r"```\n(push .*?)```", PAGE, re.DOTALL)[1]
    fields = {}
    for line in block.splitlines():
        begin = re.match(r"([a-z]+) +\{", line)
        command = begin[1] if begin else command
        fields.setdefault(command, set()).update(re.findall(r'"([a-z0-9_]+)"(?=:| instead)', line))
    return fields


def members(value):
    """The names of all members of a document, at any depth."""
    if isinstance(value, list):
        return set().union(*map(members, value)) if value else set()
    if not isinstance(value, dict):
        return set()
    return set(value).union(*(members(below) for name, below in value.items() if name not in OPEN))


def write_image(layout):
    blobs = layout / "blobs/sha256"
    blobs.mkdir(parents=True)

    def stored(data, media_type):
        digest = hashlib.sha256(data).hexdigest()
        (blobs / digest).write_bytes(data)
        return {"mediaType": f"application/vnd.oci.image.{media_type}", "digest": f"sha256:{digest}", "size": len(data)}

    layer = stored(bytes(1024), "layer.v1.tar")
    config = {"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": [layer["digest"]]}}
    manifest = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
                "config": stored(json.dumps(config).encode(), "config.v1+json"), "layers": [layer]}
    entry = stored(json.dumps(manifest).encode(), "manifest.v1+json")
    (layout / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
    (layout / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [entry]}))


def write_archive(home):
    """A docker archive with one uncompressed layer."""
    layer = bytes(1024)
    config = json.dumps({"architecture": "amd64", "os": "linux",
                         "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(layer).hexdigest()}"]}})
    manifest = json.dumps([{"Config": "config.json", "Layers": ["layer.tar"], "RepoTags": ["app:1"]}])
    path = home / "app.tar"
    with tarfile.open(path, "w") as archive:
        for name, data in (("layer.tar", layer), ("config.json", config.encode()), ("manifest.json", manifest.encode())):
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return path


def main():
    with tempfile.TemporaryDirectory() as directory:
        home = pathlib.Path(directory)
        write_image(home / "image")
        plugin = home / "not-a-plugin.so"
        plugin.write_text("text")
        environment = {"HOME": directory, "PATH": os.environ["PATH"]}

        def berth(*arguments):
            done = subprocess.run([BERTH, *arguments, "--quiet", "--output", "json"], capture_output=True, text=True, env=environment)
            return json.loads(done.stdout)

        source = f"oci:{home}/image"
        to_layout = ["--flavor", "layout", "--uri", f"oci:{home}/out"]
        berth("registry", "register", "local", "--flavor", "default", "--uri", "127.0.0.1:1")
        stored = home / ".config/berth/registries.json"
        berth("registry", "register", "shelf", "--flavor", "layout", "--uri", f"oci:{home}/shelf")
        berth("push", source, "shelf/app:1")
        runs = {
            "push": [berth("push", source, "app:1", *to_layout), berth("push", source, "app:1", "--dry-run", *to_layout),
                     berth("push", source, "app:1", "app:2", *to_layout)],
            "check": [berth("check", source, "local/app:1", "--offline"), berth("check", source, "us-docker.pkg.dev/project:1", "--offline")],
            "inspect": [berth("inspect", source), berth("inspect", f"docker-archive:{write_archive(home)}")],
            "tags": [berth("tags", "shelf/app")],
            "digest": [berth("digest", source)],
            "delete": [berth("delete", "--yes", "shelf/app:1")],
            "list": [berth("registry", "list")],
            "use": [berth("registry", "use", "local")],
            "get": [berth("registry", "get")],
            "version": [berth("version")],
            "flavors": [berth("flavor", "list", "--all", "--flavor-path", directory)],
            "explain": [berth("explain", "push.moved"), berth("explain", "push")],
            "failure": [berth("push", f"oci:{home}/absent", "local/app:1")],
        }
        known = json.loads(stored.read_text())
        known["container_registries"].append({"name": "broken", "flavor": 5})
        stored.write_text(json.dumps(known))
        runs["list"].append(berth("registry", "list"))
    if not runs["flavors"][0]["flavors"]:
        sys.exit("no flavor found: build all targets first")
    problems = []
    for command, fields in described().items():
        if command not in runs:
            problems.append(f"{command}: is on the page, and this lint does not run it")
            continue
        # A failure has the fields of its command as well; findings and container registries have the same everywhere.
        allowed = fields | described().get(ALSO.get(command), set())
        printed = set().union(*map(members, runs[command]))
        problems += [f"{command}: the page lacks {name!r}" for name in sorted(printed - allowed)]
        problems += [f"{command}: nothing prints {name!r} of the page" for name in sorted(fields - printed - REMOTE.get(command, set()))]
    print("\n".join(problems) or f"the JSON of {len(runs)} commands has the fields of the page")
    return 1 if problems else 0


sys.exit(main())
