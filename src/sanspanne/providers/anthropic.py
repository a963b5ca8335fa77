"""Anthropic: Claude over the Messages API."""

from __future__ import annotations

from fnmatch import fnmatchcase

import msgspec

from sanspanne.chat import Capability, ChatRequest
from sanspanne.dialects.anthropic_messages import ANTHROPIC_MESSAGES
from sanspanne.dialects.base import Written
from sanspanne.errors import ClientFault, ModelGone
from sanspanne.providers.base import Provider
from sanspanne.providers.capabilities import ANTHROPIC, find
from sanspanne.providers.fields import without
from sanspanne.providers.limits import ANTHROPIC_LIMITS
from sanspanne.providers.prefill import unfinished, without_trailing_space
from sanspanne.providers.rules import words
from sanspanne.providers.transport import Call

COUNTED = frozenset({"model", "messages", "system", "tools", "tool_choice", "thinking", "output_config"})
API_VERSION = "2023-06-01"

# The last models that take sampling parameters and a thinking budget; from Opus 4.7 and Sonnet 4.6 on they answer 400 to them
# (Anthropic's migration guide to 4.7).
OLDER = (
    "claude-2*",
    "claude-instant*",
    "claude-3*",
    "claude-*-4",
    "claude-*-4-2025*",
    "claude-*-4-[015]*",
    "claude-opus-4-6*",
)
ADAPTIVE_TOO = "claude-opus-4-6*"  # the one of them that takes an effort, and thinks without a budget
LEAST_BUDGET = 1024
BUDGETS = {"minimal": 1024, "low": 1024, "medium": 4096, "high": 16384}
SAMPLING = ("temperature", "top_p", "top_k")


class Anthropic(Provider):
    """api.anthropic.com. `base_url` is without `/v1`, as in Anthropic's own SDK."""

    kind = "anthropic"
    dialect = ANTHROPIC_MESSAGES
    default_base_url = "https://api.anthropic.com"
    limit_headers = ANTHROPIC_LIMITS
    rules = (
        words(ModelGone, "model", "not_found_error"),
        words(ClientFault, "too_large", "request_too_large"),
    )

    def __init__(self, name: str, *, base_url: str = "", key: str | None = None) -> None:
        super().__init__(name, base_url=base_url, key=key)
        self.base_url = self.base_url.removesuffix("/v1")

    def headers(self) -> dict[str, str]:
        """The key has a header of its own; the version is obligatory."""
        credential = {"x-api-key": self._key} if self._key else {}
        plain = {"content-type": "application/json", "accept-encoding": "identity"}
        return {**plain, "anthropic-version": API_VERSION, **credential}

    def passed_headers(self, request: ChatRequest) -> dict[str, str]:
        """The version and the beta flags that a caller of the same dialect has built his request for."""
        if request.dialect != self.dialect.name:
            return {}
        known = ("anthropic-version", "anthropic-beta")
        return {name: value for name, value in request.headers.items() if name in known}

    def adapt(self, written: Written, request: ChatRequest, model: str) -> Written:
        """A translated request less what the model's generation refuses. A caller's own request is his own affair, save for
        white space at the end of an unfinished answer: what he has typed is not refused for a blank."""
        if request.dialect == self.dialect.name and request.fields:
            return without_trailing_space(written) if unfinished(request)[-1:].isspace() else written
        if not any(fnmatchcase(model.lower(), pattern) for pattern in OLDER):
            return _adaptive(without(written, SAMPLING))
        if not fnmatchcase(model.lower(), ADAPTIVE_TOO):
            written = self._budgeted(written, request, model)
        both = "temperature" in written.fields and "top_p" in written.fields
        return without(written, ("top_p",)) if both else written

    def _budgeted(self, written: Written, request: ChatRequest, model: str) -> Written:
        """A wish for an effort, as tokens of thought: the older models know neither effort nor thinking without a budget."""
        fields, omitted = dict(written.fields), written.omitted
        output = {name: value for name, value in fields.pop("output_config", {}).items() if name != "effort"}
        if output:
            fields["output_config"] = output
        if fields.get("thinking", {}).get("type") != "adaptive":
            return Written(fields, omitted)
        del fields["thinking"]
        room = fields["max_tokens"]
        if Capability.THINKING not in self.capabilities(model) or (request.max_tokens and room <= LEAST_BUDGET):
            return Written(fields, (*omitted, "reasoning"))
        budget = BUDGETS.get(request.reasoning.effort or "" if request.reasoning else "", BUDGETS["high"])
        if request.max_tokens is None:
            fields["max_tokens"] = room + budget
        else:
            budget = min(budget, room - 1)
        return Written({**fields, "thinking": {"type": "enabled", "budget_tokens": budget}}, omitted)

    def path(self, model: str, *, stream: bool) -> str:
        """One path for all."""
        del model, stream
        return "/v1/messages"

    def count(self, request: ChatRequest, model: str) -> Call:
        """`/v1/messages/count_tokens` takes what a message takes, less what is about the answer."""
        fields = self.dialect.write_request(request, model).fields
        about_the_prompt = {name: value for name, value in fields.items() if name in COUNTED}
        headers = {**self.headers(), **self.passed_headers(request)}
        return Call("POST", self.url("/v1/messages/count_tokens"), headers, msgspec.json.encode(about_the_prompt))

    def free_probe(self) -> Call:
        """The list of models."""
        return Call("GET", self.url("/v1/models"), self.headers())

    def capabilities(self, model: str) -> frozenset[Capability]:
        """By the model's generation."""
        return find(ANTHROPIC, model).can


def _adaptive(written: Written) -> Written:
    """Thinking without a budget: the newer models find their own."""
    thinking = written.fields.get("thinking")
    if not isinstance(thinking, dict) or "budget_tokens" not in thinking:
        return written
    return Written({**written.fields, "thinking": {"type": "adaptive"}}, written.omitted)
