"""A webhook that writes down what it is told, and answers as the test says."""

import asyncio
import base64
import hmac
import json

SECRET = bytes(range(32))
SECRET_TEXT = "whsec_" + base64.b64encode(SECRET).decode()


class Receiver:
    """Listens on 127.0.0.1; answers with the next of `statuses`, the last one for good. `told` has (headers, body)."""

    def __init__(self, *statuses):
        self.statuses = list(statuses) or [204]
        self.told = []
        self.news = asyncio.Event()

    async def __aenter__(self):
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self.server.sockets[0].getsockname()[1]}/told?token=hidden"
        return self

    async def __aexit__(self, *exc_info):
        self.server.close()

    async def _serve(self, reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
        body = await reader.readexactly(int(headers["content-length"]))
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        writer.write(f"HTTP/1.1 {status} So\r\ncontent-length: 0\r\nlocation: /elsewhere\r\n\r\n".encode())
        await writer.drain()
        self.told.append((headers, json.loads(body)))
        self.check(headers, body)
        self.news.set()
        writer.close()

    async def until(self, count):
        """Return when it was told so often."""
        async with asyncio.timeout(30):
            while len(self.told) < count:
                self.news.clear()
                await self.news.wait()

    def check(self, headers, body):
        """What whoever receives it must do before he believes it."""
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        expected = base64.b64encode(hmac.digest(SECRET, signed, "sha256")).decode()
        assert headers["webhook-signature"] == f"v1,{expected}"
