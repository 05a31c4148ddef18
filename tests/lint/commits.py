#!/usr/bin/env python3
"""Commit subjects have the form "area: verb …" and at most 72 characters: commits.py ROOT

Checks every commit after the one that added this file. Without that history (a shallow clone, a release archive) it
reports that nothing was checked.
"""
import re
import subprocess
import sys

ROOT, LONGEST = sys.argv[1], 72
SUBJECT = re.compile(r"[a-z0-9_./, -]+: \S.*[^.]")


def git(*arguments):
    return subprocess.run(["git", "-C", ROOT, *arguments], capture_output=True, text=True).stdout.split("\n")


def main():
    added = git("log", "--diff-filter=A", "--format=%H", "--", "tests/lint/commits.py")[0]
    if not added:
        print("no history: no commit was checked")
        return 0
    problems = []
    checked = [line for line in git("log", "--no-merges", "--format=%h %s", f"{added}..HEAD") if line]
    for line in checked:
        commit, _, subject = line.partition(" ")
        if len(subject) > LONGEST:
            problems.append(f"{commit}: {len(subject)} characters, more than {LONGEST}: {subject}")
        if not SUBJECT.fullmatch(subject):
            problems.append(f'{commit}: not "area: verb …" without a full stop: {subject}')
    print("\n".join(problems) or f"{len(checked)} commit subjects are well formed")
    return 1 if problems else 0


sys.exit(main())
