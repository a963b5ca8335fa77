"""What every kind of provider must do, whichever it is."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sanspanne.chat import Capability, ChatRequest, Frame, Message, Text
from sanspanne.errors import FAILURES, ConfigError, Failure, WireError
from sanspanne.providers.base import Provider
from sanspanne.providers.catalogue import KINDS, make
from sanspanne.providers.limits import LimitState

KEY = "c0ffee0123456789abcdefghij"  # like Azure's and Mistral's: nothing in it says that it is a key
MODEL = "a-model-1"

every_kind = pytest.mark.parametrize("kind", list(KINDS))


def provider(kind: str) -> Provider:
    """A provider of that kind, somewhere on loopback."""
    return make("it", kind, "http://127.0.0.1:9/v1", KEY)


def question(*, stream: bool = True) -> ChatRequest:
    """A plain question in no dialect."""
    return ChatRequest(
        dialect="", model="m", messages=(Message("user", (Text("Bonjour"),)),), stream=stream, max_tokens=5
    )


@every_kind
@pytest.mark.parametrize("stream", [True, False])
def test_key_travels_in_headers_only(kind: str, stream: bool) -> None:
    """The key is in the headers of a call, and in neither its address nor its body, where logs would keep it."""
    call, _ = provider(kind).chat(question(stream=stream), MODEL)
    assert any(KEY in value for value in call.headers.values())
    assert KEY not in call.url
    assert KEY.encode() not in call.body


@every_kind
def test_no_key_no_credential(kind: str) -> None:
    """A provider without a key sends no credential at all, rather than an empty one."""
    headers = make("it", kind, "http://127.0.0.1:9/v1").headers()
    assert not {"authorization", "x-api-key", "api-key", "x-goog-api-key"} & set(headers)


@every_kind
@pytest.mark.parametrize("stream", [True, False])
def test_call_names_the_targets_model(kind: str, stream: bool) -> None:
    """The body is a JSON object, and the target's model (not the name that the caller used) is in it or in the path."""
    call, omitted = provider(kind).chat(question(stream=stream), MODEL)
    body = msgspec.json.decode(call.body)
    assert body.get("model", MODEL) == MODEL
    assert "model" in body or f"/models/{MODEL}:" in call.url
    assert call.method == "POST"
    assert call.headers["content-type"] == "application/json"
    assert omitted == ()


@every_kind
def test_answers_come_uncompressed(kind: str) -> None:
    """No compression is asked for: a compressed stream arrives in lumps."""
    assert provider(kind).headers()["accept-encoding"] == "identity"


@every_kind
def test_free_probe_costs_nothing(kind: str) -> None:
    """The free probe is a GET of the list of models, with the key."""
    call = provider(kind).free_probe()
    assert call.method == "GET"
    assert "/models" in call.url
    assert KEY not in call.url
    assert any(KEY in value for value in call.headers.values())


@every_kind
@given(
    status=st.integers(100, 599),
    headers=st.dictionaries(
        st.sampled_from(["retry-after", "retry-after-ms", "date", "content-type"]), st.text(max_size=30)
    ),
    body=st.binary(max_size=300),
)
@settings(max_examples=60)
def test_any_response_has_a_class(kind: str, status: int, headers: dict[str, str], body: bytes) -> None:
    """Whatever a provider sends, it is one of the ten classes, and judging it never raises."""
    failure = provider(kind).failure(status, headers, body)
    assert type(failure) in FAILURES
    assert failure.reason
    assert failure.retry_after is None or failure.retry_after >= 0


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["error", "type", "code", "message", "status", "details", "reason"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@every_kind
@given(status=st.sampled_from([200, 400, 401, 404, 429, 500, 503]), body=_JSON)
@settings(max_examples=80)
def test_any_json_has_a_class(kind: str, status: int, body: object) -> None:
    """JSON with the right names in the wrong places is judged too, in a response and in a stream."""
    encoded = msgspec.json.encode(body)
    one = provider(kind)
    assert type(one.failure(status, {}, encoded)) in FAILURES
    for frame in [*one.reader().feed(b"data: " + encoded + b"\n\n"), one.read_answer(encoded)]:
        assert isinstance(frame, Frame)


@every_kind
@given(
    pieces=st.lists(
        st.binary(max_size=80) | st.sampled_from([b"data: ", b"\n\n", b"{", b'"error"', b"[DONE]"]), max_size=12
    )
)
@settings(max_examples=80)
def test_reader_never_raises(kind: str, pieces: list[bytes]) -> None:
    """A reader turns any bytes, cut anywhere, into frames."""
    reader = provider(kind).reader()
    frames = [frame for piece in pieces for frame in reader.feed(piece)] + reader.close()
    assert all(isinstance(frame, Frame) for frame in frames)


@every_kind
@pytest.mark.parametrize(
    "body",
    [
        f'{{"error":{{"message":"Incorrect API key provided: {KEY}."}}}}',
        f'{{"error":"bad key {KEY}"}}',
        f"key {KEY} was refused",
        f'{{"type":"error","error":{{"type":"authentication_error","message":"{KEY}"}}}}',
    ],
)
def test_message_never_shows_the_key(kind: str, body: str) -> None:
    """A provider that repeats our key in its error does not get it into what we show or log."""
    failures: list[Failure] = [
        provider(kind).failure(401, {}, body.encode()),
        provider(kind).failure_in_stream(WireError(200, message=f"no: {KEY}", text=KEY)),
    ]
    for failure in failures:
        assert failure.wire is not None
        assert KEY not in failure.message + failure.wire.message + failure.wire.text


@every_kind
def test_capabilities_are_known_words(kind: str) -> None:
    """Capabilities are members of the shared vocabulary, and so comparable with a request's needs."""
    can = provider(kind).capabilities(MODEL)
    assert can
    assert all(isinstance(capability, Capability) for capability in can)
    assert isinstance(provider(kind).reasons(MODEL), bool)


@every_kind
def test_no_limit_headers_no_limits(kind: str) -> None:
    """Without limit headers nothing is claimed about the quota, and nonsense in them is no claim either."""
    one = provider(kind)
    nonsense = {name: "soon" for name in msgspec.structs.astuple(one.limit_headers) if name}
    assert one.limits({}) == LimitState()
    assert one.limits(nonsense) == LimitState()


def test_hosted_kinds_know_their_address() -> None:
    """A hosted provider needs nothing but a key: its address is known, and is an https one."""
    for kind in ("openai", "anthropic", "perplexity", "gemini", "mistral"):
        one = make("it", kind, key=KEY)
        assert one.base_url.startswith("https://")


def test_unknown_kind_is_named() -> None:
    """An unknown kind is refused with the kinds that there are."""
    with pytest.raises(ConfigError, match="openai, anthropic, perplexity"):
        make("x", "openal")


def test_compatible_needs_an_address() -> None:
    """A compatible service without an address is refused with an example of one."""
    with pytest.raises(ConfigError, match="base_url"):
        make("x", "openai-compatible")
