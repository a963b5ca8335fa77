"""Takes a model's file from the hub, over lines that break: resumed where they broke, given up when nothing comes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import aiohttp

from sanspanne.onboard.catalogue import Hub
from sanspanne.onboard.part import Part, SourceFailed

CONNECT = 5.0  # seconds: a machine without a network must learn soon that it has none
STALL = 30.0  # seconds without a byte
TRIES = 5  # in a row, without a byte between them

# The name does not resolve, nobody listens, the certificate is wrong: waiting would not help.
UNREACHABLE = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL)


async def fetch_hub(
    source: Hub,
    part: Part,
    progress: Callable[[int], None],
    *,
    mirror: str | None = None,
    stall: float = STALL,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Bring `part` to its full size. Raises `SourceFailed`; what has come stays in the part for the next try."""
    timeout = aiohttp.ClientTimeout(total=None, connect=CONNECT, sock_connect=CONNECT, sock_read=stall)
    failed = 0
    async with aiohttp.ClientSession(timeout=timeout, trust_env=True, auto_decompress=False) as session:
        while part.size < part.entry.bytes:
            before = part.size
            try:
                await _stream(session, source.url(mirror), part, progress)
                error = "the line was cut"
            except UNREACHABLE as problem:
                raise SourceFailed(f"it cannot be reached: {problem}") from None
            except (aiohttp.ClientError, TimeoutError) as problem:
                error = str(problem) or f"nothing came for {stall:.0f} s"
            failed = 1 if part.size > before else failed + 1
            if failed == TRIES:
                raise SourceFailed(f"{TRIES} tries in a row brought nothing; the last one said: {error}")
            if part.size < part.entry.bytes:
                await sleep(2.0 ** (failed - 1))


async def _stream(session: aiohttp.ClientSession, url: str, part: Part, progress: Callable[[int], None]) -> None:
    async with session.get(url, headers=_headers(part)) as response:
        if response.status >= 500 or response.status == 429:
            raise aiohttp.ClientPayloadError(f"HTTP status {response.status}")
        if response.status not in (200, 206):
            raise SourceFailed(f"it answered with HTTP status {response.status} for {url}")
        _compare(response, part)
        if response.status == 200 and part.size:
            await asyncio.to_thread(part.restart)  # the file has changed since, or the hub does not resume
        part.etag = response.headers.get("ETag", "")
        async for chunk in response.content.iter_any():
            await asyncio.to_thread(part.write, chunk)
            progress(part.size)


def _headers(part: Part) -> dict[str, str]:
    headers = {"Accept-Encoding": "identity"}  # the hash is that of the bytes as they lie on the hub's disk
    if part.size:
        headers["Range"] = f"bytes={part.size}-"
    if part.size and part.etag and not part.etag.startswith("W/"):
        headers["If-Range"] = part.etag
    return headers


def _compare(response: aiohttp.ClientResponse, part: Part) -> None:
    """Refuse another file before it is fetched, where the hub says what it is about to send."""
    announced = response.content_length
    if announced is not None and response.status == 206:
        announced += part.size
    if announced is not None and announced != part.entry.bytes:
        raise SourceFailed(f"its file has {announced} bytes where {part.entry.bytes} were expected")
    for earlier in (*response.history, response):
        linked = earlier.headers.get("X-Linked-ETag", "").strip('"')  # the hub's own sha256 of large files
        if len(linked) == 64 and linked != part.entry.sha256:
            raise SourceFailed(f"its file has sha256 {linked} where {part.entry.sha256} was expected")
