#!/usr/bin/env python3
"""Records the vectors again and expects the committed bytes. Exits with 77 (skipped) if a client is not installed, or has
another version than the recorded one."""
import filecmp
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

CLOUDS = pathlib.Path(__file__).resolve().parent
PYTHON = "/usr/bin/python3"
# Debian 12's. Another version may legitimately send other requests.
CLIENTS = {"botocore": "1.29.27", "google-auth": "1.5.1", "msal": "1.21.0"}


def missing():
    if not shutil.which("faketime"):
        yield "faketime"
    for name, version in CLIENTS.items():
        program = f"import importlib.metadata; print(importlib.metadata.version('{name}'))"
        found = subprocess.run([PYTHON, "-c", program], capture_output=True, text=True).stdout.strip()
        if found != version:
            yield f"{name} {version}" + (f" (here: {found})" if found else "")



def by_debian(path):
    """Those of the npm packages are recorded only if BERTH_CLOUDS_NPM is set."""
    return "BERTH_CLOUDS_NPM" in os.environ or not json.loads(path.read_text())["reference"].startswith("npm ")


def main():
    absent = list(missing())
    if absent:
        print("skipped: not installed:", ", ".join(absent))
        return 77
    with tempfile.TemporaryDirectory() as directory:
        subprocess.run([CLOUDS / "record" / "record", directory], check=True)
        recorded = {path.relative_to(directory) for path in pathlib.Path(directory).rglob("*.json")}
        committed = {path.relative_to(CLOUDS / "vectors") for path in (CLOUDS / "vectors").rglob("*.json")}
        problems = [f"{path}: not recorded any more" for path in committed - recorded if by_debian(CLOUDS / "vectors" / path)]
        problems += [f"{path}: not committed" for path in recorded - committed]
        problems += [f"{path}: recorded otherwise" for path in recorded & committed
                     if not filecmp.cmp(pathlib.Path(directory) / path, CLOUDS / "vectors" / path, shallow=False)]
    print("\n".join(sorted(problems)) or f"{len(recorded)} vectors recorded as they are committed")
    return 1 if problems else 0


sys.exit(main())
