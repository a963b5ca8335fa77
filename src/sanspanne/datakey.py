"""The data key: 32 random bytes, from which every key for what we keep on the disk is derived.

SANSPANNE_DATA_KEY, else the file `data.key` --> data key --HKDF-SHA256(purpose, salt)--> a key for one purpose
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from sanspanne.errors import ConfigError, StoreError

VARIABLE = "SANSPANNE_DATA_KEY"
FILE_NAME = "data.key"
SIZE = 32
_HOW = f'For example: export {VARIABLE}="$(openssl rand -hex {SIZE})"'


def data_key(data_dir: Path, environ: Mapping[str, str]) -> bytes:
    """The 32 bytes of the data key: from the environment, else from `data.key` in `data_dir`, made when it is not there.

    Raises `ConfigError` for a key that cannot be used or that others can read, `StoreError` when the file cannot be made.
    """
    text = environ.get(VARIABLE, "").strip()
    if text:
        return _read(text, f"The environment variable {VARIABLE}", _HOW)
    path = data_dir / FILE_NAME
    try:
        if not path.exists():
            _make(path)
        return _from_file(path)
    except OSError as error:
        raise StoreError(
            f"The data key {path} cannot be read or made: {error.strerror}. "
            f"Expected a folder that this user can write to, or the key in {VARIABLE}. {_HOW}"
        ) from error


def derived(key: bytes, purpose: str, salt: bytes = b"") -> bytes:
    """32 bytes for one purpose: HKDF-SHA256 (RFC 5869) of `key`, with `purpose` as its info."""
    extracted = hmac.digest(salt or bytes(32), key, "sha256")
    return hmac.digest(extracted, purpose.encode() + b"\x01", "sha256")


def _from_file(path: Path) -> bytes:
    if path.stat().st_mode & 0o077:
        raise ConfigError(
            f"Others can read the data key {path}. Expected a file that only its owner can read. For example: chmod 600 {path}"
        )
    how = f"Put the right one back, or delete the file: a new key is made, and what was kept with the old one is lost. {_HOW}"
    return _read(path.read_text("utf-8", "replace").strip(), f"The file {path}", how)


def _make(path: Path) -> None:
    """Written whole under another name, then linked: who comes at the same time finds a whole key, and only one of them."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f"{FILE_NAME}.{secrets.token_hex(8)}")
    file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(file, secrets.token_hex(SIZE).encode() + b"\n")
        os.fsync(file)
        os.link(draft, path)
    except FileExistsError:
        return  # another process was first: its key is read
    finally:
        os.close(file)
        draft.unlink()


def _read(text: str, place: str, how: str) -> bytes:
    key = _decoded(text)
    if key is None or len(key) != SIZE:
        raise ConfigError(f"{place} holds no data key. Expected {SIZE} random bytes in hexadecimal or base64. {how}")
    return key


def _decoded(text: str) -> bytes | None:
    try:
        if len(text) == 2 * SIZE:
            return bytes.fromhex(text)
        padded = text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4)
        return base64.b64decode(padded.replace("-", "+").replace("_", "/"), validate=True)
    except (ValueError, binascii.Error):
        return None
