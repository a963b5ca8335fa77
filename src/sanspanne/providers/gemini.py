"""Gemini over Google's own API (v1beta)."""

from __future__ import annotations

import re
from urllib.parse import quote

from sanspanne.chat import Capability
from sanspanne.dialects.gemini import GEMINI
from sanspanne.errors import CredentialFailure, ModelGone
from sanspanne.providers.base import Provider
from sanspanne.providers.capabilities import GEMINI as MODELS
from sanspanne.providers.capabilities import find
from sanspanne.providers.limits import LimitHeaders
from sanspanne.providers.rules import Rule, words
from sanspanne.providers.transport import Call


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
