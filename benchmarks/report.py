"""The figures as a table on the terminal, as Markdown and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from benchmarks.results import SERVERS, Results, Row

RATIOS = ("x nginx", "x litellm")
VERDICTS = {True: "kept", False: "NOT KEPT", None: ""}


def show(results: Results, console: Console) -> None:
    """The table, and what is not in it."""
    table = Table(title="median (least - most) of the rounds")
    for number, title in enumerate(_titles(results)):
        table.add_column(title, justify="right" if number else "left", overflow="fold")
    for row in results.rows():
        table.add_row(*_cells(row, _servers(results)), style="red" if row.kept is False else None)
    console.print(table)
    for remark in _remarks(results):
        console.print(escape(remark), highlight=False)


def write(results: Results, folder: Path) -> list[Path]:
    """Write both files; their paths."""
    folder.mkdir(exist_ok=True)
    table, figures = folder / "results.md", folder / "results.json"
    table.write_text(_markdown(results))
    told = {
        "machine": results.machine,
        "rows": results.rows(),
        "rounds": results.figures,
        "skipped": results.skipped,
        "failed": results.failed,
    }
    figures.write_bytes(msgspec.json.format(msgspec.json.encode(told), indent=2) + b"\n")
    return [table, figures]


def _markdown(results: Results) -> str:
    titles = _titles(results)
    lines = [
        titles,
        ["---", *("---:" for _ in titles[1:])],
        *(_cells(row, _servers(results)) for row in results.rows()),
    ]
    machine = [f"* {name}: {value}" for name, value in results.machine.items()]
    table = ["| " + " | ".join(cells) + " |" for cells in lines]
    remarks = [f"* {remark}" for remark in _remarks(results)]
    parts = [
        "# Benchmarks",
        "Median (least - most) of the rounds.",
        *("\n".join(part) for part in (machine, table, remarks)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _titles(results: Results) -> list[str]:
    return ["what", *_servers(results), *RATIOS, "promised", ""]


def _servers(results: Results) -> list[str]:
    measured = {server for values in results.figures.values() for server in values}
    return [server for server in SERVERS if server in measured]


def _cells(row: Row, servers: Sequence[str]) -> list[str]:
    figures = [str(row.spreads[server]) if server in row.spreads else "" for server in servers]
    ratios = ["" if ratio is None else f"{ratio:.3g}" for ratio in (row.times_nginx, row.times_litellm)]
    return [row.what, *figures, *ratios, row.promise, VERDICTS[row.kept]]


def _remarks(results: Results) -> list[str]:
    skipped = [f"{server} was not measured: {reason}" for server, reason in results.skipped.items()]
    failed = [f"{server}: {what}" for server, said in results.failed.items() for what in dict.fromkeys(said)]
    return skipped + failed
