"""Draws the results as SVG: for each step one bar for each program, relative to the slowest of that step."""
from xml.sax.saxutils import escape

from benchmark.report import seconds

THEMES = {"light": {"text": "#1f2328", "faint": "#59636e", "berth": "#0969da", "other": "#afb8c1"},
          "dark": {"text": "#f0f6fc", "faint": "#9198a1", "berth": "#4493f8", "other": "#656c76"}}
WIDTH, LEFT, RIGHT = 820, 150, 80
BAR, GAP, TITLE, SPACE = 13, 4, 24, 14


def text(x, y, content, color, anchor="start", size=12, weight="normal"):
    return (f'<text x="{x}" y="{y}" fill="{color}" text-anchor="{anchor}" font-size="{size}" font-weight="{weight}">'
            f"{escape(content)}</text>")


def bars_of(step, theme, top):
    """The elements of one step, and where it ends."""
    medians = {name: program["wall"]["median"] for name, program in step["programs"].items()
               if program["wall"]["median"] is not None and name != "before"}
    longest = max(medians.values())
    parts = [text(0, top + 12, step["title"], theme["text"], size=13, weight="600")]
    y = top + TITLE
    for name, wall in medians.items():
        width = max(2, round((WIDTH - LEFT - RIGHT) * wall / longest, 1))
        own = name.startswith("berth")
        parts.append(text(LEFT - 8, y + 10.5, name.replace("docker", "docker push"), theme["text" if own else "faint"], "end"))
        parts.append(f'<rect x="{LEFT}" y="{y}" width="{width}" height="{BAR}" rx="2" fill="{theme["berth" if own else "other"]}"/>')
        parts.append(text(LEFT + width + 6, y + 10.5, f"{seconds(wall)} s", theme["text" if own else "faint"]))
        y += BAR + GAP
    return parts, y + SPACE


def draw(document, theme_name):
    theme = THEMES[theme_name]
    parts, y = [], 4
    for step in document["steps"]:
        if any(program["wall"]["median"] is not None for program in step["programs"].values()):
            more, y = bars_of(step, theme, y)
            parts += more
    parts.append(text(0, y + 8, "Seconds until the push is done; shorter is better. Each group has a scale of its own.", theme["faint"], size=11))
    body = "\n".join(parts)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y + 14}" width="{WIDTH}" height="{y + 14}" '
            f'font-family="-apple-system, Segoe UI, Helvetica, Arial, sans-serif">\n{body}\n</svg>\n')


def write_charts(directory, document):
    for theme in THEMES:
        (directory / f"chart-{theme}.svg").write_text(draw(document, theme))
