"""Ten thousand broken streams, and ten thousand whole ones in odd pieces."""

import random

import pytest

from sanspanne.attempts.completeness import Completeness
from sanspanne.chat import ChatRequest, TextDelta
from sanspanne.providers.catalogue import make
from sanspanne.testing import Asked, Reason, Said
from sanspanne.testing.wires import wire

KINDS = ("openai", "anthropic", "perplexity", "gemini", "mistral")
STREAMS = 10_000 // len(KINDS)
TEXTS = (
    "Une panne : « sans » elle, on n'apprend rien. Voilà l'idée… \u2028Et une ligne de plus.",
    "def f(x):\n    return {'a': [1, 2, 3]}\n\n| a | b |\n|---|---|\n| 1 | 2 |\n",
    '{"name": "Zoé", "tags": ["été", "hiver"], "n": 3}',
    "停電しても止まらない 🙂🚀 — ok",
)
REQUEST = ChatRequest(dialect="x", model="m", stream=True)


def words_of(text, rng):
    """The text in pieces of one to nine characters."""
    pieces = []
    while text:
        size = rng.randint(1, 9)
        pieces.append(text[:size])
        text = text[size:]
    return tuple(pieces)


def stream_of(kind, rng):
    """The pieces of one healthy answer, as the scripted provider puts them on the wire, and its text."""
    text = rng.choice(TEXTS)
    asked = Asked(model="m", stream=True, question="Q", include_usage=rng.random() < 0.5)
    return wire(kind).stream(Said(asked=asked, id="abc123", pieces=words_of(text, rng), created=1)), text


def judge(kind, chunks):
    """Read a stream as an attempt does; its flaw (None: complete) and its text."""
    reader = make("p", kind, base_url="http://127.0.0.1:1", key="k").reader()
    answer = Completeness(REQUEST)
    text = ""
    for chunk in [*chunks, None]:
        frames = reader.close() if chunk is None else reader.feed(chunk)
        answer.see(frames)
        text += "".join(e.text for frame in frames for e in frame.events if isinstance(e, TextDelta))
    return answer.failed or answer.flaw(), text


def odd_chunks(data, rng):
    """The same bytes, cut anywhere: through characters, through line ends."""
    cuts = sorted(rng.sample(range(1, len(data)), min(len(data) - 1, rng.randint(0, 40))))
    return [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True)]


def cut(kind, pieces, rng):
    """The stream ends somewhere before its last meaningful byte."""
    data = b"".join(piece.data for piece in pieces)
    return data[: rng.randrange(0, len(data.rstrip()) - 1)]


def error_inside(kind, pieces, rng):
    """The provider's own error comes in the middle; the rest may follow, the end marker with it."""
    at = rng.randrange(0, len(pieces))
    error = wire(kind).failure_event(rng.choice([Reason.OVERLOADED, Reason.SERVER_ERROR]), "m")
    rest = pieces[at:] if rng.random() < 0.5 else []
    return b"".join(piece.data for piece in [*pieces[:at]]) + error + b"".join(piece.data for piece in rest)


def error_after_the_stop(kind, pieces, rng):
    """Everything came, and then a bare JSON error that is no event: Gemini's way of saying that STOP was none."""
    kept = [piece.data for piece in pieces if piece.role != "end" or rng.random() < 0.5]
    return b"".join(kept) + b'{"error":{"code":503,"message":"The model is overloaded.","status":"UNAVAILABLE"}}'


def page_inside(kind, pieces, rng):
    """A page of HTML instead of the rest."""
    at = rng.randrange(0, len(pieces))
    return b"".join(piece.data for piece in pieces[:at]) + b"<!doctype html><html><body>502 Bad Gateway</body></html>"


def without_reason(kind, pieces, rng):
    """The end marker comes without a reason to stop."""
    return b"".join(piece.data for piece in pieces if piece.role != "stop")


def garbled(kind, pieces, rng):
    """One piece of the answer's text is damaged on the way: a quotation mark lost, a byte that is no UTF-8."""
    spoken = [index for index, piece in enumerate(pieces) if piece.role == "say"]
    at = rng.choice(spoken)
    data = pieces[at].data
    brace = data.rindex(b"}")
    bad = rng.choice([data[:brace] + data[brace + 1 :], data[:brace] + b"\xff" + data[brace:]])
    return b"".join([*(p.data for p in pieces[:at]), bad, *(p.data for p in pieces[at + 1 :])])


def without_a_word(kind, pieces, rng):
    """A proper beginning and a proper end, and nothing in between."""
    return b"".join(piece.data for piece in pieces if piece.role != "say")


BREAKS = (cut, cut, cut, cut, error_inside, error_after_the_stop, page_inside, without_reason, garbled, without_a_word)


@pytest.mark.parametrize("kind", KINDS)
def test_no_broken_stream_is_called_complete(kind):
    """Of 10,000 streams (over all kinds) that are cut, garbled or spoilt at a random place, none passes for whole."""
    rng = random.Random(20240604)
    for number in range(STREAMS):
        pieces, _ = stream_of(kind, rng)
        breaking = rng.choice(BREAKS)
        data = breaking(kind, pieces, rng)
        flaw, _ = judge(kind, odd_chunks(data, rng) if len(data) > 1 else [data])
        assert flaw, (number, breaking.__name__, data[-300:])


@pytest.mark.parametrize("kind", KINDS)
def test_every_whole_stream_is_called_complete_however_it_is_cut_up(kind):
    """Of 10,000 whole streams (over all kinds) that arrive in odd pieces, all are complete, with every character in place."""
    rng = random.Random(20241211)
    for number in range(STREAMS):
        pieces, text = stream_of(kind, rng)
        data = b"".join(piece.data for piece in pieces)
        if rng.random() < 0.3:
            data = data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        assert judge(kind, odd_chunks(data, rng)) == (None, text), (number, data[-300:])
