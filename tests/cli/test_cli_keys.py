"""`sanspanne keys`."""

from __future__ import annotations

from pathlib import Path

from command_line import Cli

from sanspanne.keyring import Keyring
from sanspanne.store.sqlite import Database
from sanspanne.store.sqlite_keys import SqliteKeyStore


def test_secret_alone_goes_to_standard_output(cli: Cli) -> None:
    """A script can take the secret from standard output; the sentence beside it goes elsewhere."""
    done = cli("keys", "create", "laptop")
    assert done.code == 0
    assert len(done.out.split()) == 1
    assert done.out.startswith("sk-sanspanne-")
    assert "laptop. It is shown only now" in done.err


def test_made_key_opens_a_running_server(cli: Cli, tmp_path: Path) -> None:
    """A key made by the command is known to the keyring over the same folder, until it is revoked there."""
    data = str(tmp_path / "data")
    secret = cli("keys", "create", "laptop", "--data", data).out.strip()
    keyring = Keyring({}, SqliteKeyStore(Database(tmp_path / "data")))
    assert keyring.find(secret) == "laptop"
    assert cli("keys", "revoke", "laptop", "--data", data).code == 0
    keyring.refresh()
    assert keyring.find(secret) is None


def test_list_shows_state_and_no_secret(cli: Cli) -> None:
    """The list shows the name, the last four characters and the state of each key, and no secret."""
    first = cli("keys", "create", "one").out.strip()
    second = cli("keys", "create", "two").out.strip()
    cli("keys", "revoke", "one")
    shown = cli("keys", "list").out
    assert f"…{first[-4:]}" in shown
    assert f"…{second[-4:]}" in shown
    assert "revoked on" in shown
    assert "in force" in shown
    assert first not in shown


def test_empty_list_says_how_to_begin(cli: Cli) -> None:
    """Without keys the list says how to make one."""
    done = cli("keys", "list")
    assert (done.code, done.out) == (0, "")
    assert "sanspanne keys create laptop" in done.err


def test_data_folder_follows_xdg(cli: Cli, tmp_path: Path) -> None:
    """Without --data the keys lie where the user keeps the data of programs."""
    cli("keys", "create", "laptop")
    assert (tmp_path / "xdg" / "sanspanne" / "sanspanne.sqlite3").exists()
