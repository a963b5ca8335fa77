"""`sanspanne serve` as a process of its own, which can be killed and started again at the same place."""

import asyncio
import os
import re
import signal
import socket
import sys

import httpx

NUMBER = re.compile(rb"^id: (\d+)$", re.MULTILINE)


class ServedProcess:
    """A service over scripted providers (name -> ScriptedProvider), at one port and with one data folder for all its lives."""

    def __init__(self, folder, providers, *, model="gpt-4o", more=""):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            self.port = taken.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.folder = folder
        chain = ", ".join(f'"{name}/{model}"' for name in providers)
        sections = [
            f'[providers.{name}]\nkind = "{p.kind}"\nbase_url = "{p.base_url}"\nkey_env = "KEY"'
            for name, p in providers.items()
        ]
        text = "\n".join(
            [
                *sections,
                f"[models.auto]\nchain = [{chain}]\nonboard = false",
                "[onboard]\nenabled = false",
                "[server]\ndrain_seconds = 1.0",
                more,
            ]
        )
        (folder / "sanspanne.toml").write_text(text)

    async def __aenter__(self):
        await self.start()
        return self

    async def __aexit__(self, *exc_info):
        if self.process.returncode is None:
            await self.kill()

    async def start(self):
        """Begin a life, and return when it serves."""
        self.process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "sanspanne",
            "serve",
            "--config",
            str(self.folder / "sanspanne.toml"),
            "--data",
            str(self.folder / "data"),
            "--port",
            str(self.port),
            env={**os.environ, "KEY": "sk-test-key"},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        self.log = b""
        self._reading = asyncio.create_task(self._read())
        async with asyncio.timeout(30), httpx.AsyncClient() as client:
            while True:
                try:
                    await client.get(f"{self.url}/healthz")
                    return
                except httpx.TransportError:
                    assert self.process.returncode is None, self.log.decode()
                    await asyncio.sleep(0.02)

    async def _read(self):
        while line := await self.process.stdout.readline():
            self.log += line

    async def kill(self):
        """kill -9."""
        self.process.kill()
        await self.process.wait()
        await self._reading

    async def stop(self):
        """SIGTERM, and wait for the end; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(30):
            code = await self.process.wait()
        await self._reading
        return code

    async def ask(self, client, body, path="/v1/chat/completions", *, until, headers=None):
        """Put a question, read its stream until `until(data)`, then leave; all that was read."""
        headers = {"x-sanspanne-detach": "true", **(headers or {})}
        data, self.answer_id = b"", None
        async with client.stream("POST", self.url + path, json=body, headers=headers) as response:
            assert response.status_code == 200, await response.aread()
            self.answer_id = response.headers["x-sanspanne-answer"]
            async for piece in response.aiter_raw():
                data += piece
                if until(data):
                    break
        return data

    async def events(self, client, after, answer_id=None):
        """The events of the answer after number `after`, to their end."""
        url = f"{self.url}/v1/answers/{answer_id or self.answer_id}/events"
        async with asyncio.timeout(30):
            response = await client.get(url, params={"after": after}, timeout=30)
        assert response.status_code == 200, response.text
        return response.content


def numbers(data):
    """The numbers of the whole events in these bytes."""
    return [int(number) for number in NUMBER.findall(data[: data.rfind(b"\n\n") + 2])]


def whole_events(data):
    """These bytes up to the end of the last whole event."""
    return data[: data.rfind(b"\n\n") + 2]
