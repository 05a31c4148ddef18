#!/usr/bin/env python3
"""Counts words that make text hard to read, by top-level directory: words.py ROOT [--list DIRECTORY]

Each of them has a plainer one: "unauthenticated" for a client without an account, "error message" for what a registry
prints, "only" for a restriction. Counted in code, comments, strings and identifiers ("_" counts as a space), except in
this file. More than the limit, in hits per 1,000 lines, fails. --list prints the hits of a directory.
"""
import pathlib
import re
import sys

from tracked import tracked

ROOT = pathlib.Path(sys.argv[1]).resolve()
LIMITS = {"host": 1.0, "sdk": 1.0, "plugins": 1.0, "tests": 1.0, "pages": 4.0}
SOURCES = {".cpp", ".hpp", ".h", ".c", ".py", ".txt", ".cmake", ".in"}
WORDS = re.compile(
    r"\b(?:nobody|somebody|whoever|kin|talks?|words?|sayings?|says?|said|tells?|told|heeds?|lies|lied|judges?|judged|stands?"
    r"|besides|anew|alone|(?:is|are) none|is no [a-z]+|all outlive it|goes with|the one place that)\b"
    r"|^\W*Nothing: |^\W*Of the [a-z ]+: |\b(?:trusted are|explained are|pushed was|known are:)", re.IGNORECASE)


def area_of(name):
    path = pathlib.Path(name)
    if path.suffix == ".md":
        return "pages"
    if path.suffix in SOURCES and path.parts[0] in LIMITS and name != "tests/lint/words.py":
        return path.parts[0]
    return None


def hits_in(text):
    for number, line in enumerate(text.splitlines(), 1):
        for hit in WORDS.finditer(line.replace("_", " ")):
            yield number, hit.group().strip(), line.strip()


def main():
    lines = dict.fromkeys(LIMITS, 0)
    hits = dict.fromkeys(LIMITS, 0)
    wanted = sys.argv[3] if len(sys.argv) > 3 else None
    for name in tracked(ROOT):
        area = area_of(name)
        if area is None:
            continue
        text = (ROOT / name).read_text(errors="replace")
        lines[area] += text.count("\n")
        for number, word, line in hits_in(text):
            hits[area] += 1
            if wanted and name.startswith(wanted):
                print(f"{name}:{number} {word!r}: {line[:120]}")
    failed = False
    for area, limit in LIMITS.items():
        rate = 1000 * hits[area] / max(lines[area], 1)
        failed |= rate > limit
        print(f"{area}: {hits[area]} in {lines[area]} lines, {rate:.1f} per 1,000; at most {limit:g}")
    return 1 if failed else 0


sys.exit(main())
