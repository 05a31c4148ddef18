"""Prints results as text, JSON and Markdown."""
import datetime
import os
import pathlib
import re

PEERS = ("skopeo", "crane", "oras", "regctl", "docker")
BEGIN, END = "<!-- scripts/bench --write: begin -->", "<!-- scripts/bench --write: end -->"
HEADS = ("program", "wall s", "berth/it", "cpu s", "MiB", "requests", "sent MB", "recv MB")


def ratio_to(results, name):
    """berth's time divided by that program's, or None."""
    berth, other = results.get("berth"), results.get(name)
    if berth is None or other is None or not berth.samples or not other.samples:
        return None
    return berth.median("wall") / other.median("wall")


def best_peer(results):
    """The name of the fastest peer, or None."""
    able = [name for name in PEERS if name in results and results[name].samples and not results[name].failure]
    return min(able, key=lambda name: results[name].median("wall"), default=None)


def seconds(value):
    return f"{value:.3f}" if value < 0.1 else f"{value:.2f}"


def megabytes(value):
    return "" if value is None else f"{value / 1e6:.2f}"


def print_step(step, results):
    width = max(len(result.title) for result in results.values())
    print(f"\n{step.name}: {step.title}")
    print(f"  {HEADS[0]:<{width}} " + " ".join(f"{head:>9}" for head in HEADS[1:]))
    for name, result in results.items():
        if result.failure:
            print(f"  {result.title:<{width}} failed: {result.failure}")
            continue
        cells = [seconds(result.median("wall")), "" if name == "berth" else f"{ratio_to(results, name) or 0:.2f}",
                 seconds(result.median("cpu")), f"{result.median('memory') / 2**20:.0f}", f"{result.median('requests'):.0f}",
                 megabytes(result.sent), megabytes(result.received)]
        print(f"  {result.title:<{width}} " + " ".join(f"{cell:>9}" for cell in cells), flush=True)


def processor():
    found = re.search(r"model name\s*:\s*(.+)", pathlib.Path("/proc/cpuinfo").read_text())
    return found[1] if found else os.uname().machine


def as_json(cases, measured, programs, image_bytes, runs, more):
    """The document of --json."""
    def of_result(result):
        document = {"program": result.title, "failure": result.failure, "sent": result.sent, "received": result.received}
        for field in ("wall", "cpu", "memory", "requests"):
            values = [getattr(sample, field) for sample in result.samples]
            document[field] = {"median": result.median(field) if values else None, "samples": values}
        return document

    steps = [{"name": step.name, "title": step.title, "best_peer": best_peer(measured[step.name]),
              "ratio": ratio_to(measured[step.name], best_peer(measured[step.name])),
              "programs": {name: of_result(result) for name, result in measured[step.name].items()}}
             for case in cases for step in case.steps if step.name in measured]
    return {"schema": 1, "date": datetime.date.today().isoformat(), "cores": os.cpu_count(), "processor": processor(),
            "versions": {name: program.version for name, program in programs.items()},
            "image_bytes": image_bytes, "runs": runs, "steps": steps, **more}


def wall_of(step, name):
    """The median wall time of a program in a step, or None."""
    return step["programs"].get(name, {}).get("wall", {}).get("median")


def table(document):
    """README's table: a row for each step, a column for each program that took part."""
    steps = [step for step in document["steps"] if wall_of(step, "berth") is not None]
    names = ["berth"] + [name for name in PEERS if any(wall_of(step, name) is not None for step in steps)]
    heads = ["berth"] + [f"{name} {document['versions'][name]}".replace("docker", "docker push") for name in names[1:]]
    lines = ["| | " + " | ".join(heads) + " | berth / best peer |", "|---" * (len(names) + 2) + "|"]
    for step in steps:
        rows = [("berth", step["title"])] + [(name, f"{step['title']}, `--compression {name.split()[-1]}`")
                                             for name in step["programs"] if name.startswith("berth gzip")]
        for name, title in rows:
            lines.append(row(step, names, name, title))
    return "\n".join(lines)


def row(step, names, berth, title):
    own, best = wall_of(step, berth), wall_of(step, step["best_peer"])
    cells = [own] + [wall_of(step, name) for name in names[1:]]
    texts = ["" if cell is None else f"{seconds(cell)} s" for cell in cells]
    return f"| {title} | " + " | ".join(texts) + f" | {f'{own / best:.2f}' if best and own else ''} |"


def markdown(document):
    """README's text with the table and the chart, markers included."""
    memory = max(program["memory"]["median"] or 0 for step in document["steps"] for name, program in step["programs"].items()
                 if name == "berth") / 2**20
    size = document["image_bytes"] / 2**20
    return f"""{BEGIN}
`scripts/bench` measures berth and the peers that it finds, in turn and in one run on your machine
([how](scripts/benchmark/README.md)). These are medians of {document["runs"]} on {document["cores"]} cores
({document["processor"]}), into Debian's docker-registry on the same cores, with memory-backed
storage. The image has {size:.0f} MiB of real files in 5 layers. berth took at most {memory:.0f} MiB of memory.

<picture>
  <source media="(prefers-color-scheme: dark)" srcset="scripts/benchmark/chart-dark.svg">
  <img alt="Time of each push by berth and other programs; the table has the same figures" src="scripts/benchmark/chart-light.svg">
</picture>

{table(document)}
{END}"""


def write_readme(path, document):
    """Replaces what is between the markers in README.md."""
    text = path.read_text()
    begin, end = text.find(BEGIN), text.find(END)
    if begin < 0 or end < begin:
        raise SystemExit(f"{path} has no markers {BEGIN} and {END}")
    path.write_text(text[:begin] + markdown(document) + text[end + len(END):])
