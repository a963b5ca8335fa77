"""What we write, as the official SDK reads it."""

from collections.abc import Callable

import anthropic
import httpx2
import pytest
from anthropic_strategies import IDENTITY, foreign

from sanspanne.chat import (
    Begun,
    ChatRequest,
    Citation,
    Cited,
    Ended,
    Event,
    Stop,
    Stopped,
    StopReason,
    TextDelta,
    ThinkingDelta,
    ToolCallBegun,
    ToolCallDelta,
    Usage,
    UsageSeen,
)
from sanspanne.dialects.anthropic_messages import ANTHROPIC_MESSAGES, write_count
from sanspanne.errors import CallerError

REQUEST = ChatRequest(dialect="anthropic_messages", model="m")
SAID: list[Event] = [
    Begun("upstream", "gpt-4o"),
    ThinkingDelta("Let me ", origin="openai_chat"),
    ThinkingDelta("see.", origin="openai_chat"),
    TextDelta("Il fait\u2028"),
    TextDelta("18 °C 🦜"),
    Cited((Citation("https://example.org", "Météo", "18"),)),
    ToolCallBegun(0, "call_1", "weather"),
    ToolCallDelta(0, '{"city":'),
    ToolCallBegun(1, "call_2", "clock"),
    ToolCallDelta(0, '"Brest"}'),
    ToolCallDelta(1, "{}"),
    Stopped(Stop(StopReason.TOOL_CALLS)),
    UsageSeen(Usage(30, 12, 20)),
    Ended(),
]


def client(status: int, body: bytes, media_type: str = "application/json") -> anthropic.Anthropic:
    def answer(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(status, content=body, headers={"content-type": media_type, "request-id": "req_1"})

    transport = httpx2.Client(transport=httpx2.MockTransport(answer))
    return anthropic.Anthropic(api_key="k", base_url="http://127.0.0.1", http_client=transport, max_retries=0)


def ask(sdk: anthropic.Anthropic) -> anthropic.types.Message:
    return sdk.messages.create(model="m", max_tokens=9, messages=[{"role": "user", "content": "Bonjour"}])


def stream(wire: bytes) -> anthropic.types.Message:
    sdk = client(200, wire, ANTHROPIC_MESSAGES.media_type())
    with sdk.messages.stream(model="m", max_tokens=9, messages=[{"role": "user", "content": "Bonjour"}]) as events:
        return events.get_final_message()


def streamed() -> anthropic.types.Message:
    return stream(ANTHROPIC_MESSAGES.writer(REQUEST, IDENTITY).write(foreign(SAID)))


def whole() -> anthropic.types.Message:
    return ask(client(200, ANTHROPIC_MESSAGES.write_answer(SAID, REQUEST, IDENTITY)))


@pytest.mark.parametrize("get", [streamed, whole])
def test_the_sdk_gets_the_whole_message(get: Callable[[], anthropic.types.Message]) -> None:
    """A translated answer, streamed or not, is a whole message to the official client."""
    message = get()
    thought, text, first, second = message.content
    assert (message.id, message.model, message.stop_reason) == (IDENTITY.id, IDENTITY.model, "tool_use")
    assert isinstance(thought, anthropic.types.ThinkingBlock)
    assert (thought.thinking, thought.signature) == ("Let me see.", "sanspanne.openai_chat.")
    assert isinstance(text, anthropic.types.TextBlock)
    assert text.text == "Il fait\u2028" + "18 °C 🦜"
    assert [source.to_dict()["url"] for source in text.citations or []] == ["https://example.org"]
    assert isinstance(first, anthropic.types.ToolUseBlock)
    assert isinstance(second, anthropic.types.ToolUseBlock)
    assert (first.id, first.name, first.input) == ("call_1", "weather", {"city": "Brest"})
    assert (second.id, second.name, second.input) == ("call_2", "clock", {})
    usage = message.usage
    assert (usage.input_tokens, usage.cache_read_input_tokens, usage.output_tokens) == (10, 20, 12)


def test_the_history_that_the_sdk_sends_back_is_known_again() -> None:
    """A caller who returns our message gets it read: the thought as another's, the calls with their ids."""
    turn = streamed().to_param()
    transport_body: list[bytes] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        transport_body.append(request.content)
        return httpx2.Response(200, content=write_count(3))

    transport = httpx2.Client(transport=httpx2.MockTransport(answer))
    sdk = anthropic.Anthropic(api_key="k", base_url="http://127.0.0.1", http_client=transport)
    sdk.messages.create(model="m", max_tokens=9, messages=[{"role": "user", "content": "?"}, turn])
    request = ANTHROPIC_MESSAGES.read_request(transport_body[0], {})
    assert [type(part).__name__ for part in request.messages[1].parts] == ["Thinking", "Text", "ToolCall", "ToolCall"]
    sent = ANTHROPIC_MESSAGES.write_request(request, "claude").fields["messages"][1]["content"]
    assert len(sent) == 3
    assert all(b"sanspanne." not in (block if isinstance(block, bytes) else str(block).encode()) for block in sent)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (CallerError(400, "invalid_request", "No."), anthropic.BadRequestError),
        (CallerError(401, "authentication", "No."), anthropic.AuthenticationError),
        (CallerError(403, "permission", "No."), anthropic.PermissionDeniedError),
        (CallerError(404, "not_found", "No."), anthropic.NotFoundError),
        (CallerError(409, "conflict", "No."), anthropic.ConflictError),
        (CallerError(413, "too_large", "No."), anthropic.ContentTooLargeError),
        (CallerError(422, "unprocessable", "No.", code="idempotency"), anthropic.UnprocessableEntityError),
        (CallerError(429, "rate_limit", "No."), anthropic.RateLimitError),
        (CallerError(502, "bad_gateway", "No."), anthropic.InternalServerError),
        (CallerError(503, "unavailable", "No."), anthropic.ServiceUnavailableError),
        (CallerError(504, "timeout", "No."), anthropic.GatewayTimeoutError),
        (CallerError(529, "overloaded", "No."), anthropic.OverloadedError),
    ],
)
def test_the_sdk_raises_the_right_class(error: CallerError, expected: type[anthropic.APIStatusError]) -> None:
    """Each failure raises the class that the official client has for it, with our sentence."""
    with pytest.raises(expected) as caught:
        ask(client(error.status, ANTHROPIC_MESSAGES.write_error(error, "req_1")))
    assert caught.value.api_message == "No."
    assert caught.value.request_id == "req_1"


def test_an_error_in_the_stream_reaches_the_caller() -> None:
    """A broken answer raises in the official client; it is never taken for a whole one."""
    writer = ANTHROPIC_MESSAGES.writer(REQUEST, IDENTITY)
    wire = writer.write(foreign(SAID[:5])) + writer.comment("the provider is gone")
    with pytest.raises(anthropic.APIStatusError, match="All providers are down"):
        stream(wire + writer.fail(CallerError(529, "overloaded", "All providers are down.")))


def test_the_sdk_counts_tokens() -> None:
    """The count is read by the official client."""
    sdk = client(200, write_count(42))
    assert sdk.messages.count_tokens(model="m", messages=[{"role": "user", "content": "Bonjour"}]).input_tokens == 42
