#!/usr/bin/env python3
"""The page of each flavor that ships lists what the flavor finds, as `berth flavor describe` has it.

Usage: pages.py ROOT BERTH [--write]: with --write the tables are updated.
"""
import json
import pathlib
import subprocess
import sys

ROOT, BERTH = pathlib.Path(sys.argv[1]), sys.argv[2]
HEAD = "| Code | Severity | Means |\n|---|---|---|\n"


def berth(*arguments):
    return json.loads(subprocess.run([BERTH, *arguments, "--output", "json"], check=True, capture_output=True, text=True).stdout)


def table_of(flavor):
    return HEAD + "".join(f"| `{kind['code']}` | {kind['severity']} | {kind['meaning']} |\n"
                          for kind in berth("flavor", "describe", flavor)["findings"])


def main():
    problems = []
    for listed in berth("flavor", "list")["flavors"]:
        flavor = listed["flavor"]
        page = ROOT / "plugins" / flavor / "README.md"
        text, table = page.read_text(), table_of(flavor)
        begin = text.find(HEAD)
        end = text.find("\n\n", begin) + 1
        if begin < 0 or end <= 0:
            problems.append(f"{page}: no table of findings, which begins\n{HEAD}")
        elif text[begin:end] != table and "--write" in sys.argv:
            page.write_text(text[:begin] + table + text[end:])
        elif text[begin:end] != table:
            problems.append(f"{page}: the table of findings is not the flavor's; tests/lint/pages.py ROOT BERTH --write updates it")
    print("\n".join(problems) or "the pages list what the flavors find")
    return 1 if problems else 0


sys.exit(main())
