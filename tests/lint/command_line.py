#!/usr/bin/env python3
"""host/cli/README.md lists the commands, options and exit statuses that the program has, and no others: command_line.py ROOT BERTH"""
import pathlib
import re
import subprocess
import sys

PAGE = (pathlib.Path(sys.argv[1]) / "host/cli/README.md").read_text()
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z0-9-]*")


def help_of(*command):
    return subprocess.run([sys.argv[2], *command, "--help"], capture_output=True, text=True, check=True).stdout


def commands_in(text, *above):
    """The commands that a help lists, with those below them."""
    block = re.search(r"^((?:  [a-z][a-z-]+ {2,}[A-Z].*\n)+)", text, re.MULTILINE)
    for name in re.findall(r"^  ([a-z][a-z-]+) {2}", block.group(1), re.MULTILINE) if block else []:
        command = (*above, name)
        yield command
        if name in ("container-registry", "flavor"):
            yield from commands_in(help_of(*command), *command)


def main():
    problems = []
    top = help_of()
    others = re.search(r"Other commands: (.*)\.", top).group(1).split(", ")
    commands = {command for command in commands_in(top)} | {(name,) for name in others}
    offered = {"--help"}
    for command in sorted(commands):
        if not re.search(rf"(?<![\w-]){command[-1]}(?![\w-])", PAGE):
            problems.append(f"the page lacks the command {' '.join(command)}")
        offered |= set(OPTION.findall(re.sub(r"^  berth .*\n", "", help_of(*command), flags=re.MULTILINE)))
    listed = set(OPTION.findall("\n".join(line for line in PAGE.splitlines() if line.startswith("|"))))
    problems += [f"the page lacks the option {option}" for option in sorted(offered - listed)]
    problems += [f"no command has the option {option} of the page" for option in sorted(listed - offered)]
    statuses = set(re.findall(r"^  (\d+) +([a-z-]+)", top, re.MULTILINE)) - {("0", "success")}
    on_page = set(re.findall(r"^\| (\d+)(?:, \d+)? \| ([a-z-]+) \|", PAGE, re.MULTILINE))
    problems += [f"exit status differs: {' '.join(pair)}" for pair in sorted(statuses ^ on_page)]
    print("\n".join(problems) or f"{len(commands)} commands, {len(offered)} options and {len(statuses) + 1} statuses as on the page")
    return 1 if problems else 0


sys.exit(main())
