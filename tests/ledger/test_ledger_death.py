"""A process that is killed in mid-answer leaves its attempt in the ledger."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

from ledger_helpers import store_in

from sanspanne.ledger.keeper import Keeper
from sanspanne.ledger.reading import find, latest
from sanspanne.ledger.spool import Spool
from sanspanne.testing import Answer, ScriptedProvider, Stall

TEXT = "The sky is blue because air scatters short waves more than long ones. " * 20


async def test_killed_in_mid_stream(tmp_path: Path) -> None:
    """After kill -9 the running attempt is there with what it had said, as dead: at once for a reader, then in the store."""
    async with ScriptedProvider("openai", script=Stall(after=40, answer=Answer(TEXT))) as provider:
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            str(Path(__file__).with_name("dying_service.py")),
            provider.base_url,
            str(tmp_path),
            stdout=asyncio.subprocess.PIPE,
        )
        try:
            assert child.stdout is not None
            assert await child.stdout.readline() == b"said\n"
            while not any(account.total.output for account in latest(tmp_path, store_in(tmp_path), 1)):
                await asyncio.sleep(0.02)  # until its progress has been spooled
            (running,) = latest(tmp_path, store_in(tmp_path), 1)
        finally:
            child.send_signal(signal.SIGKILL)
            await child.wait()
    assert (running.answer.outcome, running.attempts[0].outcome) == ("", "")
    (read,) = latest(tmp_path, store_in(tmp_path), 1)
    _keeper_of_the_next_life(tmp_path).round()
    entered = find(tmp_path, store_in(tmp_path), read.answer.id)
    assert entered is not None
    for account in (read, entered):
        (attempt,) = account.attempts
        assert (account.answer.outcome, attempt.outcome, attempt.target) == ("died", "died", "openai/gpt-4o")
        assert attempt.settled is not None
        assert attempt.settled.output > 0
        assert attempt.settled.output_estimated
        assert attempt.settled.input_estimated
        assert attempt.settled.cost
    assert list((tmp_path / "ledger").iterdir()) == []


def _keeper_of_the_next_life(folder: Path) -> Keeper:
    root = folder / "ledger"
    return Keeper(Spool(root, "9999999999999-1"), root, store_in(folder), _no_notice, 36_500, lambda: 1e9)


def _no_notice(sentence: str) -> None:
    raise AssertionError(sentence)
