"""`sanspanne keys`."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from command_line import Cli

from sanspanne.admission.quotas.terms import Limits
from sanspanne.keyring import Keyring
from sanspanne.ledger.entries import AnswerEntry, AttemptEntry, Books
from sanspanne.ledger.settling import Settled
from sanspanne.store.sqlite import Database
from sanspanne.store.sqlite_keys import SqliteKeyStore
from sanspanne.store.sqlite_ledger import SqliteLedgerStore


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


def store(data: Path) -> SqliteKeyStore:
    return SqliteKeyStore(Database(data))


def test_class_and_limits_are_given_with_the_key(cli: Cli, tmp_path: Path) -> None:
    """What `keys create` says of class and limits stands in the store, field for field."""
    data = tmp_path / "data"
    given = ("--class", "batch", "--requests-per-minute", "60", "--dollars-per-month", "0.5")
    assert cli("keys", "create", "laptop", *given, "--data", str(data)).code == 0
    (record,) = store(data).records()
    assert (record.key_class, record.limits) == ("batch", Limits(requests_per_minute=60, dollars_per_month=0.5))


def test_limit_changes_what_it_names(cli: Cli, tmp_path: Path) -> None:
    """`keys limit` changes what its options name, `none` takes a limit off, and all else stays as it was."""
    data = tmp_path / "data"
    cli("keys", "create", "laptop", "--streams", "5", "--tokens-per-day", "1000000", "--data", str(data))
    done = cli("keys", "limit", "laptop", "--class", "agent", "--streams", "none", "--data", str(data))
    (record,) = store(data).records()
    assert (record.key_class, record.limits) == ("agent", Limits(tokens_per_day=1_000_000))
    assert "laptop now has the class agent" in done.out
    assert "--tokens-per-day 1000000" in done.out


@pytest.mark.parametrize(
    ("option", "value", "expected"),
    [
        ("--requests-per-minute", "0", "a whole number from 1"),
        ("--requests-per-day", "1.5", "a whole number from 1"),
        ("--dollars-per-day", "nan", "a number from 0.01"),
        ("--dollars-per-month", "much", "a number from 0.01"),
        ("--class", "fast", "interactive, agent or batch"),
    ],
)
def test_what_cannot_be_a_limit_is_refused(cli: Cli, option: str, value: str, expected: str) -> None:
    """A limit that makes no sense is refused with what was expected and an example, and no key is made."""
    done = cli("keys", "create", "laptop", option, value)
    assert done.code != 0
    assert expected in done.err
    assert f"For example: {option} " in done.err
    assert cli("keys", "list").out == ""


def test_only_a_key_in_force_is_limited(cli: Cli) -> None:
    """To limit a key that is not there is refused with the names of those that are."""
    cli("keys", "create", "laptop")
    done = cli("keys", "limit", "latop", "--class", "batch")
    assert done.code != 0
    assert 'no key named "latop" in force. In force: laptop.' in done.err


def test_list_shows_limits_and_what_is_used(cli: Cli, tmp_path: Path) -> None:
    """The list shows what a key may use and what it has used today and this month, as the ledger has it."""
    data = tmp_path / "data"
    given = ("--tokens-per-day", "900", "--dollars-per-month", "20", "--streams", "7")
    cli("keys", "create", "laptop", *given, "--data", str(data))
    now = time.time()
    attempt = AttemptEntry("life", 1, "ans_1", "a/m", now, now, outcome="answered")
    attempt.settled = Settled(input=300, output=45, cost=1_250_000)
    answer = AnswerEntry("ans_1", "life", now, key="laptop", outcome="whole")
    SqliteLedgerStore(Database(data)).save(Books({"ans_1": answer}, {("life", 1): attempt}))
    for language, of, dollars in (("en_GB.UTF-8", "of", "1.25"), ("fr_FR.UTF-8", "sur", "1,25")):
        done = cli("keys", "list", "--data", str(data), LANG=language)
        words = " ".join(done.out.replace("│", " ").split())
        assert f"345 {of}" in words
        assert f"{dollars} {of}" in words
        assert "UTC" in done.err
