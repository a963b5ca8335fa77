"""Healthy scripted providers, heard through a bare socket."""

import json

import pytest
from raw_client import ask, events, exchange, get, question, request

from sanspanne.testing import KINDS, Answer, ScriptedProvider, Source, ToolUse

TEXT = "Une réponse « entière » 🙂 qui a plus de trois mots."


def said(kind: str, body: bytes) -> str:
    """The text of a stream, in any of the formats."""
    text = ""
    for data in events(body):
        if data == b"[DONE]":
            continue
        event = json.loads(data)
        if kind == "gemini":
            text += "".join(p["text"] for p in event["candidates"][0]["content"]["parts"])
        elif kind == "anthropic":
            text += event.get("delta", {}).get("text", "")
        else:
            text += "".join(c["delta"].get("content") or "" for c in event["choices"])
    return text


@pytest.mark.parametrize("kind", KINDS)
async def test_a_streamed_answer_says_the_scripted_text(kind: str) -> None:
    """Every kind streams exactly the text of its script, and HTTP says that the stream is whole."""
    async with ScriptedProvider(kind, script=Answer(TEXT)) as provider:
        heard = await ask(provider)
    assert heard.status == 200
    assert "text/event-stream" in heard.head
    assert said(kind, heard.body) == TEXT
    assert heard.framed_whole


@pytest.mark.parametrize("kind", KINDS)
async def test_a_whole_answer_says_the_scripted_text(kind: str) -> None:
    """Every kind answers in one JSON body when no stream is asked for."""
    async with ScriptedProvider(kind, script=Answer(TEXT)) as provider:
        heard = await ask(provider, stream=False)
    assert "application/json" in heard.head
    assert TEXT in json.dumps(json.loads(heard.body), ensure_ascii=False)


@pytest.mark.parametrize("kind", KINDS)
async def test_the_default_answer_names_the_provider_and_repeats_the_question(kind: str) -> None:
    """Without a script one can see who answered, and what he was asked."""
    async with ScriptedProvider(kind, name="Second of two") as provider:
        heard = await ask(provider)
    assert said(kind, heard.body) == "Second of two answers: Quelle heure est-il à Lyon ?"


@pytest.mark.parametrize("kind", KINDS)
async def test_models_are_listed(kind: str) -> None:
    """Every kind lists the models that it was given, at the place of its own API."""
    async with ScriptedProvider(kind, models=["one-model", "another"]) as provider:
        heard = await get(provider, f"{provider.wire.mount}/models" if kind != "anthropic" else "/v1/models")
        unknown = await get(provider, "/no/such/page")
    assert heard.status == 200
    assert b"one-model" in heard.body
    assert b"another" in heard.body
    assert unknown.status == 404


@pytest.mark.parametrize("kind", KINDS)
async def test_scattered_bytes_are_the_same_bytes(kind: str) -> None:
    """An answer that is cut into odd network pieces is byte for byte the same answer."""
    async with ScriptedProvider(kind, script=Answer(TEXT, scatter=7)) as provider:
        scattered = await ask(provider)
    assert said(kind, scattered.body) == TEXT


async def test_openai_chunks_come_in_their_order() -> None:
    """The role comes first, then the text, the finish reason, the usage with no choices, and `[DONE]`; all are padded."""
    async with ScriptedProvider("openai", script=Answer(["a", "b"])) as provider:
        heard = await ask(provider, stream_options={"include_usage": True})
    *chunks, done = events(heard.body)
    decoded = [json.loads(chunk) for chunk in chunks]
    assert done == b"[DONE]"
    assert decoded[0]["choices"][0]["delta"] == {"role": "assistant", "content": "", "refusal": None}
    assert [c["choices"][0]["finish_reason"] for c in decoded[:-1]] == [None, None, None, "stop"]
    assert decoded[-1]["choices"] == []
    assert decoded[-1]["usage"]["completion_tokens"] == 2
    assert all(chunk["obfuscation"] for chunk in decoded)
    assert "x-ratelimit-remaining-tokens" in heard.head


async def test_anthropic_events_come_in_their_order() -> None:
    """A message starts, a block starts, a ping, text, the block stops, the stop reason with cumulative usage, the end."""
    async with ScriptedProvider("anthropic", script=Answer(["a", "b"])) as provider:
        heard = await ask(provider)
    names = [json.loads(data)["type"] for data in events(heard.body)]
    assert names == [
        "message_start",
        "content_block_start",
        "ping",
        "content_block_delta",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]
    assert heard.body.startswith(b"event: message_start\ndata: ")
    assert "anthropic-ratelimit-tokens-reset" in heard.head
    assert "request-id" in heard.head


async def test_perplexity_repeats_the_whole_message_and_cites() -> None:
    """Each chunk has the message so far beside the piece, and the sources; only deep research ends with `[DONE]`."""
    source = Source("https://example.org/a", "A page")
    async with ScriptedProvider("perplexity", script=Answer(["a", " b"], sources=[source])) as provider:
        plain = [json.loads(data) for data in events((await ask(provider, model="sonar")).body)]
        deep = events((await ask(provider, model="sonar-deep-research")).body)
    assert [c["choices"][0]["message"]["content"] for c in plain] == ["a", "a b", "a b"]
    assert plain[0]["citations"] == ["https://example.org/a"]
    assert plain[0]["search_results"][0]["title"] == "A page"
    assert plain[-1]["choices"][0]["finish_reason"] == "stop"
    assert deep[-1] == b"[DONE]"


async def test_gemini_ends_with_the_finish_reason_and_counts_in_every_chunk() -> None:
    """Gemini's last chunk has the finish reason, every chunk the usage, and nothing follows."""
    async with ScriptedProvider("gemini", script=Answer(["a"], thinking="hm")) as provider:
        heard = await ask(provider)
    chunks = [json.loads(data) for data in events(heard.body)]
    assert chunks[0]["candidates"][0]["content"]["parts"] == [{"text": "hm", "thought": True}]
    assert chunks[-1]["candidates"][0]["finishReason"] == "STOP"
    assert all("usageMetadata" in chunk for chunk in chunks)


@pytest.mark.parametrize(
    ("kind", "path", "mark"),
    [
        ("ollama", "/api/version", "version"),
        ("ollama", "/api/tags", "models"),
        ("ollama", "/api/ps", "models"),
        ("llamacpp", "/props", "default_generation_settings"),
        ("llamacpp", "/health", "status"),
        ("vllm", "/version", "version"),
        ("lmstudio", "/api/v0/models", "data"),
    ],
)
async def test_engines_have_their_fingerprints(kind: str, path: str, mark: str) -> None:
    """Each engine that people run themselves can be told by a page that no other has."""
    async with ScriptedProvider(kind) as provider:
        heard = await get(provider, path)
    assert mark in json.loads(heard.body)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_limit_of_tokens_cuts_and_says_so(kind: str) -> None:
    """An answer that is longer than the limit of tokens ends there, with the stop reason for it."""
    limit = {"generationConfig": {"maxOutputTokens": 2}} if kind == "gemini" else {"max_tokens": 2}
    async with ScriptedProvider(kind, script=Answer(["a", "b", "c"])) as provider:
        heard = await ask(provider, **limit)
    assert said(kind, heard.body) == "ab"
    assert any(word in heard.body for word in (b'"length"', b'"max_tokens"', b'"MAX_TOKENS"'))


async def test_a_stop_sequence_cuts_before_itself() -> None:
    """An answer ends before the first stop sequence that it meets, and Anthropic names the sequence."""
    async with ScriptedProvider("anthropic", script=Answer("one two. three four")) as provider:
        heard = await ask(provider, stop_sequences=["never", ". "])
    assert said("anthropic", heard.body) == "one two"
    assert b'"stop_reason":"stop_sequence","stop_sequence":". "' in heard.body


async def test_a_demanded_tool_is_called_with_fitting_arguments() -> None:
    """A provider that must call a tool does so unasked by its script, with arguments that fit the schema."""
    schema = {"type": "object", "properties": {"city": {"type": "string"}, "days": {"type": "integer"}}}
    tool = {"type": "function", "function": {"name": "weather", "parameters": schema}}
    async with ScriptedProvider("openai") as provider:
        heard = await ask(provider, stream=False, tools=[tool], tool_choice="required")
    choice = json.loads(heard.body)["choices"][0]
    assert choice["finish_reason"] == "tool_calls"
    assert set(json.loads(choice["message"]["tool_calls"][0]["function"]["arguments"])) == {"city", "days"}


async def test_gemini_calls_tools_with_objects() -> None:
    """Gemini's tool calls carry their arguments as an object."""
    async with ScriptedProvider("gemini", script=Answer(tool_calls=[ToolUse("weather", {"city": "Lyon"})])) as provider:
        heard = await ask(provider, stream=False)
    part = json.loads(heard.body)["candidates"][0]["content"]["parts"][0]
    assert part["functionCall"] == {"name": "weather", "args": {"city": "Lyon"}}


async def test_a_connection_serves_one_request_after_another() -> None:
    """A kept connection may be used again, and requests that come together are answered in order."""
    path, body = question("openai", stream=False)
    two = request(path, body, close=False) + request(path, {**body, "model": "second"})
    async with ScriptedProvider("openai") as provider:
        heard = await exchange(provider, two)
    assert heard.data.count(b"HTTP/1.1 200") == 2
    assert heard.data.index(b'"a-model"') < heard.data.index(b'"second"')


@pytest.mark.parametrize("header", ["authorization: Bearer right", "x-api-key: right", "x-goog-api-key: right"])
async def test_only_the_right_key_is_let_in(header: str) -> None:
    """With a key set, a request without it is refused in the provider's words, wherever the key belongs."""
    path, body = question("anthropic")
    async with ScriptedProvider("anthropic", key="right") as provider:
        wrong = await exchange(provider, request(path, body, "x-api-key: wrong\r\n"))
        right = await exchange(provider, request(path, body, f"{header}\r\n"))
        listed = await get(provider, "/v1/models", "x-api-key: wrong\r\n")
    assert (wrong.status, right.status, listed.status) == (401, 200, 401)
    assert b"authentication_error" in wrong.body


@pytest.mark.parametrize("body", [b"{not json", b"[1]", b"\xff\xfe"])
async def test_a_body_that_is_no_object_is_refused(body: bytes) -> None:
    """What cannot be read as a question gets the provider's own 400."""
    async with ScriptedProvider("openai") as provider:
        heard = await exchange(provider, request("/v1/chat/completions", body))
    assert heard.status == 400


def test_an_unknown_kind_is_refused_with_the_known_ones() -> None:
    """A misspelt kind is answered with the list of kinds."""
    with pytest.raises(ValueError, match="openai, anthropic, perplexity"):
        ScriptedProvider("opanai")
