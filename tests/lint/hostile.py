#!/usr/bin/env python3
"""Each test that tests/hostile/README.md names exists: hostile.py ROOT"""
import pathlib
import re
import sys

ROOT = pathlib.Path(sys.argv[1])
PAGE = ROOT / "tests/hostile/README.md"
# A long name is written as several literals, one a line.
CASE = re.compile(r'TEST_CASE\(\s*"((?:[^"\\]|\\.|"\s*\n\s*")*)"')
JOINT = re.compile(r'"\s*\n\s*"')
ROW = re.compile(r"^\| .* \| (.*) \|$")


def main():
    cases = set()
    for path in (ROOT / "tests").rglob("*_test.cpp"):
        cases.update(JOINT.sub("", name) for name in CASE.findall(path.read_text()))
    problems = []
    named = 0
    for number, line in enumerate(PAGE.read_text().splitlines(), 1):
        row = ROW.match(line)
        if row is None or row[1] == "Test":
            continue
        tests = re.findall(r"`([^`]*)`", row[1])
        named += len(tests)
        if not tests:
            problems.append(f"{PAGE.name}:{number}: names no test")
        problems += [f"{PAGE.name}:{number}: test {test!r} not found" for test in tests if test not in cases]
    print("\n".join(problems) or f"{named} tests are named, and exist")
    return 1 if problems or not named else 0


sys.exit(main())
