"""`/v1/models`: the names that callers may ask for, as OpenAI lists them, or as Anthropic does for its clients."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import parse_qs

import msgspec
from msgspec import Struct

from sanspanne.errors import CallerError, invalid_request
from sanspanne.server.exchange import Exchange

DEFAULT_LIMIT = 20
MAX_LIMIT = 1000
# Keys that Anthropic's schema requires; behind a name of ours stand several models, so nothing can be said of them.
UNKNOWN = (
    "allowed_fallback_models",
    "capabilities",
    "deprecated_at",
    "line",
    "max_input_tokens",
    "max_tokens",
    "retires_at",
)


class ModelInfo(Struct, frozen=True):
    """A name that callers may ask for. `created` is in seconds since 1970."""

    id: str
    owned_by: str
    created: int


class ModelsHandler:
    """Lists the models, or describes one."""

    def __init__(self, list_models: Callable[[], Sequence[ModelInfo]]) -> None:
        self._list = list_models

    async def list(self, exchange: Exchange, key: str) -> None:
        """`GET /v1/models`."""
        del key
        models = self._list()
        if speaks_anthropic(exchange):
            await _send(exchange, _page(models, exchange.scope.get("query_string", b"")))
        else:
            await _send(exchange, {"object": "list", "data": [_openai(model) for model in models]})

    async def describe(self, exchange: Exchange, key: str) -> None:
        """`GET /v1/models/{id}`; the id may hold slashes. Raises `CallerError` (404)."""
        del key
        name = exchange.path.removeprefix("/v1/models/")
        model = next((model for model in self._list() if model.id == name), None)
        if model is None:
            raise CallerError(
                404,
                "not_found",
                f"There is no model {name[:200]!r} here. GET /v1/models lists those that there are.",
                param="model",
                code="model_not_found",
                should_retry=False,
            )
        await _send(exchange, _anthropic(model) if speaks_anthropic(exchange) else _openai(model))


def speaks_anthropic(exchange: Exchange) -> bool:
    """Whether the caller is a client of Anthropic's API, on a path that both APIs have."""
    return "anthropic-version" in exchange.headers


def _openai(model: ModelInfo) -> dict[str, Any]:
    return {"id": model.id, "object": "model", "created": model.created, "owned_by": model.owned_by}


def _anthropic(model: ModelInfo) -> dict[str, Any]:
    created = datetime.datetime.fromtimestamp(model.created, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    names = {"type": "model", "id": model.id, "display_name": model.id, "created_at": created}
    return {**names, "lifecycle": "active", **dict.fromkeys(UNKNOWN)}


def _page(models: Sequence[ModelInfo], query: bytes) -> dict[str, Any]:
    """A page of the list: `limit` models, after `after_id` or before `before_id`."""
    asked = {name: values[-1] for name, values in parse_qs(query.decode("latin-1")).items()}
    limit = _limit(asked.get("limit"))
    ids = [model.id for model in models]
    start, end = 0, len(ids)
    if "after_id" in asked:
        start = _place(ids, asked["after_id"], "after_id") + 1
    elif "before_id" in asked:
        end = _place(ids, asked["before_id"], "before_id")
        start = max(0, end - limit)
    page = [_anthropic(model) for model in models[start:end][:limit]]
    has_more = start > 0 if "before_id" in asked else start + limit < len(ids)
    first, last = (page[0]["id"], page[-1]["id"]) if page else (None, None)
    return {"data": page, "has_more": has_more, "first_id": first, "last_id": last}


def _limit(text: str | None) -> int:
    if text is None:
        return DEFAULT_LIMIT
    if not (text.isdecimal() and len(text) <= 4 and 1 <= int(text) <= MAX_LIMIT):
        raise invalid_request(f"limit must be a whole number from 1 to {MAX_LIMIT}, e.g. 20.", "limit")
    return int(text)


def _place(ids: Sequence[str], name: str, param: str) -> int:
    if name not in ids:
        raise invalid_request(
            f"{param} must be the id of a model in the list, e.g. {ids[0] if ids else 'auto'!r}.", param
        )
    return ids.index(name)


async def _send(exchange: Exchange, fields: dict[str, Any]) -> None:
    await exchange.respond(200, msgspec.json.encode(fields))
