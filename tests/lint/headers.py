#!/usr/bin/env python3
"""What a reader expects of headers: each source has one of its own name, no two have the same name, and few functions take many parameters."""
import collections
import pathlib
import re
import sys

ROOT = pathlib.Path(sys.argv[1])
MANY = 6  # parameters
ALLOWED = 10  # declarations with that many, in host/ and sdk/


def files(directory, *suffixes):
    return [path for path in sorted((ROOT / directory).rglob("*")) if path.suffix in suffixes]


def has_header(path):
    """Whether `path` has a header of its name. Interfaces that a port implements lie one directory above it."""
    beside = path.with_suffix(".hpp")
    return beside.exists() or (path.parent.parent.name == "platform" and (path.parent.parent / beside.name).exists())


def without_header():
    """Sources without a header of their name. A main() and the commands, which commands.hpp declares, need none."""
    for path in files("host", ".cpp"):
        if path.name != "main.cpp" and path.parent.name != "commands" and not has_header(path):
            yield f"{path.relative_to(ROOT)} has no header of its name"


def duplicates():
    """Headers with one name. app/ and cli/ name their use cases alike."""
    named = collections.defaultdict(list)
    for path in files("host", ".hpp") + files("sdk", ".h", ".hpp"):
        name = path.relative_to(ROOT).as_posix()
        if not name.startswith(("host/app/", "host/cli/")):
            named[path.name].append(name)
    return [f"{' and '.join(names)} have one name" for names in named.values() if len(names) > 1]


def plain(text):
    """`text` without comments, and with empty string literals."""
    text = re.sub(r"//[^\n]*|/\*.*?\*/", "", text, flags=re.DOTALL)
    return re.sub(r'"(\\.|[^"\\])*"', '""', text)


def split_parameters(text, begin):
    """The parts between commas from `begin` to the matching parenthesis."""
    parts, depth, angles, start = [], 1, 0, begin
    for at in range(begin, len(text)):
        char = text[at]
        if char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
        elif char == "<":
            angles += 1
        elif char == ">" and text[at - 1] != "-":
            angles = max(0, angles - 1)
        if depth == 0 or (char == "," and depth == 1 and angles == 0):
            parts.append(text[start:at].strip())
            start = at + 1
        if depth == 0:
            break
    return parts


TYPE_AND_NAME = re.compile(r"(const\s+)?[A-Za-z_][\w:]*(<.*>)?(\s*[&*]+(\s*const)?)*\s*(?<=[\s&*>])\w*(\s*=.*|\s*\{.*)?", re.DOTALL)


def with_many_parameters():
    """(directory, function) of each declaration in host/ and sdk/ that takes MANY parameters or more."""
    found = set()
    for path in files("host", ".hpp", ".cpp") + files("sdk", ".h", ".hpp", ".cpp"):
        text = plain(path.read_text())
        for match in re.finditer(r"([A-Za-z_]\w*)\s*\(", text):
            parts = split_parameters(text, match.end())
            if len(parts) >= MANY and all(TYPE_AND_NAME.fullmatch(part) for part in parts):
                found.add((path.parent.relative_to(ROOT).as_posix(), match.group(1), len(parts)))
    return sorted(found)


def main():
    problems = list(without_header()) + duplicates()
    many = with_many_parameters()
    if len(many) > ALLOWED:
        problems.append(f"{len(many)} functions take {MANY} parameters or more, at most {ALLOWED} may: pass values that belong together as one")
        problems += [f"  {directory}: {name} takes {count}" for directory, name, count in many]
    print("\n".join(problems) or f"{len(many)} functions take {MANY} parameters or more; every source has its header")
    return 1 if problems else 0


sys.exit(main())
