#!/usr/bin/env python3
"""The layout of the tree: what the top level contains, how long files are, and that host/ is independent of providers."""
import pathlib
import re
import sys

from tracked import tracked

ROOT = pathlib.Path(sys.argv[1])
TOP = {"CMakeLists.txt", "CMakePresets.json", "host", "sdk", "plugins", "tests", "scripts", "README.md", "LICENSE", "CHANGELOG.md", "SECURITY.md",
       "CONTRIBUTING.md", "RELEASING.md"}
# In lines of 100 columns; 120 columns and 300 and 150 lines before.
LONGEST = {".hpp": 175, ".cpp": 340}
# Both directions of one conversion.
LONG = {"sdk/include/berth/detail/convert.hpp"}
PROVIDERS = re.compile(r"amazonaws|azurecr|pkg\.dev|gcr\.io|ghcr\.io|quay\.io|goharbor|gitlab", re.IGNORECASE)


def main():
    problems = []
    for name in tracked(ROOT):
        top = name.split("/")[0]
        if top not in TOP and not top.startswith("."):
            problems.append(f"{name}: the top level contains only {', '.join(sorted(TOP))} and dot-files")
        path = ROOT / name
        if path.suffix not in (".hpp", ".cpp", ".h") and not (path.suffix == ".md" and name.startswith("host/")):
            continue
        text = path.read_text()
        lines = text.count("\n")
        if not name.startswith("tests/") and lines > LONGEST.get(path.suffix, lines) and name not in LONG:
            problems.append(f"{name} has {lines} lines, more than {LONGEST[path.suffix]}: does it still have one purpose?")
        if name.startswith("host/"):
            for number, line in enumerate(text.splitlines(), 1):
                # GitLab CI is not a container registry.
                if PROVIDERS.search(re.sub(r"(^|\s)//.*|GitLab CI", "", line)):
                    problems.append(f"{name}:{number} knows a provider: {line.strip()}")
    print("\n".join(problems) or "the house is in order")
    return 1 if problems else 0


sys.exit(main())
