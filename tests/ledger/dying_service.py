"""A service that puts one question to a provider and follows the answer, until it is killed: `python dying_service.py URL DATA`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from sanspanne.app import Service
from sanspanne.asking import ask
from sanspanne.config import parse


async def main(url: str, data: Path) -> None:
    """Ask, and print the text as it comes."""
    config = parse(
        {
            "providers": {"openai": {"kind": "openai", "base_url": url, "key_env": "KEY"}},
            "models": {"gpt": {"chain": ["openai/gpt-4o"], "onboard": False}},
            "onboard": {"enabled": False},
            "prices": {"openai/gpt-4o": {"input": 2.5, "output": 10.0}},
        }
    )
    service = Service(config, data_dir=data, environ={"KEY": "sk-test"})
    await service.start()
    async for _ in ask(service, "Why is the sky blue?", "gpt").events():
        print("said", flush=True)


asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
