"""The data key: found, made once, never readable by others, and told of in sentences that do not show it."""

from __future__ import annotations

import base64
from multiprocessing import get_context
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanspanne.datakey import data_key, derived
from sanspanne.errors import ConfigError, StoreError

keys = st.binary(min_size=32, max_size=32)


def make(folder: str) -> bytes:
    return data_key(Path(folder), {})


@given(key=keys)
def test_key_of_the_environment_in_any_writing(key: bytes) -> None:
    """Hexadecimal and both base64 alphabets, padded or not, give the same 32 bytes."""
    plain = base64.b64encode(key).decode()
    url = base64.urlsafe_b64encode(key).decode()
    for text in (key.hex(), key.hex().upper(), plain, plain.rstrip("="), url, url.rstrip("="), f" {plain}\n"):
        assert data_key(Path("/nowhere"), {"SANSPANNE_DATA_KEY": text}) == key


@pytest.mark.parametrize("text", ["short", "g" * 64, "é" * 32, "A" * 42, "A" * 45, "a" * 62, "00" * 33])
def test_key_that_is_none_is_refused_and_not_shown(text: str) -> None:
    """What is no key of 32 bytes is refused with an example that makes one, without a word of what was found."""
    with pytest.raises(ConfigError) as caught:
        data_key(Path("/nowhere"), {"SANSPANNE_DATA_KEY": text})
    assert text not in str(caught.value)
    assert "openssl rand -hex 32" in str(caught.value)


def test_file_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    """Without a key in the environment one is made, in a file of mode 0600, and found again; nothing else is left there."""
    folder = tmp_path / "data"
    key = data_key(folder, {})
    assert len(key) == 32
    assert data_key(folder, {}) == key
    assert [path.name for path in folder.iterdir()] == ["data.key"]
    assert (folder / "data.key").stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700


def test_each_folder_has_a_key_of_its_own(tmp_path: Path) -> None:
    """Keys that are made are random."""
    assert data_key(tmp_path / "a", {}) != data_key(tmp_path / "b", {})


def test_text_of_the_file_can_be_moved_to_the_environment(tmp_path: Path) -> None:
    """What stands in the file is what the environment variable takes."""
    key = data_key(tmp_path, {})
    assert data_key(Path("/nowhere"), {"SANSPANNE_DATA_KEY": (tmp_path / "data.key").read_text()}) == key


def test_processes_that_start_together_have_one_key(tmp_path: Path) -> None:
    """Of several processes that find no key, one makes it and all have the same."""
    with get_context("spawn").Pool(4) as pool:
        assert len(set(pool.map(make, [str(tmp_path)] * 8))) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["data.key"]


def test_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    """A key that others could have read is not used; the sentence says how to close the file."""
    data_key(tmp_path, {})
    (tmp_path / "data.key").chmod(0o640)
    with pytest.raises(ConfigError, match="chmod 600"):
        data_key(tmp_path, {})


def test_file_without_a_key_is_not_replaced(tmp_path: Path) -> None:
    """A damaged key file is told of and left as it is: a new key would lose what was kept with the old one."""
    path = tmp_path / "data.key"
    path.write_bytes(b"\xff no key")
    path.chmod(0o600)
    with pytest.raises(ConfigError, match="holds no data key"):
        data_key(tmp_path, {})
    assert path.read_bytes() == b"\xff no key"


def test_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    """Where no key can be kept, the message names the file and the other place for it."""
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="SANSPANNE_DATA_KEY"):
        data_key(tmp_path / "file", {})


def test_derivation_is_hkdf_sha256() -> None:
    """The first 32 bytes of the third test case of RFC 5869, which has neither salt nor info."""
    expected = bytes.fromhex("8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d")
    assert derived(b"\x0b" * 22, "") == expected


@given(key=keys, salt=st.binary(max_size=40))
def test_derivation_agrees_with_cryptography(key: bytes, salt: bytes) -> None:
    """For any key and salt it is what the library computes."""
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    assert derived(key, "journal", salt) == HKDF(SHA256(), 32, salt, b"journal").derive(key)
