"""What Gemini says about where an answer comes from, and how sure it was of each token."""

from __future__ import annotations

from typing import Any

from sanspanne.chat import Citation
from sanspanne.dialects.gemini.wire import Candidate


def citations(candidate: Candidate, seen: set[str]) -> tuple[Citation, ...]:
    """The sources of a candidate that are not in `seen` yet; they are added to it.

    Where in the answer they belong is left open: Google counts bytes of a text that came in earlier chunks.
    """
    found = [*_grounding(candidate.grounding_metadata), *_recited(candidate.citation_metadata)]
    new: list[Citation] = []
    for citation in found:
        if citation.url and citation.url not in seen:
            seen.add(citation.url)
            new.append(citation)
    return tuple(new)


def _grounding(metadata: dict[str, Any] | None) -> list[Citation]:
    webs = [_dict(chunk.get("web")) for chunk in _dicts(metadata, "groundingChunks")]
    quotes = _quotes(metadata)
    return [
        Citation(_text(web.get("uri")) or "", title=_text(web.get("title")), text=quotes.get(number))
        for number, web in enumerate(webs)
    ]


def _quotes(metadata: dict[str, Any] | None) -> dict[int, str]:
    """For each source, by its number, the first passage of the answer that it supports."""
    quotes: dict[int, str] = {}
    for support in _dicts(metadata, "groundingSupports"):
        text = _text(_dict(support.get("segment")).get("text"))
        numbers = support.get("groundingChunkIndices")
        for number in numbers if text and isinstance(numbers, list) else ():
            if isinstance(number, int):
                quotes.setdefault(number, text or "")
    return quotes


def _recited(metadata: dict[str, Any] | None) -> list[Citation]:
    sources = [*_dicts(metadata, "citationSources"), *_dicts(metadata, "citations")]
    return [Citation(_text(source.get("uri")) or "", title=_text(source.get("title"))) for source in sources]


def logprobs(result: dict[str, Any] | None) -> list[dict[str, Any]] | None:
    """`logprobsResult` as OpenAI writes it: a list of tokens, each with its rivals."""
    chosen = _dicts(result, "chosenCandidates")
    rivals = [_dicts(step, "candidates") for step in _dicts(result, "topCandidates")]
    rivals += [[] for _ in range(len(chosen) - len(rivals))]
    entries = [
        {**_token(token), "top_logprobs": [_token(rival) for rival in others]}
        for token, others in zip(chosen, rivals, strict=False)
    ]
    return entries or None


def _token(candidate: dict[str, Any]) -> dict[str, Any]:
    token = _text(candidate.get("token")) or ""
    logprob = candidate.get("logProbability")
    return {
        "token": token,
        "logprob": float(logprob) if isinstance(logprob, int | float) else -9999.0,  # OpenAI's word for "unlikely"
        "bytes": list(token.encode("utf-8", "replace")),
    }


def _dicts(metadata: dict[str, Any] | None, name: str) -> list[dict[str, Any]]:
    items = (metadata or {}).get(name)
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
