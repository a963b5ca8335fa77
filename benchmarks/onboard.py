"""`python -m benchmarks.onboard`: the first token of the model on board when four people ask at once and a core is busy.

Starts `sanspanne serve` without any provider, waits until its model is ready (the first time it is fetched), keeps one core
busy with an endless loop, and asks four short questions at the same moment, a few rounds.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import aiohttp
from rich.console import Console
from rich.table import Table

from benchmarks.processes import Process, free_port

QUESTIONS = (
    "bonjour",
    "Quelle est la capitale de l'Australie ?",
    "Explain a server outage in one sentence.",
    "Give me three ideas for dinner.",
)
ROUNDS = 3
READY_SECONDS = 900.0  # the model may have to be fetched
PROMISE = 5.0  # seconds


async def ask(session: aiohttp.ClientSession, url: str, question: str) -> tuple[float, float, bool]:
    """Seconds to the first token and to the end, and whether the answer is whole."""
    body = {"model": "onboard", "stream": True, "max_tokens": 60, "messages": [{"role": "user", "content": question}]}
    began, first, text = time.perf_counter(), 0.0, b""
    async with session.post(f"{url}/v1/chat/completions", json=body) as response:
        async for chunk in response.content.iter_any():
            first = first or time.perf_counter() - began
            text += chunk
    return first, time.perf_counter() - began, text.rstrip().endswith(b"data: [DONE]")


async def ready(session: aiohttp.ClientSession, url: str) -> float:
    """Seconds until the model is ready."""
    began = time.perf_counter()
    while time.perf_counter() - began < READY_SECONDS:
        try:
            async with session.get(f"{url}/readyz") as response:
                if (await response.json())["onboard"]["state"] == "ready":
                    return time.perf_counter() - began
        except aiohttp.ClientConnectionError:
            pass
        await asyncio.sleep(0.1)
    raise TimeoutError("the model on board did not become ready")


async def main(arguments: Sequence[str]) -> int:
    """Run it; the argument is the data folder, where the model is kept between runs."""
    folder = Path(arguments[0] if arguments else "bench-results/onboard")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sanspanne.toml").write_text("")
    port = free_port()
    command = [sys.executable, "-m", "sanspanne", "serve", "--config", str(folder / "sanspanne.toml")]
    server = Process([*command, "--port", str(port), "--data", str(folder)], folder / "log")
    busy = None
    table = Table("round", "question", "first token", "end", "whole")
    slowest = 0.0
    try:
        async with aiohttp.ClientSession() as session:
            print(f"ready after {await ready(session, f'http://127.0.0.1:{port}'):.1f} s", file=sys.stderr)
            busy = subprocess.Popen([sys.executable, "-c", "while True: pass"])
            for number in range(ROUNDS):
                answers = await asyncio.gather(*(ask(session, f"http://127.0.0.1:{port}", q) for q in QUESTIONS))
                for question, (first, end, whole) in zip(QUESTIONS, answers, strict=True):
                    slowest = max(slowest, first if whole else float("inf"))
                    table.add_row(str(number + 1), question, f"{first:.2f} s", f"{end:.2f} s", "yes" if whole else "no")
    finally:
        if busy is not None:
            busy.kill()
            busy.wait()
        server.stop()
    Console(width=110).print(table)
    print(f"slowest first token: {slowest:.2f} s (promised: {PROMISE:.0f} s)")
    return 0 if slowest <= PROMISE else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
