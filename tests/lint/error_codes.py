#!/usr/bin/env python3
"""Compares the catalogue of codes with the code of host/ and with its page: error_codes.py ROOT BERTH [--write]

Fails for a code that host/ reports and the catalogue lacks, for one that only the catalogue has, and for a code that is
reported with a class (finding: severity) that the catalogue does not list. --write writes the table of host/cli/ERRORS.md.
"""
import collections
import json
import pathlib
import re
import subprocess
import sys

ROOT, BERTH = pathlib.Path(sys.argv[1]), sys.argv[2]
PAGE = ROOT / "host/cli/ERRORS.md"
ROWS = re.compile(r"host/base/error_codes?_\w+\.hpp$")  # the catalogue itself

CODE = re.compile(r"[a-z][a-z0-9-]*(\.[a-z0-9][a-z0-9-]*)+(?<!-)")
BARE_CODE = re.compile(r"[a-z]+")
COMPARED = re.compile(r"\bcode(?:\(\))?(?: [!=]= |\.starts_with\()$")
SUFFIX = re.compile(r"-[a-z]+(-[a-z]+)*")
# Functions that create errors of one class, with the code as an argument.
HELPERS = {"add_file": "network", "fault": "plugin", "invalid_manifest": "integrity", "part_error": "usage", "reject": "trust",
           "uri_error": "usage"}
# Suffixes of a request's code that only some requests have.
ONLY = {"-algorithm": {"push.blob", "push.manifest"}, "-blob-unknown": {"push.manifest"}}
# Codes whose last part is a name: the file and the pattern of these names.
NAMED = {"manifest.": ("host/oci/manifest.cpp", r'_descriptors?\(json, "(\w+)"'),
         "source.not-": ("host/image/compression.cpp", r'return "(\w+)";')}
# flavor::FlavorIndex::find() reports why a plugin file was rejected, as class trust.
REPEATED = {"file.io": {"trust"}, "file.missing": {"trust"}}
ANY = None  # a class that only the running program knows

TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)

# A code in the source: `classes` are the classes or severities that it is reported with there.
Use = collections.namedtuple("Use", "place code classes")


class Source:
    """A file, with comments and the contents of literals blanked in `skeleton`."""

    def __init__(self, path):
        self.name = path.relative_to(ROOT).as_posix()
        self.text = path.read_text()
        self.literals = []
        self.skeleton = TOKEN.sub(self._blank, self.text)

    def _blank(self, match):
        token = match.group()
        if token.startswith('"'):
            self.literals.append((match.start(), match.end(), token[1:-1]))
            return '"' + " " * (len(token) - 2) + '"'
        return re.sub(r"[^\n]", " ", token)

    def place(self, at):
        return f"{self.name}:{self.text.count(chr(10), 0, at) + 1}"

    def opener(self, at):
        """The position of the innermost bracket that is open at `at`; -1 outside all."""
        depth = 0
        for i in range(at - 1, -1, -1):
            if self.skeleton[i] in ")}":
                depth += 1
            elif self.skeleton[i] in "({":
                depth -= 1
                if depth < 0:
                    return i
        return -1

    def callee(self, opener):
        found = re.search(r"(\w+)\s*$", self.skeleton[:max(opener, 0)])
        return found.group(1) if found else ""

    def classes_before(self, opener, at):
        """The classes in the argument before the one at `at`; an empty set if that argument is not a class."""
        arguments = re.sub(r"\s+", " ", self.skeleton[opener + 1:at])
        if re.search(r"\berror_class\(\), $", arguments):
            return ANY
        # The last argument may be a condition: a ? "x" : "y".
        found = re.search(r"([^,]*\b(?:ErrorClass|Severity)::\w+) ?, (?:[^,]*[?:] |std::string\([^,]*\) \+ )?$", arguments)
        return set(re.findall(r"(?:ErrorClass|Severity)::(\w+)", found.group(1))) if found else set()

    def classes_with(self, name):
        """The classes of the errors that have the code of the variable or function `name`."""
        classes = set()
        for argument in re.findall(rf"\bError(?: \w+)?\(([^,;]*), {name}\b", self.skeleton):
            if "ErrorClass::" not in argument:  # a variable
                argument = " ".join(re.findall(rf"\b{argument.strip()} = ([^;]*);", self.skeleton))
            classes |= set(re.findall(r"ErrorClass::(\w+)", argument))
        return classes or ANY


def assigned_name(source, at, opener):
    """The variable that is set to the literal, or the function …code…() that returns it; None if neither."""
    begin = max(source.skeleton.rfind(c, 0, at) for c in ";{}") + 1
    if opener >= begin:
        return None
    statement = source.skeleton[begin:at]
    variable = re.search(r"\b(\w*[cC]ode) = ", statement)
    if variable:
        return variable.group(1)
    if not re.search(r"\breturn\b", statement):
        return None
    functions = re.findall(r"^\S.*?\b(\w+)\(", source.skeleton[:at], re.MULTILINE)
    return functions[-1] if functions and "code" in functions[-1] else None


def classes_of(source, at, code, catalogue):
    """The classes of a literal in a place where codes are created; an empty set in other places."""
    opener = source.opener(at)
    arguments = source.skeleton[opener + 1:at].strip()
    if re.search(r"[!=]=$", arguments):
        return set()
    callee = source.callee(opener)
    if callee == "string":
        return source.classes_before(source.opener(opener), opener - len("std::string"))
    classes = source.classes_before(opener, at)
    if classes != set():
        return classes
    if callee in HELPERS:
        return {HELPERS[callee]}
    if callee == "failed":  # the worker's replies
        return {"plugin"} if code.startswith("plugin.") else ANY
    if source.name.startswith("host/worker/") and source.text[:at].endswith(".code = "):  # a channel::PluginError
        return {"plugin"} if code.startswith("plugin.") else ANY
    if source.skeleton[opener] == "{" and re.fullmatch(r"true,|false,|\w+\.empty\(\),", arguments):  # a Notice
        return {"true,": {"warning"}, "false,": {"info"}}.get(arguments, {"warning", "info"})
    replaced = re.search(r'\{"([^"]*)",\s*$', source.text[:at])  # another code for the same error
    if replaced and replaced.group(1) in catalogue:
        return {name.replace("-", "_") for name in catalogue[replaced.group(1)]["classes"]}
    name = assigned_name(source, at, opener)
    return source.classes_with(name) if name else set()


def add_class(left, right):
    return ANY if left is ANY or right is ANY else left | right


def is_suffix_place(source, at, opener):
    return source.callee(opener) == "make" or source.skeleton[:at].rstrip().endswith("+")


def uses_in(sources, catalogue):
    """The codes that are created, the codes that are only compared, and the composed ones."""
    created, compared, stems, suffixes = [], [], [], []
    for source in sources:
        for begin, end, text in source.literals:
            directory = source.name.rsplit("/", 1)[0]
            opener = source.opener(begin)
            if SUFFIX.fullmatch(text):
                if is_suffix_place(source, begin, opener):
                    suffixes.append((directory, Use(source.place(begin), text, source.classes_before(opener, begin))))
                continue
            if not CODE.fullmatch(text) and not BARE_CODE.fullmatch(text):
                continue
            if source.skeleton[:begin].endswith(".code = ") and not source.name.startswith("host/worker/"):
                stems.append((directory, Use(source.place(begin), text, set())))
                continue
            classes = classes_of(source, begin, text, catalogue)
            if re.match(r"\)? \+ ", source.skeleton[end:]) and classes:
                stems.append((directory, Use(source.place(begin), text, classes)))
            is_code = CODE.fullmatch(text) or source.callee(opener) in ("Error", "error")
            if classes != set() and is_code:
                created.append(Use(source.place(begin), text, classes))
            elif COMPARED.search(source.skeleton[:begin]):
                compared.append(Use(source.place(begin), text, classes))
    for stem_directory, stem in stems:
        for directory, suffix in suffixes:
            if directory == stem_directory and stem.code in ONLY.get(suffix.code, {stem.code}):
                created.append(Use(suffix.place, stem.code + suffix.code, add_class(stem.classes, suffix.classes)))
    for stem, (name, pattern) in NAMED.items():
        for part in re.findall(pattern, (ROOT / name).read_text()):
            created.append(Use(name, stem + part, {"integrity"}))
    return created, compared


def problems_of_code(catalogue):
    paths = [path for suffix in ("cpp", "hpp") for path in sorted((ROOT / "host").rglob(f"*.{suffix}"))]
    sources = [Source(path) for path in paths if not ROWS.search(path.as_posix())]
    created, compared = uses_in(sources, catalogue)
    for use in created:
        if use.code not in catalogue:
            yield f"{use.place} reports {use.code}, which the catalogue (host/base/error_codes_*.hpp) lacks"
            continue
        row = catalogue[use.code]
        listed = {name.replace("-", "_") for name in row["classes"] + row["severities"]}
        for name in sorted((use.classes or set()) - listed):
            yield f"{use.place} reports {use.code} as {name}, which its row in the catalogue does not list"
    for use in compared:
        if not any(code.startswith(use.code) for code in catalogue):
            yield f"{use.place} compares a code with {use.code}, which the catalogue lacks"
    used = collections.defaultdict(set, {code: set(classes) for code, classes in REPEATED.items()})
    unknown = set()
    for use in created:
        used[use.code] |= use.classes or set()
        if use.classes is ANY:
            unknown.add(use.code)
    for code, row in catalogue.items():
        if code not in used:
            yield f"the catalogue has {code}, which host/ does not report (by Error() or one of HELPERS in this lint)"
            continue
        listed = {name.replace("-", "_") for name in row["classes"] + row["severities"] if name != "error"}
        for name in sorted(listed - used[code]) if code not in unknown else ():
            yield f"the catalogue lists {name} for {code}, which host/ does not report so"


def table_of(catalogue):
    text = "| Code | Reported as | Meaning | Fix |\n|---|---|---|---|\n"
    for code, row in catalogue.items():
        forms = row["classes"] + [name for name in row["severities"] if name != "error"]
        cells = [f"`{code}`", ", ".join(forms), row["meaning"], row["fix"]]
        text += "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"
    return text


def problems_of_page(catalogue):
    text, table = PAGE.read_text(), table_of(catalogue)
    begin = text.find("| Code |")
    if begin < 0:
        yield f"{PAGE}: no table of codes"
    elif text[begin:] != table and "--write" in sys.argv:
        PAGE.write_text(text[:begin] + table)
    elif text[begin:] != table:
        yield f"{PAGE}: the table differs from the catalogue; tests/lint/error_codes.py ROOT BERTH --write writes it"


def main():
    listed = json.loads(subprocess.run([BERTH, "explain", "--output", "json"], check=True, capture_output=True, text=True).stdout)
    catalogue = {row["code"]: row for row in listed["codes"] if row["flavor"] is None}
    problems = dict.fromkeys([*problems_of_code(catalogue), *problems_of_page(catalogue)])
    print("\n".join(problems) or f"{len(catalogue)} codes in the catalogue, all in use and on the page")
    return 1 if problems else 0


sys.exit(main())
