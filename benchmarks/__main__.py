"""`python -m benchmarks`: measure, show, write to bench-results/."""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from rich.console import Console

from benchmarks import chunks, idle_streams, installed, json_requests, latency, machine, report, rig, start_up, streams
from benchmarks.results import OURS, Results
from benchmarks.rig import Effort, Measurement

FOLDER = Path("bench-results")
WIDTH = 180  # of what is not a terminal
MEASUREMENTS = {
    "start": Measurement(start_up.measure),
    "json": Measurement(json_requests.measure),
    "latency": Measurement(latency.measure),
    "chunks": Measurement(chunks.measure),
    "streams": Measurement(streams.measure, direct=True),
    "idle": Measurement(idle_streams.measure),
    "installed": Measurement(installed.measure, once=True),
}
COMPETITORS = ("nginx", "litellm")


def main(arguments: Sequence[str]) -> int:
    """Run what was asked for; 0 if every promise that could be judged was kept."""
    options = _options(arguments)
    reason = machine.unfit()
    if reason is not None:
        print(reason, file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers are stopped too
    results = Results(machine.description())
    machine.pin(machine.LOAD_CORE)
    effort = Effort(options.rounds or 1, 1.0, quick=True) if options.quick else Effort(options.rounds or 3)
    console = Console() if sys.stdout.isatty() else Console(width=WIDTH)
    with (
        tempfile.TemporaryDirectory(prefix="sanspanne-benchmarks-") as folder,
        rig.servers(Path(folder), ["sanspanne", *options.against], results) as running,
    ):
        chosen = {name: MEASUREMENTS[name] for name in options.only}
        rig.run(chosen, running, effort, results, lambda text: console.print(text, style="dim", highlight=False))
    report.show(results, console)
    for path in report.write(results, FOLDER):
        console.print(f"written: {path}", highlight=False)
    return 1 if OURS in results.failed or any(row.kept is False for row in results.rows()) else 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round: to see that it runs, not for figures")
    parser.add_argument("--rounds", type=int, help="rounds of each measurement (3; with --quick 1)")
    parser.add_argument("--only", type=_names(MEASUREMENTS), default=list(MEASUREMENTS), help="e.g. json,chunks")
    parser.add_argument(
        "--against",
        type=_names(COMPETITORS),
        default=list(COMPETITORS),
        help="e.g. nginx; LiteLLM is in BENCH_LITELLM or below ~/.cache",
    )
    return parser.parse_args(arguments)


def _names(known: Collection[str]) -> Callable[[str], list[str]]:
    """Reads a list of some of the known names."""

    def read(text: str) -> list[str]:
        names = [name for name in text.split(",") if name]
        for name in names:
            if name not in known:
                raise argparse.ArgumentTypeError(f"{name} is not one of {', '.join(known)}")
        return names

    return read


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
