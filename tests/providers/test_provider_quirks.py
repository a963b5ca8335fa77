"""What each provider wants differently from its dialect."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from sanspanne.chat import (
    Capability,
    ChatRequest,
    Message,
    Reasoning,
    Text,
    TextDelta,
    ThinkingDelta,
    Tool,
    ToolCall,
    ToolChoice,
    ToolResult,
)
from sanspanne.dialects.gemini.call_ids import call_id as gemini_call_id
from sanspanne.dialects.openai_chat import OPENAI_CHAT
from sanspanne.providers.catalogue import make
from sanspanne.providers.mistral import call_id

HI = Message("user", (Text("hi"),))


def body_for(kind: str, request: ChatRequest, model: str, base_url: str = "") -> dict[str, Any]:
    """The body that a provider of that kind gets."""
    return msgspec.json.decode(make("it", kind, base_url, "k").chat(request, model)[0].body)


def translated(**rest: Any) -> ChatRequest:
    """A request of a caller who speaks another dialect."""
    return ChatRequest(**{"dialect": "anthropic_messages", "model": "m", "messages": (HI,), **rest})


def own(**fields: Any) -> ChatRequest:
    """A request of a caller who speaks OpenAI's dialect, as that dialect reads it."""
    body = {"model": "m", "messages": [{"role": "user", "content": "hi"}], **fields}
    return OPENAI_CHAT.read_request(msgspec.json.encode(body), {})


# --- OpenAI


@pytest.mark.parametrize("model", ["o3", "o4-mini", "gpt-5", "gpt-5.6-mini", "gpt-6"])
def test_openai_reasoners(model: str) -> None:
    """Models that reason get `max_completion_tokens`, and no sampling fields, which they answer with a 400."""
    call, omitted = make("it", "openai", key="k").chat(translated(max_tokens=9, temperature=0.3), model)
    body = msgspec.json.decode(call.body)
    assert body["max_completion_tokens"] == 9
    assert not {"max_tokens", "temperature"} & set(body)
    assert "temperature" in omitted


def test_openai_others_keep_their_fields() -> None:
    """Models that do not reason keep `max_tokens` and the temperature."""
    body = body_for("openai", translated(max_tokens=9, temperature=0.3), "gpt-4o")
    assert (body["max_tokens"], body["temperature"]) == (9, 0.3)


def test_openai_callers_of_the_dialect_are_not_corrected() -> None:
    """A caller who speaks the dialect knows what he asks: his fields go as they are, also to a model that reasons."""
    body = body_for("openai", own(max_tokens=9, brand_new=1), "o3")
    assert (body["max_tokens"], body["brand_new"], body["model"]) == (9, 1, "o3")


def test_openai_gets_short_call_ids() -> None:
    """Ids that carry a thought signature are longer than OpenAI allows: call and result get the same short one."""
    long = gemini_call_id("r", 0, "f", "QUJD" * 50, None)
    messages = (
        HI,
        Message("assistant", (ToolCall(long, "f", "{}"),)),
        Message("user", (ToolResult(long, (Text("1"),)),)),
    )
    sent = body_for("openai", translated(messages=messages), "gpt-4o")["messages"]
    ids = [sent[1]["tool_calls"][0]["id"], sent[2]["tool_call_id"]]
    assert ids[0] == ids[1]
    assert len(ids[0]) <= 40


# --- Anthropic


def test_anthropic_address_and_version() -> None:
    """The base URL is taken as Anthropic's SDK takes it, and forgiven if it ends with /v1."""
    for base_url in ("http://h", "http://h/", "http://h/v1", "http://h/v1/"):
        one = make("it", "anthropic", base_url, "k")
        call, _ = one.chat(translated(dialect="x"), "claude-sonnet-5")
        assert call.url == "http://h/v1/messages"
        assert one.free_probe().url == "http://h/v1/models"
        assert call.headers["anthropic-version"] == "2023-06-01"
        assert call.headers["x-api-key"] == "k"


def test_anthropic_passes_beta_flags() -> None:
    """Version and beta flags of a caller of the same dialect pass; his other headers do not, and another dialect's never."""
    headers = {"anthropic-beta": "b", "anthropic-version": "2030-01-01", "x-api-key": "his", "cookie": "c"}
    one = make("it", "anthropic", key="k")
    passed = one.chat(translated(headers=headers), "claude-sonnet-5")[0].headers
    assert (passed["anthropic-beta"], passed["anthropic-version"], passed["x-api-key"]) == ("b", "2030-01-01", "k")
    assert "cookie" not in passed
    foreign = one.chat(translated(headers=headers, dialect="openai_chat"), "claude-sonnet-5")[0].headers
    assert "anthropic-beta" not in foreign


@pytest.mark.parametrize(
    ("model", "can"),
    [
        ("claude-sonnet-4-5-20250929", True),
        ("claude-haiku-4-5", True),
        ("claude-opus-4-1", True),
        ("claude-3-5-haiku-latest", True),
        ("claude-sonnet-4-6", False),
        ("claude-opus-4-8", False),
        ("claude-sonnet-5", False),
    ],
)
def test_anthropic_prefill(model: str, can: bool) -> None:
    """Only the 4.5 family and older continue a trailing assistant turn."""
    assert (Capability.PREFILL in make("it", "anthropic").capabilities(model)) is can


# --- Gemini


@pytest.mark.parametrize("base_url", ["http://h", "http://h/", "http://h/v1beta", "http://h/v1beta/"])
def test_gemini_address(base_url: str) -> None:
    """The version is added to the base URL unless it is there."""
    one = make("it", "gemini", base_url, "k")
    assert one.chat(translated(), "gemini-x")[0].url == "http://h/v1beta/models/gemini-x:generateContent"
    streamed = one.chat(translated(stream=True), "models/gemini-x")[0]
    assert streamed.url == "http://h/v1beta/models/gemini-x:streamGenerateContent?alt=sse"
    assert streamed.headers["x-goog-api-key"] == "k"


def test_gemini_keeps_a_proxys_query() -> None:
    """A query of the base URL and one of ours stand side by side."""
    url = make("it", "gemini", "http://h/v1beta?via=p").chat(translated(stream=True), "g")[0].url
    assert url == "http://h/v1beta/models/g:streamGenerateContent?alt=sse&via=p"


def test_gemini_model_name_cannot_leave_its_place() -> None:
    """A model name with slashes or a query stays one segment of the path."""
    url = make("it", "gemini", "http://h").chat(translated(), "../../x?key=1#")[0].url
    assert url == "http://h/v1beta/models/..%2F..%2Fx%3Fkey%3D1%23:generateContent"


# --- Mistral


def test_mistral_names() -> None:
    """Mistral gets its own names, and nothing that it would refuse; what is left out is told."""
    request = own(max_completion_tokens=9, seed=3, store=True, stream=True, stream_options={"include_usage": True})
    call, omitted = make("it", "mistral", key="k").chat(request, "mistral-small-latest")
    body = msgspec.json.decode(call.body)
    assert (body["max_tokens"], body["random_seed"]) == (9, 3)
    assert not {"max_completion_tokens", "seed", "store", "stream_options"} & set(body)
    assert "store" in omitted
    assert "stream_options" not in omitted


def test_mistral_call_ids() -> None:
    """Call and result keep one id of nine letters or digits; an id that is one already is not changed."""
    messages = (
        HI,
        Message("assistant", (ToolCall("call_é", "f", "{}"),)),
        Message("user", (ToolResult("call_é", ()),)),
    )
    sent = body_for("mistral", translated(messages=messages), "mistral-small-latest")["messages"]
    made = sent[1]["tool_calls"][0]["id"]
    assert made == sent[2]["tool_call_id"] == call_id("call_é")
    assert len(made) == 9
    assert made.isascii()
    assert made.isalnum()
    assert call_id("Ab3dEf9hI") == "Ab3dEf9hI"
    assert call_id("call_a") != call_id("call_b")


def test_mistral_required_tool_is_any() -> None:
    """The wish for any tool is called `any` there."""
    request = translated(tools=(Tool("f"),), tool_choice=ToolChoice("required"))
    assert body_for("mistral", request, "mistral-small-latest")["tool_choice"] == "any"


def test_mistral_prefix() -> None:
    """A trailing assistant turn, which Mistral refuses otherwise, is marked as the beginning of the answer."""
    request = translated(messages=(HI, Message("assistant", (Text("Bon"),))))
    assert body_for("mistral", request, "mistral-small-latest")["messages"][-1]["prefix"] is True


def test_mistral_unknown_message_fields() -> None:
    """Fields of a message that only OpenAI knows do not reach Mistral, and a developer is a system there."""
    request = own(messages=[{"role": "developer", "content": "x"}, {"role": "user", "content": "y", "name": "z"}])
    sent = body_for("mistral", request, "mistral-small-latest")["messages"]
    assert sent == [{"role": "system", "content": "x"}, {"role": "user", "content": "y"}]


# --- any other


def test_azure() -> None:
    """A query in the base URL stays on every address, and the key goes into Azure's header."""
    base_url = "https://x.openai.azure.com/openai/deployments/d?api-version=2024-10-21"
    one = make("it", "openai-compatible", base_url, "k")
    call, _ = one.chat(translated(), "gpt-4o")
    assert call.url == "https://x.openai.azure.com/openai/deployments/d/chat/completions?api-version=2024-10-21"
    assert call.headers["api-key"] == "k"
    assert "authorization" not in call.headers
    assert one.free_probe().url == "https://x.openai.azure.com/openai/models?api-version=2024-10-21"


def test_others_get_a_bearer() -> None:
    """Everybody else gets the key as OpenAI does."""
    headers = make("it", "openai-compatible", "https://api.groq.com/openai/v1", "k").headers()
    assert headers["authorization"] == "Bearer k"
    assert "api-key" not in headers


def test_compatible_serves_openais_reasoners_too() -> None:
    """OpenAI's reasoning models want their own fields at Azure's and OpenRouter's as well."""
    body = body_for("openai-compatible", translated(max_tokens=9), "openai/gpt-5", "http://h/v1")
    assert body["max_completion_tokens"] == 9


def test_llama_is_on_this_machine() -> None:
    """Without an address, `llama` means Ollama on this machine, without a key."""
    call, _ = make("it", "llama").chat(translated(), "llama3.2")
    assert call.url == "http://127.0.0.1:11434/v1/chat/completions"
    assert "authorization" not in call.headers


@pytest.mark.parametrize(("model", "sees"), [("llava:7b", True), ("Qwen/Qwen2.5-VL-7B", True), ("llama3.2", False)])
def test_llama_sight(model: str, sees: bool) -> None:
    """Which open models see is known by their names."""
    assert (Capability.IMAGES in make("it", "llama").capabilities(model)) is sees


def test_onboard_serves_plain_text_only() -> None:
    """The model on board takes text, begun or not, and stop sequences, and nothing that would need guessing."""
    assert make("it", "onboard").capabilities("any") == {Capability.STOP, Capability.PREFILL}


def test_perplexity_has_no_tools() -> None:
    """Sonar searches but calls no tools, so requests with tools go elsewhere."""
    can = make("it", "perplexity").capabilities("sonar-pro")
    assert Capability.TOOLS not in can
    assert {Capability.IMAGES, Capability.JSON_SCHEMA} <= can


@pytest.mark.parametrize(
    ("kind", "model", "reasons"),
    [
        ("openai", "gpt-4o", False),
        ("openai", "gpt-5-chat-latest", False),
        ("openai", "o3", True),
        ("perplexity", "sonar", False),
        ("perplexity", "sonar-deep-research", True),
        ("gemini", "gemini-3-pro", True),
        ("gemini", "gemini-flash-lite-latest", False),
        ("mistral", "magistral-small-latest", True),
        ("llama", "deepseek-r1:8b", True),
        ("openai-compatible", "deepseek-reasoner", True),
        ("openai-compatible", "openai/o3", True),
    ],
)
def test_who_thinks_before_he_speaks(kind: str, model: str, reasons: bool) -> None:
    """Models with a long silence before the first token are known."""
    assert make("it", kind, "http://h/v1").reasons(model) is reasons


def test_mistral_thoughts_are_not_text() -> None:
    """A reasoning model's content is a list of parts: its thoughts come apart from its text."""
    content = [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}, {"type": "text", "text": "Oui"}]
    chunk = {"id": "m", "model": "magistral", "choices": [{"index": 0, "delta": {"content": content}}]}
    frames = make("it", "mistral").reader().feed(b"data: " + msgspec.json.encode(chunk) + b"\n\n")
    events = [event for frame in frames for event in frame.events]
    assert [event.text for event in events if isinstance(event, ThinkingDelta)] == ["hm"]
    assert [event.text for event in events if isinstance(event, TextDelta)] == ["Oui"]


@pytest.mark.parametrize("model", ["claude-sonnet-5", "claude-opus-4-7", "claude-sonnet-4-6", "claude-opus-5-20260801"])
def test_newer_claudes_get_no_sampling_and_no_budget(model: str) -> None:
    """What newer Claudes answer with 400 is left out of a translated request, and said to be."""
    asked = ChatRequest(
        dialect="openai_chat",
        model="m",
        messages=(Message("user", (Text("Bonjour"),)),),
        temperature=0.3,
        top_p=0.9,
        max_tokens=9000,
        reasoning=Reasoning(budget=2000),
    )
    call, omitted = make("it", "anthropic").chat(asked, model)
    sent = msgspec.json.decode(call.body)
    assert not {"temperature", "top_p", "top_k"} & sent.keys()
    assert sent["thinking"] == {"type": "adaptive"}
    assert {"temperature", "top_p"} <= set(omitted)


@pytest.mark.parametrize("model", ["claude-haiku-4-5-20251001", "claude-opus-4-6", "claude-opus-4-1"])
def test_older_claudes_keep_one_of_the_two(model: str) -> None:
    """Older Claudes sample as asked, by temperature where both were set: they refuse the two together."""
    asked = ChatRequest(
        dialect="openai_chat", model="m", messages=(Message("user", (Text("Bonjour"),)),), temperature=0.3, top_p=0.9
    )
    call, omitted = make("it", "anthropic").chat(asked, model)
    sent = msgspec.json.decode(call.body)
    assert sent["temperature"] == 0.3
    assert omitted == ("top_p",)
