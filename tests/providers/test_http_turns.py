"""Many answers share one loop: none of them may keep it for long, however fast its provider sends."""

import asyncio

from sanspanne.providers.http1 import HttpTransport
from sanspanne.providers.transport import Call

PIECE = 32 * 1024
WHOLE = 64 * PIECE


async def test_a_flooding_provider_leaves_others_their_turn():
    """What came at once is given out in pieces of 32 KiB at most, and somebody else runs between two of them."""
    turns = 0

    async def serve(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % WHOLE + bytes(WHOLE))

    async def somebody_else():
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    listener = await asyncio.start_server(serve, "127.0.0.1", 0)
    transport = HttpTransport()
    other = asyncio.create_task(somebody_else())
    try:
        url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}/"
        upstream = await transport.open(Call("POST", url, {}))
        turns, sizes = 0, []
        while chunk := await upstream.next_chunk():
            sizes.append(len(chunk))
        assert sum(sizes) == WHOLE
        assert max(sizes) <= PIECE
        assert turns >= len(sizes) // 2
    finally:
        other.cancel()
        await transport.close()
        listener.close()
