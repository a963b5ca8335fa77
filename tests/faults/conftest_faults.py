"""A service over scripted providers, without its HTTP edge."""

from contextlib import asynccontextmanager

from sanspanne.answers.route import Caller
from sanspanne.app import Service
from sanspanne.chat import ChatRequest, Message, Text, TextDelta
from sanspanne.config import parse
from sanspanne.hooks import AttemptEnded


class Outcome:
    """What a caller got: the text, the error that ended it, and how it came about."""

    def __init__(self) -> None:
        self.text = ""
        self.error = None
        self.route = None
        self.frames = []

    @property
    def whole(self):
        """Whether the pipeline called the answer complete."""
        return self.error is None


class Facts:
    """Remembers what the hooks were told."""

    def __init__(self) -> None:
        self.all = []

    def observe(self, fact):
        self.all.append(fact)

    def attempts(self, target=None):
        """The attempts for callers; probes belong to no answer."""
        attempts = [fact for fact in self.all if isinstance(fact, AttemptEnded) and not fact.probe]
        return [fact for fact in attempts if target in (None, fact.target)]


def question(stream=True, model="auto", **fields):
    """A request as a dialect would have read it."""
    fields.setdefault("messages", (Message("user", (Text("Bonjour, comment vas-tu ?"),)),))
    return ChatRequest(dialect="openai_chat", model=model, stream=stream, size=80, **fields)


async def ask(service, request=None, caller=None):
    """Put a request to a service and follow the answer to its end."""
    outcome = Outcome()
    answer = service.answers.open(request or question(), caller or Caller())
    outcome.route = answer.route
    try:
        async for batch in answer.follow():
            outcome.frames += batch
            outcome.text += "".join(e.text for f in batch for e in f.events if isinstance(e, TextDelta))
    except Exception as error:
        outcome.error = error
    return outcome


@asynccontextmanager
async def serving(tmp_path, providers, chain=None, **sections):
    """A service over these scripted providers (name -> ScriptedProvider, already open)."""
    config = parse(
        {
            "providers": {
                name: {"kind": p.kind, "base_url": p.base_url, "key_env": "KEY"} for name, p in providers.items()
            },
            "models": {"auto": {"chain": chain or [f"{name}/gpt-4o" for name in providers], "onboard": False}},
            "onboard": {"enabled": False},
            **sections,
        }
    )
    service = Service(config, data_dir=tmp_path, environ={"KEY": "sk-test-key"})
    service.facts = Facts()
    service.hooks.add(service.facts)
    await service.start()
    try:
        yield service
    finally:
        await service.stop()
