"""Secrets are found where the configuration says, and are never shown."""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path

import pytest

from sanspanne.config import Config, KeyConfig, ProviderConfig
from sanspanne.errors import ConfigError
from sanspanne.secrets import caller_digests, is_loopback, provider_key, require_keys_unless_loopback


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def private(path: Path, text: str) -> Path:
    path.write_text(text)
    path.chmod(0o600)
    return path


def test_key_comes_from_the_named_variable() -> None:
    """A key is taken from the variable that key_env names, without the white space around it."""
    assert provider_key("openai", ProviderConfig("openai", key_env="MINE"), {"MINE": " sk-1\n"}) == "sk-1"


def test_key_comes_from_the_usual_variable() -> None:
    """Without key_env the usual variables of the kind are looked at, in their order."""
    gemini = ProviderConfig("gemini")
    assert provider_key("g", gemini, {"GOOGLE_API_KEY": "b"}) == "b"
    assert provider_key("g", gemini, {"GOOGLE_API_KEY": "b", "GEMINI_API_KEY": "a"}) == "a"


def test_key_comes_from_a_file_without_its_line_end(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A key in a private file is read without its line end and without a warning."""
    path = private(tmp_path / "key", "sk-2\r\n")
    assert provider_key("openai", ProviderConfig("openai", key_file=str(path)), {}) == "sk-2"
    assert caplog.records == []


def test_file_that_others_can_read_is_warned_of(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A file of secrets that others can read is used, with a warning that says how to close it and not what is in it."""
    path = private(tmp_path / "key", "sk-secret")
    path.chmod(0o644)
    with caplog.at_level(logging.WARNING):
        provider_key("openai", ProviderConfig("openai", key_file=str(path)), {})
    assert f"chmod 600 {path}" in caplog.text
    assert "sk-secret" not in caplog.text


def test_engine_at_home_needs_no_key() -> None:
    """An engine on the own machine, or an API at an address of one's own, may have no key."""
    assert provider_key("llama", ProviderConfig("llama"), {}) is None
    assert provider_key("openai", ProviderConfig("openai", base_url="http://127.0.0.1:1/v1"), {}) is None


@pytest.mark.parametrize(
    ("provider", "expected"),
    [
        (ProviderConfig("openai"), "environment variable OPENAI_API_KEY"),
        (ProviderConfig("openai", key_env="GONE"), "GONE, which is not set"),
        (ProviderConfig("openai", key_file="/nowhere/key"), "/nowhere/key, which cannot be read"),
    ],
)
def test_missing_key_is_told_with_the_place(provider: ProviderConfig, expected: str) -> None:
    """A key that is not where it should be is told with the setting and the place."""
    with pytest.raises(ConfigError) as caught:
        provider_key("openai", provider, {})
    assert expected in str(caught.value)
    assert "providers.openai" in str(caught.value)


def test_empty_secret_is_none(tmp_path: Path) -> None:
    """An empty file or variable is not a secret that anybody could show."""
    path = private(tmp_path / "key", "\n")
    for key in (KeyConfig(secret_file=str(path)), KeyConfig(secret_env="EMPTY")):
        with pytest.raises(ConfigError):
            caller_digests(Config(keys={"app": key}), {"EMPTY": ""})


def test_callers_keys_become_digests(tmp_path: Path) -> None:
    """Of each caller's secret only the digest is kept, wherever it comes from."""
    path = private(tmp_path / "key", "two\n")
    keys = {
        "a": KeyConfig(secret_env="ONE"),
        "b": KeyConfig(secret_file=str(path)),
        "c": KeyConfig(sha256=sha256("three").upper()),
    }
    digests = caller_digests(Config(keys=keys), {"ONE": "one"})
    assert digests == {"a": sha256("one"), "b": sha256("two"), "c": sha256("three")}


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1", "[::1]", "localhost", "LOCALHOST"])
def test_loopback_needs_no_keys(host: str) -> None:
    """Where only programs of this machine can call, no key is demanded."""
    assert is_loopback(host)
    require_keys_unless_loopback(host, have_keys=False)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "192.168.1.4", "chat.example.org", "127.0.0.1.example.org"])  # noqa: S104
def test_other_hosts_need_keys(host: str) -> None:
    """Anywhere else listening is refused without keys, with the command that makes one."""
    with pytest.raises(ConfigError, match="sanspanne keys create"):
        require_keys_unless_loopback(host, have_keys=False)
    require_keys_unless_loopback(host, have_keys=True)
