#!/usr/bin/env python3
"""Writes abi.h as a later minor version would have it: every struct that may grow has more fields.

usage: grow_abi.py ABI_H OUTPUT

Each struct gets an array `grown` at its end; its offset is the size of the struct today. The structs that never
change, and those that are passed by value, keep their form."""
import re
import sys

NEVER_GROW = {"berth_string", "berth_sink", "berth_http_header", "berth_http_sink", "berth_credential_sink"}
FIELD = "  uint64_t grown[8];\n"


def grow(header):
    grown = set()

    def add_field(match):
        name = match.group(1)
        if name in NEVER_GROW:
            return match.group(0)
        grown.add(name)
        return match.group(0)[: -len(match.group(3))] + FIELD + match.group(3)

    text = re.sub(r"typedef struct (berth_\w+) \{\n(.*?)(\} \1;)", add_field, header, flags=re.DOTALL)
    declared = set(re.findall(r"typedef struct (berth_\w+)", header))
    if grown | NEVER_GROW != declared or len(grown) < 20:
        sys.exit(f"grow_abi.py: not recognised: {sorted(declared - grown - NEVER_GROW)}")
    # Its sizes are others, and its offsets are checked by the tests.
    text = re.sub(r"^BERTH_LAYOUT\(.*\);\n", "", text, flags=re.MULTILINE)
    minor = re.search(r"#define BERTH_ABI_MINOR (\d+)", text)
    return text.replace(minor.group(0), f"#define BERTH_ABI_MINOR {int(minor.group(1)) + 1}")


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        text = grow(file.read())
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        file.write(text)


if __name__ == "__main__":
    main()
