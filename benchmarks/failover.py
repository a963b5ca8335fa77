"""`python -m benchmarks.failover`: what a failing first target costs the callers, for every shape of failure.

A real gateway over two scripted providers. The first answers a while and is learnt, then it fails in one shape. Shown for each
shape: answers that were whole; how many of the users' requests met the failure, and how long, until the breaker knew; the
slowest first token until then; and from then on the median first token against a healthy first target's, and the upstream
calls (probes included) per request.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import aiohttp
from msgspec import Struct
from rich.console import Console
from rich.table import Table

from benchmarks.processes import Process, free_port
from sanspanne.testing import Answer, Reason, ScriptedProvider, failure_shapes

THE_CALLERS_FAULT = (Reason.INVALID, Reason.REFUSED, Reason.TOO_LONG)
DELAY = 0.1  # seconds until a healthy target's first word
WARM, AT_ONCE, AFTER = 40, 4, 120
KNOWN_WITHIN = 15.0  # seconds: longer than any promise
GATEWAY_CORE = 0


class Outcome(Struct, frozen=True):
    """One request: whole or not, its first token in seconds, its target, when it began."""

    whole: bool
    first_token: float
    target: str
    began: float


class Cost(Struct, frozen=True):
    """What one shape cost. Times in seconds."""

    shape: str
    whole: float
    met: int
    known_after: float
    slowest: float
    median_before: float
    median_after: float
    calls_per_request: float


async def ask(session: aiohttp.ClientSession, url: str) -> Outcome:
    """One streamed question, followed to its end."""
    began = time.perf_counter()
    body = {"model": "m", "stream": True, "messages": [{"role": "user", "content": "Bonjour"}]}
    text, first = b"", 0.0
    async with session.post(f"{url}/v1/chat/completions", json=body) as response:
        async for chunk in response.content.iter_any():
            first = first or time.perf_counter() - began
            text += chunk
        whole = response.status == 200 and text.rstrip().endswith(b"data: [DONE]")
        return Outcome(whole, first, response.headers.get("x-sanspanne-target", ""), began)


async def several(session: aiohttp.ClientSession, url: str, count: int) -> list[Outcome]:
    """So many questions, a few at a time."""
    outcomes: list[Outcome] = []
    for _ in range(0, count, AT_ONCE):
        outcomes += await asyncio.gather(*(ask(session, url) for _ in range(AT_ONCE)))
    return outcomes


async def cost_of(shape: str, script: Any, folder: Path) -> Cost:
    """Run the story of one shape."""
    healthy = Answer("Tout va bien.", delay=DELAY)
    async with (
        ScriptedProvider("openai", script=healthy) as first,
        ScriptedProvider("anthropic", script=healthy) as second,
        aiohttp.ClientSession() as session,
    ):
        process, url = gateway(folder, first.base_url, second.base_url)
        try:
            await ready(session, url)
            before = await several(session, url, WARM)
            first.script = script
            failing = await until_known(session, url)
            known = time.perf_counter()
            calls = len(first.calls) + len(second.calls)
            after = await several(session, url, AFTER)
            calls = len(first.calls) + len(second.calls) - calls
        finally:
            process.stop()
    outcomes = failing + after
    return Cost(
        shape=shape,
        whole=sum(outcome.whole for outcome in outcomes) / len(outcomes),
        met=len(failing) - AT_ONCE,
        known_after=known - failing[0].began,
        slowest=max(outcome.first_token for outcome in failing),
        median_before=statistics.median(outcome.first_token for outcome in before),
        median_after=statistics.median(outcome.first_token for outcome in after),
        calls_per_request=calls / len(after),
    )


async def until_known(session: aiohttp.ClientSession, url: str) -> list[Outcome]:
    """Ask until `/readyz` says that the first target is not asked any more; the last few met no failure."""
    outcomes: list[Outcome] = []
    deadline = time.perf_counter() + KNOWN_WITHIN
    while time.perf_counter() < deadline:
        outcomes.append(await ask(session, url))
        async with session.get(f"{url}/readyz") as response:
            targets = (await response.json())["targets"]
        if targets["first/gpt-4o"] != "usable":
            break
    return outcomes + await several(session, url, AT_ONCE)


def gateway(folder: Path, first: str, second: str) -> tuple[Process, str]:
    """Start `sanspanne serve` over the two."""
    config = folder / "sanspanne.toml"
    config.write_text(
        f'[providers.first]\nkind = "openai"\nbase_url = "{first}"\n'
        f'[providers.second]\nkind = "anthropic"\nbase_url = "{second}"\n'
        '[models.m]\nchain = ["first/gpt-4o", "second/claude-sonnet-5"]\nonboard = false\n[onboard]\nenabled = false\n'
    )
    port = free_port()
    command = [sys.executable, "-m", "sanspanne", "serve", "--config", str(config), "--port", str(port)]
    return Process(
        [*command, "--data", str(folder / "data")], folder / "log", GATEWAY_CORE, {}
    ), f"http://127.0.0.1:{port}"


async def ready(session: aiohttp.ClientSession, url: str) -> None:
    """Wait until the gateway answers."""
    async with asyncio.timeout(20):
        while True:
            try:
                async with session.get(f"{url}/healthz"):
                    return
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.02)


def show(costs: Sequence[Cost]) -> None:
    """The table."""
    table = Table(
        "first target's failure", "whole", "met by", "known after", "slowest first token", "median before", "median after",
        "calls per request",
    )  # fmt: skip
    for cost in costs:
        table.add_row(
            cost.shape,
            f"{cost.whole:.0%}",
            str(cost.met),
            f"{cost.known_after:.2f} s",
            f"{cost.slowest * 1000:.0f} ms",
            f"{cost.median_before * 1000:.0f} ms",
            f"{cost.median_after * 1000:.0f} ms",
            f"{cost.calls_per_request:.3f}",
        )
    Console(width=150).print(table)


async def main(arguments: Sequence[str]) -> int:
    """Run every shape, or those that were named."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.failover", description=__doc__)
    parser.add_argument("shapes", nargs="*", help="e.g. hang_before_headers error_overloaded (default: all)")
    names = parser.parse_args(arguments).shapes
    costs = []
    for name, shape in failure_shapes("openai", "before").items():
        if shape.reason in THE_CALLERS_FAULT or (names and name not in names):
            continue
        with tempfile.TemporaryDirectory() as folder:
            costs.append(await cost_of(name, shape.script, Path(folder)))
        print(f"{name}: done", file=sys.stderr)
    show(costs)
    return 0 if all(cost.whole == 1 for cost in costs) else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
