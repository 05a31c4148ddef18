#!/usr/bin/env python3
"""Compares the includes of host/, sdk/ and plugins/ with the layers: lower ones never include higher ones."""
import pathlib
import re
import sys

ROOT = pathlib.Path(sys.argv[1])

# What each folder of host/ may include directly; what these may include, it may too.
MAY_INCLUDE = {
    "platform": [],
    "base": ["platform"],
    "oci": ["base"],
    "channel": ["base"],
    "http": ["base"],
    "registry": ["oci", "http"],
    "image": ["registry"],
    "push": ["image"],
    "flavor": ["push", "channel", "berth"],
    "store": ["oci"],
    "app": ["flavor", "store", "berth"],
    "cli": ["app"],
    "worker": ["channel", "platform", "berth"],
    "berth": [],  # the SDK
}

# Libraries that few folders may know, and which: they cost seconds a file, or must not reach the worker.
FEW_PLACES = {"nlohmann/": ("host/base/",), "curl/": ("host/http/",), "openssl/": ("host/oci/", "host/http/"), "isa-l": ("host/image/",),
              "toml++/": ("host/registry/",)}

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)


def allowed(folder):
    found = {folder}
    for lower in MAY_INCLUDE[folder]:
        found |= allowed(lower)
    return found


def sources(*folders):
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in (".h", ".hpp", ".cpp", ".c"):
                yield path, path.relative_to(ROOT).as_posix(), INCLUDE.findall(path.read_text())


def main():
    problems = []
    for path, name, includes in sources("host"):
        folder = name.split("/")[1]
        if folder not in MAY_INCLUDE:
            problems.append(f"{name}: {folder} is not a directory of host/README.md")
            continue
        for include in includes:
            target = include.split("/")[0]
            if target in MAY_INCLUDE and target not in allowed(folder):
                problems.append(f"{name} includes {include}: {folder} may not include {target}")
            for library, places in FEW_PLACES.items():
                if include.startswith(library) and not name.startswith(places):
                    problems.append(f"{name} includes {include}, which only {' and '.join(places)} may")
    for path, name, includes in sources("sdk", "plugins"):
        for include in includes:
            own = (name.split("/")[1] + "/", "common/") if name.startswith("plugins/") else ()
            if "/" in include and not include.startswith(("berth/", *own)):
                problems.append(f"{name} includes {include}: sdk/ knows itself, plugins/ the SDK, their directory and plugins/common, both the "
                                "standard library")
    print("\n".join(problems) or "the includes keep to the layers")
    return 1 if problems else 0


sys.exit(main())
