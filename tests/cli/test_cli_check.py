"""`sanspanne check`, against scripted providers."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from command_line import Cli

from sanspanne.testing import Fail, ScriptedProvider


def configure(folder: Path, chain: str, **addresses: str) -> None:
    sections = [
        f'[providers.{kind}]\nkind = "{kind}"\nbase_url = "{url}"\nkey_env = "KEY"' for kind, url in addresses.items()
    ]
    text = "\n".join([*sections, f"[models.gpt]\nchain = {chain}"])
    (folder / "sanspanne.toml").write_text(text)


async def test_targets_that_answer(cli: Cli, tmp_path: Path) -> None:
    """When every target answers the table says so, and the exit code is 0; each target is asked once, however often named."""
    async with ScriptedProvider("openai") as openai, ScriptedProvider("anthropic") as anthropic:
        configure(
            tmp_path,
            '["openai/gpt-4o", "anthropic/claude-sonnet-5"]\n[models.other]\nchain = ["openai/gpt-4o"]',
            openai=openai.base_url,
            anthropic=anthropic.base_url,
        )
        done = await asyncio.to_thread(cli, "check", KEY="sk-1", COLUMNS="200")
        assert len(openai.calls) == len(anthropic.calls) == 1
    assert done.code == 0
    assert "Every target answers." in done.err
    assert done.out.count("yes") == 6
    assert " ms" in done.out


async def test_target_that_fails(cli: Cli, tmp_path: Path) -> None:
    """When one target fails a sentence says why, the others are shown all the same, and the exit code is 1."""
    async with ScriptedProvider("openai", key="sk-other") as openai, ScriptedProvider("anthropic") as anthropic:
        configure(
            tmp_path,
            '["openai/gpt-4o", "anthropic/claude-sonnet-5"]',
            openai=openai.base_url,
            anthropic=anthropic.base_url,
        )
        done = await asyncio.to_thread(cli, "check", KEY="sk-wrong-1234")
    assert done.code == 1
    assert "Targets without an answer: 1 of 2." in done.err
    assert "openai/gpt-4o: " in done.out
    assert "sk-wrong-1234" not in done.out + done.err


@pytest.mark.parametrize("locale", ["en_GB.UTF-8", "fr_FR.UTF-8"])
async def test_names_and_sentences_can_be_copied(cli: Cli, tmp_path: Path, locale: str) -> None:
    """In a terminal of 80 columns no target's name is cut in two, in neither language, and a fault is one whole line."""
    async with ScriptedProvider("gemini", script=Fail("auth")) as gemini, ScriptedProvider("anthropic") as anthropic:
        configure(
            tmp_path,
            '["gemini/gemini-flash-latest", "anthropic/claude-sonnet-5"]',
            gemini=gemini.base_url,
            anthropic=anthropic.base_url,
        )
        done = await asyncio.to_thread(cli, "check", KEY="sk-1", LANG=locale, COLUMNS="80")
    lines = done.out.splitlines()
    assert any(line.strip().startswith("anthropic/claude-sonnet-5 ") for line in lines)
    assert any(line.startswith("gemini/gemini-flash-latest") and line.endswith("valid API key.") for line in lines)


async def test_overloaded_target_fails(cli: Cli, tmp_path: Path) -> None:
    """A target that is overloaded fails the check, with question marks for what is not known."""
    async with ScriptedProvider("openai", script=Fail("overloaded")) as openai:
        configure(tmp_path, '["openai/gpt-4o"]', openai=openai.base_url)
        done = await asyncio.to_thread(cli, "check", KEY="sk-1")
    assert done.code == 1
    assert done.out.count("?") >= 2


def test_missing_key_is_told_before_anybody_is_asked(cli: Cli, tmp_path: Path) -> None:
    """A key that is not in the environment is a mistake of the configuration."""
    configure(tmp_path, '["openai/gpt-4o"]', openai="http://127.0.0.1:9/v1")
    done = cli("check")
    assert done.code == 2
    assert "environment variable KEY, which is not set" in done.err


def test_a_webhook_without_its_secret_is_told(cli: Cli, tmp_path: Path) -> None:
    """What would stop the start of the server fails the check, also where there is no target to ask."""
    text = '[keys.app]\nsecret_env = "APP"\nwebhook = "https://app.example.org/answered"'
    (tmp_path / "sanspanne.toml").write_text(text)
    done = cli("check", APP="sk-app")
    assert done.code == 2
    assert "no secret by which it could know us" in done.err


def test_nothing_to_ask(cli: Cli) -> None:
    """Without any provider there is nothing to ask, and the configuration is right."""
    done = cli("check")
    assert done.code == 0
    assert "The configuration is right." in done.out


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        ("enabled = false", "The model on board is switched off."),
        ("", "The model on board is not here yet; `sanspanne serve` fetches it."),
        ("fetch = false", "Fetch it: sanspanne models pull"),
        ('path = "mine.gguf"', "The model on board is here: mine."),
    ],
)
def test_model_on_board_is_told(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, section: str, expected: str
) -> None:
    """The check says how it stands with the model on board; as the last rung it never fails the check."""
    monkeypatch.setattr("sanspanne.onboard.supervisor.installed", lambda: True)
    (tmp_path / "mine.gguf").write_bytes(b"GGUF")
    (tmp_path / "sanspanne.toml").write_text(f"[onboard]\n{section}")
    done = cli("check")
    assert done.code == 0
    assert expected in done.err


def test_missing_engine_is_told(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the engine the check says how to install it."""
    monkeypatch.setattr("sanspanne.onboard.supervisor.installed", lambda: False)
    assert "pip install 'sanspanne[onboard]'" in cli("check").err
