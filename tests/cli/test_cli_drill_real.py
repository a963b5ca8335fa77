"""`sanspanne drill --real`; scripted providers stand for the real ones."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest
from command_line import Cli

from sanspanne.drill.result import Report
from sanspanne.testing import Answer, ScriptedProvider

SCENARIO = """
name = "small"
seconds = 3
chain = ["openai", "claude"]
[title]
en = "A small drill"
[load]
words = 5
[[load.phase]]
at = 0
rate = 4.0
[providers.openai]
kind = "openai"
[[providers.openai.fault]]
at = 1
until = 2
shape = "down-503"
[providers.claude]
kind = "anthropic"
[[promise]]
name = "served"
at_least = 0.9
[[promise]]
name = "wrong"
at_most = 0
"""


def configuration(openai: str, mine: str) -> str:
    """Two providers and a chain of both."""
    prices = "".join(f'[prices."{t}"]\ninput = 1.0\noutput = 5.0\n' for t in ("openai/gpt-4o", "mine/claude-sonnet-5"))
    return (
        f'[providers.openai]\nkind = "openai"\nbase_url = "{openai}"\nkey_env = "FIRST_KEY"\n'
        f'[providers.mine]\nkind = "anthropic"\nbase_url = "{mine}"\nkey_env = "SECOND_KEY"\n'
        f'[models.auto]\nchain = ["openai/gpt-4o", "mine/claude-sonnet-5"]\n{prices}'
    )


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A folder with the scenario."""
    (tmp_path / "small.toml").write_text(SCENARIO)
    return tmp_path


async def test_allowed_targets_are_asked_through_the_proxies(cli: Cli, here: Path) -> None:
    """The real keys go to the real providers alone, the faults are played, the caps hold, and it is judged."""
    async with (
        ScriptedProvider("openai", key="real-1", script=Answer("Oui.")) as first,
        ScriptedProvider("anthropic", key="real-2", script=Answer("Oui.")) as second,
    ):
        (here / "sanspanne.toml").write_text(configuration(first.base_url, second.base_url))
        arguments = ["drill", "small.toml", "--real", "--config", "sanspanne.toml", "--allow", "openai,mine"]
        caps = ["--max-dollars", "1.00", "--max-calls", "60", "--json"]
        done = await asyncio.to_thread(cli, *arguments, *caps, FIRST_KEY="real-1", SECOND_KEY="real-2")
        assert done.code == 0, done.err + done.out
        asked = len(first.calls) + len(second.calls)
        assert len(first.calls) > 0
        assert len(second.calls) > 0
    report = msgspec.json.decode(done.out, type=Report)
    assert asked <= 60
    assert [promise.name for promise in report.promises] == ["served"]
    assert report.ceiling is None
    assert report.runs[0].calls["openai"] > 0
    assert "real-1" not in done.out + done.err
    assert "Asking openai (127.0.0.1), mine (127.0.0.1), at most 60 calls and $1.00." in done.err
    assert "calls were passed on, for $0.0" in done.err


@pytest.mark.parametrize(
    "missing",
    [[], ["--allow", "openai"], ["--max-dollars", "1", "--max-calls", "9"], ["--allow", "openai", "--max-calls", "9"]],
)
async def test_without_leave_nothing_is_sent(cli: Cli, here: Path, missing: list[str]) -> None:
    """A list of providers and two caps must be given: else it says what it would send where and cost, and sends nothing."""
    async with ScriptedProvider("openai") as first, ScriptedProvider("anthropic") as second:
        (here / "sanspanne.toml").write_text(configuration(first.base_url, second.base_url))
        done = await asyncio.to_thread(cli, "drill", "small.toml", "--real", *missing)
        assert (done.code, done.out) == (2, "")
        assert "nothing has been sent. It would send up to" in done.err
        assert "openai (127.0.0.1)" in done.err
        assert "and cost up to $" in done.err
        assert (len(first.calls), len(second.calls), first.refused + second.refused) == (0, 0, 0)


async def test_who_is_not_allowed_is_not_asked(cli: Cli, here: Path) -> None:
    """With one of two allowed, the other hears nothing, and its key is not even looked for."""
    async with ScriptedProvider("openai") as first, ScriptedProvider("anthropic") as second:
        (here / "sanspanne.toml").write_text(configuration(first.base_url, second.base_url))
        caps = ["--allow", "mine", "--max-dollars", "1", "--max-calls", "3"]
        done = await asyncio.to_thread(cli, "drill", "small.toml", "--real", *caps, SECOND_KEY="k")
        assert "Asking mine" in done.err
        assert 0 < len(second.calls) <= 3
        assert (len(first.calls), first.refused) == (0, 0)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--allow", "nobody"], "--allow has nobody, which is not a provider of openai, mine"),
        (["--allow", "mine", "--max-dollars", "1", "--max-calls", "0"], "--max-calls 0 is no cap"),
        (["--allow", "mine", "--max-dollars", "-1", "--max-calls", "5"], "--max-dollars -1.0 is no cap"),
    ],
)
def test_wrong_leave_is_a_sentence(cli: Cli, here: Path, arguments: list[str], sentence: str) -> None:
    """What cannot be allowed is said, and nothing is sent."""
    (here / "sanspanne.toml").write_text(configuration("http://127.0.0.1:9", "http://127.0.0.1:9"))
    done = cli("drill", "small.toml", "--real", *arguments, FIRST_KEY="a", SECOND_KEY="b")
    assert done.code == 2
    assert sentence in done.err


def test_a_price_that_is_not_known_is_asked_for(cli: Cli, here: Path) -> None:
    """Without a price no cap can be kept: the setting that is missing is shown."""
    (here / "sanspanne.toml").write_text('[providers.openai]\nkind = "openai"\n[models.auto]\nchain = ["openai/odd"]\n')
    done = cli("drill", "small.toml", "--real", LANG="fr")
    assert done.code == 2
    assert "Le prix de openai/odd n’est pas connu" in done.err
    assert '[prices."openai/odd"]' in done.err


def test_leave_without_real_is_a_mistake(cli: Cli, here: Path) -> None:
    """Caps for a drill that costs nothing mean that --real was forgotten."""
    done = cli("drill", "small.toml", "--max-calls", "5")
    assert done.code == 2
    assert "are for --real" in done.err
