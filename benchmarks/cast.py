"""The providers of a run of cases: one server per role and kind, each of which knows by the question what it is to play."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Self

from benchmarks.cut_cases import Case, Player
from sanspanne.app import Service
from sanspanne.chat import ChatRequest
from sanspanne.config import parse
from sanspanne.dialects.anthropic_messages import ANTHROPIC_MESSAGES
from sanspanne.dialects.base import Dialect
from sanspanne.dialects.openai_chat import OPENAI_CHAT
from sanspanne.testing import Answer, Script, ScriptedProvider, Stage
from sanspanne.testing.conversation import conversation

SPEAKERS: dict[str, Dialect] = {"openai_chat": OPENAI_CHAT, "anthropic_messages": ANTHROPIC_MESSAGES}
CLOCKS = {"first_token": 0.4, "first_token_learnt": 0.4, "gap": 0.4, "connect": 1.0}


class ByQuestion(Script):
    """What a server plays: for each question the scripts of its calls, one after the other; the last one stays."""

    def __init__(self) -> None:
        self._scripts: dict[str, list[Script]] = {}
        self._calls: dict[str, int] = {}

    def set(self, question: str, scripts: Iterable[Script]) -> None:
        """From now on the calls with this question get these scripts."""
        self._scripts[question] = list(scripts)
        self._calls[question] = 0

    def forget(self, question: str) -> int:
        """The question will not come again; how many calls with it there were."""
        del self._scripts[question]
        return self._calls.pop(question)

    async def play(self, stage: Stage) -> None:
        question = conversation(stage.call.body).question
        if question not in self._scripts:
            return await Answer("ok").play(stage)  # a probe's
        self._calls[question] += 1
        scripts = self._scripts[question]
        return await (scripts.pop(0) if len(scripts) > 1 else scripts[0]).play(stage)


class Cast:
    """All servers. Enter it, and they listen."""

    def __init__(self) -> None:
        self._servers: dict[tuple[int, str], ScriptedProvider] = {}
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._stack.aclose()

    async def server(self, role: int, player: Player) -> ScriptedProvider:
        """The server of a kind in a role: 0 is the first target of a chain."""
        key = role, player.scripted
        if key not in self._servers:
            provider = ScriptedProvider(player.scripted, script=ByQuestion())
            self._servers[key] = await self._stack.enter_async_context(provider)
        return self._servers[key]

    async def give(self, case: Case, scripts: Callable[[int, Case], list[Script]]) -> None:
        """Tell the servers of a case what they are to play in it."""
        for role, player in enumerate((case.first, *case.others)):
            _script(await self.server(role, player)).set(case.question, scripts(role, case))

    async def forget(self, case: Case) -> int:
        """The case is over; how many calls it took."""
        players = [await self.server(role, player) for role, player in enumerate((case.first, *case.others))]
        return sum(_script(player).forget(case.question) for player in players)

    async def service(self, block: Iterable[Case], folder: Path, **sections: Any) -> Service:
        """A service in which every case has a chain of targets of its own, so that no breaker remembers another case."""
        providers: dict[str, Any] = {}
        models: dict[str, Any] = {}
        for case in block:
            chain = []
            for role, player in enumerate((case.first, *case.others)):
                server = await self.server(role, player)
                url = server.base_url.removesuffix("/v1") + player.path if player.path else server.base_url
                name = f"c{case.number}r{role}"
                providers[name] = {"kind": player.kind, "base_url": url, "key_env": "KEY"}
                chain.append(f"{name}/{player.model}")
            models[f"m{case.number}"] = {"chain": chain, "onboard": False}
        config = {"providers": providers, "models": models, "onboard": {"enabled": False}, "clocks": CLOCKS, **sections}
        return Service(parse(config), data_dir=folder, environ={"KEY": "sk-test-key"})


def request_of(case: Case) -> ChatRequest:
    """The caller's request, as his dialect reads it."""
    body = {
        "model": f"m{case.number}",
        "messages": [{"role": "user", "content": case.question}],
        "stream": True,
        **({"stream_options": {"include_usage": True}} if case.dialect == "openai_chat" else {"max_tokens": 4000}),
        **({"max_tokens": case.max_tokens} if case.max_tokens else {}),
        **case.fields,
    }
    data = json.dumps(body).encode()
    request = SPEAKERS[case.dialect].read_request(data, {})
    request.size = len(data)
    return request


def _script(server: ScriptedProvider) -> ByQuestion:
    assert isinstance(server.script, ByQuestion)
    return server.script
