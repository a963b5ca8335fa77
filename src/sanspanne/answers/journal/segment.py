"""The format of one file of the journal.

    segment  =  magic, salt (16 bytes), block 0, block 1, block 2 ...
    block    =  length (4 bytes), CRC-32 of the length (4 bytes), AES-256-GCM(records of one write), tag (16 bytes)

The key of a segment is derived from the data key, the segment's number and its salt; a block's nonce is its position, so no
block can be changed, moved, or taken to another segment. Block 0 says when the segment begins.

A file may end anywhere (a kill, a power cut): a block that is not whole, and zeros, are no damage. All else that cannot be
opened is: the CRC tells a damaged length from a block that was cut.
"""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import TYPE_CHECKING
from zlib import crc32

import msgspec
from msgspec import Struct

from sanspanne.answers.journal.disk import Disk
from sanspanne.answers.records import Record, decode
from sanspanne.datakey import derived

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MAGIC = b"sanspanne journal 1\n"
SALT = 16
HEAD = struct.Struct(">II")
TAG = 16
OVERHEAD = 256  # bytes that a segment may need beyond its records, at most


class Start(Struct, frozen=True, array_like=True):
    """Block 0: when the segment begins, in seconds since 1970.

    `before`: how many blocks the segment before this one has; None for the first of a life. If it has fewer, some of them
    never reached the disk. `boot` names the run of the machine in which it was written; empty: unknown.
    """

    at: float
    before: int | None
    boot: str = ""


class SegmentFile:
    """A new segment. The file is there from the beginning; block 0 goes out with the first records."""

    def __init__(self, disk: Disk, path: Path, key: bytes, number: int, start: Start) -> None:
        salt = os.urandom(SALT)
        self._disk = disk
        self._cipher = _cipher(key, number, salt)
        self._first = MAGIC + salt + self._block(0, msgspec.msgpack.encode(start))
        self.begun = start.at
        self.blocks = 1  # tried, not only written
        self.size = 0
        self.file = disk.create(path)

    def write(self, payload: bytes) -> None:
        """One block, in one write. Raises `OSError`, also when only a part of it could be written."""
        data = self._first + self._block(self.blocks, payload)
        self.blocks += 1
        written = self._disk.write(self.file, data)
        self.size += written
        if written < len(data):
            raise OSError(None, f"only {written} of {len(data)} bytes could be written")
        self._first = b""

    def _block(self, position: int, payload: bytes) -> bytes:
        length = (len(payload) + TAG).to_bytes(4, "big")
        head = length + crc32(length).to_bytes(4, "big")
        return head + self._cipher.encrypt(position.to_bytes(12, "big"), payload, head)


class Reading(Struct):
    """What a segment holds. `start` None: nothing. `damaged`: something stands behind it that cannot be opened."""

    start: Start | None
    records: list[Record]
    blocks: int
    damaged: bool


def read_segment(data: bytes, key: bytes, number: int) -> Reading:
    """Everything up to the end, or to the first damage."""
    blocks, damaged = _open_blocks(data, key, number)
    reading = Reading(None, [], 0, damaged)
    try:
        for block in blocks:
            if reading.start is None:
                reading.start = msgspec.msgpack.decode(block, type=Start)
            else:
                reading.records += decode(block)
            reading.blocks += 1
    except msgspec.MsgspecError:  # another version wrote it
        reading.damaged = True
    return reading


def _open_blocks(data: bytes, key: bytes, number: int) -> tuple[list[bytes], bool]:
    from cryptography.exceptions import InvalidTag

    blocks: list[bytes] = []
    if not data.startswith(MAGIC):
        return blocks, not MAGIC.startswith(data.rstrip(b"\0"))
    place = len(MAGIC) + SALT
    cipher = _cipher(key, number, data[len(MAGIC) : place])
    while len(head := data[place : place + HEAD.size]) == HEAD.size:
        length, check = HEAD.unpack(head)
        if check != crc32(head[:4]):
            return blocks, any(data[place:])
        end = place + HEAD.size + length
        if end > len(data):
            break
        try:
            blocks.append(cipher.decrypt(len(blocks).to_bytes(12, "big"), data[place + HEAD.size : end], head))
        except InvalidTag:
            return blocks, any(data[end - TAG :])
        place = end
    return blocks, False


def _cipher(key: bytes, number: int, salt: bytes) -> AESGCM:
    # 6 ms and 9 MB, for those who journal an answer
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(derived(key, f"journal segment {number}", salt))
