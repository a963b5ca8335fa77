"""OpenAI: the reference of its own dialect."""

from __future__ import annotations

from sanspanne.chat import Capability, ChatRequest
from sanspanne.dialects.base import Written
from sanspanne.dialects.openai_chat import OPENAI_CHAT
from sanspanne.providers.base import Provider
from sanspanne.providers.capabilities import OPENAI, find
from sanspanne.providers.fields import first_of, renamed, with_plain_call_ids, without

MOST_STOPS = 4
# What a model that reasons refuses with a 400.
REFUSED_BY_REASONERS = ("temperature", "top_p", "presence_penalty", "frequency_penalty")


def for_reasoner(written: Written, request: ChatRequest) -> Written:
    """A translated request as OpenAI's reasoning models take it; a caller who speaks the dialect knows what he asks."""
    if request.dialect == OPENAI_CHAT.name:
        return written
    return without(renamed(written, "max_tokens", "max_completion_tokens"), REFUSED_BY_REASONERS)


class OpenAI(Provider):
    """api.openai.com."""

    kind = "openai"
    dialect = OPENAI_CHAT
    default_base_url = "https://api.openai.com/v1"

    def adapt(self, written: Written, request: ChatRequest, model: str) -> Written:
        """Short call ids, no more stop sequences than it takes, and no word about reasoning to a model that does not."""
        written = first_of(with_plain_call_ids(written), "stop", MOST_STOPS)
        if self.reasons(model):
            return for_reasoner(written, request)
        if request.dialect != OPENAI_CHAT.name and Capability.THINKING not in self.capabilities(model):
            return without(written, ("reasoning_effort",))
        return written

    def capabilities(self, model: str) -> frozenset[Capability]:
        """By the model's family."""
        return find(OPENAI, model).can

    def reasons(self, model: str) -> bool:
        """The o series, and GPT from 5 on."""
        return find(OPENAI, model).reasons
