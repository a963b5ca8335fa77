"""What `serve` prints when it listens: where the page and the API are, what stands behind them, what was found nearby."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from sanspanne.locales import terminal_language
from sanspanne.onboard import State, Status
from sanspanne.onboard.label import NARROW, WIDE
from sanspanne.onboard.language import Language
from sanspanne.providers.local_engines import Engine, find_engines, port_of
from sanspanne.providers.transport import Call, Transport

MAX_BODY = 256 * 1024


class Words(Struct, frozen=True):
    """The lines in one language."""

    page: str
    api: str
    models: str
    found: str
    stop: str
    language: Language


ENGLISH = Words(
    page="Page:    {page}",
    api="API:     {base}/v1 (OpenAI)   {base} (Anthropic)",
    models="Models:  {models}",
    found="Found {engine} on this machine. It is not used unless you say so; to use it, add to sanspanne.toml:",
    stop="Ctrl-C ends; running answers are finished first.",
    language="en",
)
FRENCH = Words(
    page=f"Page{WIDE}:     {{page}}",
    api=f"API{WIDE}:      {{base}}/v1 (OpenAI)   {{base}} (Anthropic)",
    models=f"Modèles{WIDE}:  {{models}}",
    found=(
        f"{{engine}} tourne sur cette machine. Rien ne lui est envoyé sans votre accord{NARROW}; "
        f"pour l’utiliser, ajoutez à sanspanne.toml{WIDE}:"
    ),
    stop="Ctrl-C arrête le service, une fois les réponses en cours terminées.",
    language="fr",
)


def words_for(environ: Mapping[str, str]) -> Words:
    """The lines in the language of the user's locale."""
    return FRENCH if terminal_language(environ) == "fr" else ENGLISH


def announce(say: Callable[[str], None], words: Words, base: str, page: str, models: Sequence[str]) -> None:
    """Say where we are. `page` holds its token: it goes to the terminal, never to the log."""
    say(words.page.format(page=page))
    say(words.api.format(base=base))
    say(words.models.format(models=", ".join(models) or "onboard"))
    say(words.stop)


class OnboardProgress:
    """Says how far the model on board is: a line at each new state, and while it is fetched one at each tenth of the way.

    Why it is not there, or starts again, is a notice for the operator: the log says it, and nobody needs to read it twice.
    """

    def __init__(self, say: Callable[[str], None], language: Language) -> None:
        self._say = say
        self._language: Language = language
        self._said: tuple[State, str, int] | None = None

    def __call__(self, status: Status) -> None:
        """Take note of a change."""
        tenth = int(status.fraction * 10)
        if (status.state, status.model, tenth) == self._said:
            return
        self._said = (status.state, status.model, tenth)
        if status.state not in (State.UNAVAILABLE, State.RESTARTING):
            self._say(status.sentence(self._language))


async def announce_engines(
    say: Callable[[str], None], words: Words, transport: Transport, known: Sequence[str]
) -> None:
    """Print each engine found on this machine that is not configured yet, with the lines that would use it."""

    async def fetch(url: str) -> tuple[int, Mapping[str, str], bytes]:
        upstream = await transport.open(Call("GET", url, {}))
        try:
            body = b""
            while len(body) < MAX_BODY and (chunk := await upstream.next_chunk()):
                body += chunk
        finally:
            upstream.abort()
        return upstream.status, upstream.headers, body

    port = port_of(os.environ.get("OLLAMA_HOST"))
    for engine in await find_engines(fetch, port or 11434):
        if engine.base_url not in known:
            say(words.found.format(engine=_described(engine)))
            say(engine.configuration)


def _described(engine: Engine) -> str:
    return f"{engine.name} ({', '.join(engine.models[:3])}{', ...' if len(engine.models) > 3 else ''})"
