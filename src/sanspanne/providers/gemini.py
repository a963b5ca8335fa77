"""Gemini over Google's own API (v1beta)."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from sanspanne.chat import Capability, ChatRequest
from sanspanne.dialects.base import Written
from sanspanne.dialects.gemini import GEMINI
from sanspanne.errors import CredentialFailure, ModelGone
from sanspanne.providers.base import Provider
from sanspanne.providers.capabilities import GEMINI as MODELS
from sanspanne.providers.capabilities import find
from sanspanne.providers.fields import first_of
from sanspanne.providers.limits import LimitHeaders
from sanspanne.providers.rules import Rule, words
from sanspanne.providers.transport import Call

MOST_STOPS = 5
# What an effort is worth in tokens of thought, by Google's own table; from Gemini 3 on it is told in words.
BUDGETS = {"minimal": 1024, "low": 1024, "medium": 8192, "high": 24576}


class Gemini(Provider):
    """generativelanguage.googleapis.com. `base_url` may end with the version or not; v1beta is the default."""

    kind = "gemini"
    dialect = GEMINI
    default_base_url = "https://generativelanguage.googleapis.com"
    limit_headers = LimitHeaders()
    rules = (
        # `quotaId: GenerateRequestsPerDayPerProjectPerModel`: nothing more before midnight, Pacific time.
        Rule(CredentialFailure, "spend", phrase=re.compile(r"perday"), statuses=frozenset({200, 429})),
        words(ModelGone, "model", "not_found"),
    )

    def __init__(self, name: str, *, base_url: str = "", key: str | None = None) -> None:
        super().__init__(name, base_url=base_url, key=key)
        base, mark, query = self.base_url.partition("?")
        if not re.search(r"/v1(beta|alpha)?\d*$", base):
            self.base_url = base.rstrip("/") + "/v1beta" + mark + query

    def headers(self) -> dict[str, str]:
        """The key in a header: in the address, where Google's examples put it, it would end up in logs."""
        credential = {"x-goog-api-key": self._key} if self._key else {}
        return {"content-type": "application/json", "accept-encoding": "identity", **credential}

    def adapt(self, written: Written, request: ChatRequest, model: str) -> Written:
        """No more stop sequences than it takes, and thinking as the model's generation is told of it."""
        config = Written(dict(written.fields.get("generationConfig") or {}), ())
        config = first_of(config, "stopSequences", MOST_STOPS)
        omitted = ["stop"] if config.omitted else []
        thinking = config.fields.get("thinkingConfig")
        if thinking is not None and Capability.THINKING not in self.capabilities(model):
            del config.fields["thinkingConfig"]
            omitted += ["reasoning"] if request.reasoning and request.reasoning.enabled else []
        elif thinking is not None and "gemini-2.5" in model:
            config.fields["thinkingConfig"] = _budgeted(thinking, request, model)
        fields = {**written.fields, "generationConfig": config.fields} if config.fields else written.fields
        if not config.fields:
            fields = {name: value for name, value in fields.items() if name != "generationConfig"}
        return Written(fields, tuple(dict.fromkeys((*written.omitted, *omitted))))

    def path(self, model: str, *, stream: bool) -> str:
        """The model and the wish to stream are part of the path."""
        method = "streamGenerateContent?alt=sse" if stream else "generateContent"
        return f"/models/{quote(model.removeprefix('models/'), safe='')}:{method}"

    def free_probe(self) -> Call:
        """The list of models, one of them."""
        return Call("GET", self.url("/models?pageSize=1"), self.headers())

    def capabilities(self, model: str) -> frozenset[Capability]:
        """By the model's family."""
        return find(MODELS, model).can

    def reasons(self, model: str) -> bool:
        """All but the light ones, unless told not to."""
        return find(MODELS, model).reasons


def _budgeted(thinking: dict[str, Any], request: ChatRequest, model: str) -> dict[str, Any]:
    """The same wish for a model that counts its thoughts in tokens. The `pro` models cannot do without any."""
    config = {name: value for name, value in thinking.items() if name != "thinkingLevel"}
    if request.reasoning is not None and not request.reasoning.enabled:
        return {**config, "thinkingBudget": 128 if "pro" in model else 0}
    if "thinkingLevel" in thinking:
        config["thinkingBudget"] = BUDGETS[thinking["thinkingLevel"]]
    return config
