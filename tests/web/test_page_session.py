"""Who may open the page."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanspanne.errors import ConfigError
from sanspanne.web.session import FILE_NAME, Sessions

TOKEN = "a-token-that-is-as-long-as-a-real-one-would-be"


def test_a_token_is_made_once_and_survives_a_restart(tmp_path: Path) -> None:
    """An open page survives a restart of the service."""
    first = Sessions.load(tmp_path / "data", 8080)
    assert Sessions.load(tmp_path / "data", 8080).accepts(f"sanspanne-8080={first.token}")


def test_two_services_have_different_tokens(tmp_path: Path) -> None:
    """A token is drawn at random, for each data folder."""
    assert Sessions.load(tmp_path / "a", 8080).token != Sessions.load(tmp_path / "b", 8080).token


@pytest.mark.parametrize("mode", [None, 0o644])
def test_only_the_owner_may_read_the_token(tmp_path: Path, mode: int | None) -> None:
    """The token's file has mode 0600, also when it was found with another."""
    if mode:
        (tmp_path / FILE_NAME).write_text(TOKEN)
        (tmp_path / FILE_NAME).chmod(mode)
    Sessions.load(tmp_path, 8080)
    assert (tmp_path / FILE_NAME).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", ["", "short", "é" * 40])
def test_a_damaged_token_is_refused_with_the_way_out(tmp_path: Path, content: str) -> None:
    """An empty token never opens the page to everybody: the service does not start, and says what to do."""
    (tmp_path / FILE_NAME).write_text(content)
    with pytest.raises(ConfigError, match="Delete the file"):
        Sessions.load(tmp_path, 8080)


def test_a_folder_that_cannot_be_used_is_a_sentence(tmp_path: Path) -> None:
    """Where the token cannot be kept, the service says so and shows an option that helps."""
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="--data"):
        Sessions.load(tmp_path / "file", 8080)


def test_the_printed_address_holds_the_token() -> None:
    """What `serve` prints opens the page."""
    assert Sessions(TOKEN, 8080).address("http://127.0.0.1:8080/") == f"http://127.0.0.1:8080/?token={TOKEN}"


@pytest.mark.parametrize("header", [f"sanspanne-8080={TOKEN}", f"other=1; sanspanne-8080={TOKEN}; x=2"])
def test_the_right_cookie_is_accepted(header: str) -> None:
    """Other cookies of the same host do not disturb."""
    assert Sessions(TOKEN, 8080).accepts(header)


@pytest.mark.parametrize(
    "header", [None, "", "sanspanne-8080=", f"sanspanne-8081={TOKEN}", f"sanspanne-8080={TOKEN[:-1]}", f"x={TOKEN}"]
)
def test_any_other_cookie_is_refused(header: str | None) -> None:
    """No cookie, a wrong one, or that of the service on another port opens nothing."""
    assert not Sessions(TOKEN, 8080).accepts(header)


@given(st.text())
def test_no_header_can_break_the_check(header: str) -> None:
    """Whatever a Cookie header holds, the answer is no and not an exception."""
    assert not Sessions(TOKEN, 8080).accepts(header)


@given(st.text())
def test_no_token_can_break_the_check(token: str) -> None:
    """Whatever stands in the address, the answer is no and not an exception."""
    assert not Sessions(TOKEN, 8080).opens(token)
