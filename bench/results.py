"""The table of results as a page."""

from collections.abc import Sequence

from bench.measure import Row

HEAD = """# Figures

Ratios of two arms measured in turn in one run: medians, with the lowest and highest round in brackets.
`make bench` measures again and writes this page. Load on the HTTP interfaces comes from wrk and pgbench; after each
measurement what was stored, published and shown was checked.

"""


def page(command: str, machine: Sequence[str], rows: Sequence[Row], notes: str) -> str:
    """Markdown."""
    lines = [HEAD, f"`{command}` on:\n"]
    lines += [f"- {fact}" for fact in machine]
    lines += [
        "",
        "| what | goal | measured | met | figures (medians) | checked after it |",
        "|---|---|---|---|---|---|",
    ]
    met = {True: "yes", False: "**no**", None: ""}
    lines += [
        f"| {row.what} | {row.goal} | {row.result} | {met[row.met]} | {row.figures} | {row.checked} |" for row in rows
    ]
    return "\n".join(lines) + "\n\n" + notes
