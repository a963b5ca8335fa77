"""What is kept of answers is sealed before it is stored: AES-256-GCM, with a random nonce before each piece.

digest      what stands in a table instead of a caller's words or names: a keyed BLAKE2b
"""

from __future__ import annotations

import hashlib
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sanspanne.errors import StoreError

NONCE = 12


class Sealing:
    """Seals and opens with `key` (32 bytes)."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._cipher = AESGCM(key)

    def digest(self, *parts: bytes) -> bytes:
        """32 bytes that tell nothing of `parts` to whoever lacks the key."""
        made = hashlib.blake2b(key=self._key, digest_size=32)
        for part in parts:
            made.update(len(part).to_bytes(8, "big") + part)
        return made.digest()

    def seal(self, plain: bytes, place: bytes) -> bytes:
        """`plain`, encrypted; it can be opened at the same `place` alone."""
        nonce = os.urandom(NONCE)
        return nonce + self._cipher.encrypt(nonce, plain, place)

    def open(self, sealed: bytes, place: bytes) -> bytes:
        """What was sealed for `place`. Raises `StoreError` if it was damaged, moved, or sealed with another key."""
        try:
            return self._cipher.decrypt(sealed[:NONCE], sealed[NONCE:], place)
        except (InvalidTag, ValueError):  # the latter where not even a nonce is left
            raise StoreError("what is kept is damaged, or was sealed with another data key") from None
