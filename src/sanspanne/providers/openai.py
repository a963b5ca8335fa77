"""OpenAI: the reference of its own dialect."""

from __future__ import annotations

import msgspec

from sanspanne.chat import Capability, ChatRequest, ResumePoint
from sanspanne.dialects.base import StreamReader, Written
from sanspanne.dialects.openai_chat import OPENAI_CHAT
from sanspanne.dialects.openai_responses import OPENAI_RESPONSES
from sanspanne.errors import ClientFault, ContentRefused, ServerFault
from sanspanne.providers.background import fits, path_after, path_to_cancel, written
from sanspanne.providers.base import Provider
from sanspanne.providers.capabilities import OPENAI, find
from sanspanne.providers.fields import first_of, renamed, with_plain_call_ids, without
from sanspanne.providers.rules import phrase, words
from sanspanne.providers.transport import Call

MOST_STOPS = 4
# What a model that reasons refuses with a 400.
REFUSED_BY_REASONERS = ("temperature", "top_p", "presence_penalty", "frequency_penalty")
_REFUSALS = frozenset({400, 403})


def for_reasoner(written: Written, request: ChatRequest) -> Written:
    """A translated request as OpenAI's reasoning models take it; a caller who speaks the dialect knows what he asks."""
    if request.dialect == OPENAI_CHAT.name:
        return written
    return without(renamed(written, "max_tokens", "max_completion_tokens"), REFUSED_BY_REASONERS)


class OpenAI(Provider):
    """api.openai.com. `background`: streamed answers are made by its Responses API, where they survive a broken stream."""

    kind = "openai"
    dialect = OPENAI_CHAT
    default_base_url = "https://api.openai.com/v1"
    rules = (
        # an account or a model for which the background is closed: that is our choice, and no fault of the request
        phrase(
            ServerFault, "background", r"\bbackground\b'? ?(mode|is|requires|cannot)|zero data retention", _REFUSALS
        ),
        # what a response in the background may say of itself when it has failed
        words(
            ContentRefused, "policy", "bio_policy", "misalignment_policy_violation", "image_content_policy_violation"
        ),
        words(ClientFault, "invalid", "data_residency_mismatch", "invalid_image", "invalid_image_format"),
        words(
            ClientFault, "invalid", "invalid_base64_image", "invalid_image_url", "image_too_large", "image_too_small"
        ),
        words(ClientFault, "invalid", "image_parse_error", "image_file_too_large", "unsupported_image_media_type"),
        words(ClientFault, "invalid", "empty_image_file", "failed_to_download_image", "image_file_not_found"),
    )

    def __init__(self, name: str, *, base_url: str = "", key: str | None = None, background: bool = False) -> None:
        super().__init__(name, base_url=base_url, key=key)
        self._background = background

    def chat(self, request: ChatRequest, model: str) -> tuple[Call, tuple[str, ...]]:
        """See `Provider.chat`; in the background where that is wanted and the request fits."""
        if not self._runs_on(request, model):
            return super().chat(request, model)
        asked = written(request, model)
        if self.reasons(model):
            asked = for_reasoner(asked, request)
        elif Capability.THINKING not in self.capabilities(model):
            asked = without(asked, ("reasoning",))
        body = msgspec.json.encode(asked.fields)
        return Call("POST", self.url("/responses"), self.headers(), body), asked.omitted

    def reader_for(self, request: ChatRequest, model: str) -> StreamReader:
        """See `Provider.reader_for`."""
        return OPENAI_RESPONSES.reader() if self._runs_on(request, model) else self.reader()

    def resume(self, point: ResumePoint) -> tuple[Call, StreamReader] | None:
        """See `Provider.resume`."""
        call = Call("GET", self.url(path_after(point)), self.headers())
        return (call, OPENAI_RESPONSES.reader(point)) if self._background else None

    def cancel(self, answer: str) -> Call | None:
        """See `Provider.cancel`."""
        return Call("POST", self.url(path_to_cancel(answer)), self.headers()) if self._background else None

    def _runs_on(self, request: ChatRequest, model: str) -> bool:
        return self._background and fits(request, model)

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
        can = find(OPENAI, model).can
        return can | {Capability.RESUME} if self._background else can

    def reasons(self, model: str) -> bool:
        """The o series, and GPT from 5 on."""
        return find(OPENAI, model).reasons
