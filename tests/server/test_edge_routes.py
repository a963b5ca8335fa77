"""Which path answers what."""

from __future__ import annotations

import json

import pytest
from scripted_edge import Served, serving

ANTHROPIC = {"anthropic_version": "2023-06-01"}


async def test_every_response_carries_our_own_request_id(served: Served) -> None:
    """Both names of the request's id are there, on errors and pages too, and never the caller's own value."""
    for path in ("/v1/chat/completions", "/v1/nothing", "/healthz", "/v1/models"):
        _, headers, _ = await served.ask("GET", path, x_request_id="mine")
        assert headers["x-request-id"] == headers["request-id"]
        assert headers["x-request-id"].startswith("req_")


@pytest.mark.parametrize(
    ("method", "path", "words"),
    [
        ("POST", "/v1/responses", "/v1/chat/completions"),
        ("POST", "/v1/embeddings", "embeddings"),
        ("POST", "/v1beta/models/gemini:generateContent", "/v1/messages"),
    ],
)
async def test_paths_to_come_say_what_to_use(served: Served, method: str, path: str, words: str) -> None:
    """A path that is planned but not served is 404 with what to use instead, and tells SDKs not to repeat it."""
    status, headers, body = await served.ask(method, path, b"{}")
    assert status == 404
    assert headers["x-should-retry"] == "false"
    assert words in body.decode()


async def test_gemini_clients_read_their_own_errors(served: Served) -> None:
    """An error under /v1beta has the shape that Google's clients read."""
    _, _, body = await served.ask("POST", "/v1beta/models/x:generateContent", b"{}")
    assert json.loads(body)["error"]["status"] == "NOT_FOUND"


async def test_unknown_path_without_pages_is_404(served: Served) -> None:
    """A path that nobody serves is 404 in a sentence."""
    status, _, body = await served.ask("GET", "/nothing")
    assert status == 404
    assert "/v1/chat/completions" in json.loads(body)["message"]


@pytest.mark.parametrize(("method", "path"), [("GET", "/v1/messages"), ("DELETE", "/v1/models"), ("POST", "/healthz")])
async def test_wrong_method_says_which_are_right(served: Served, method: str, path: str) -> None:
    """A method that a path does not know is 405 and names those that it knows."""
    status, headers, _ = await served.ask(method, path, b"")
    assert status == 405
    assert ("POST" if path == "/v1/messages" else "GET") in headers["allow"]


async def test_options_lists_methods_and_no_cors(served: Served) -> None:
    """OPTIONS names the methods; a preflight of another origin is refused and gets no CORS header."""
    status, headers, body = await served.ask("OPTIONS", "/v1/messages")
    assert (status, headers["allow"], body) == (204, "POST, OPTIONS", b"")
    status, headers, _ = await served.ask(
        "OPTIONS", "/v1/messages", origin="https://evil.example", access_control_request_method="POST"
    )
    assert status == 403
    assert not [name for name in headers if name.startswith("access-control")]


async def test_head_is_get_without_a_body(served: Served) -> None:
    """HEAD gives the head of GET and no body."""
    status, headers, body = await served.ask("HEAD", "/healthz")
    assert (status, headers["content-length"], body) == (200, "15", b"")


async def test_readyz_says_why_not(served: Served) -> None:
    """A service that takes no traffic yet answers 503 with the reason."""
    status, _, body = await served.ask("GET", "/readyz")
    assert status == 503
    assert json.loads(body)["why"] == "loading"


async def test_metrics_are_text(served: Served) -> None:
    """The metrics come in Prometheus's text format."""
    status, headers, body = await served.ask("GET", "/metrics")
    assert (status, body) == (200, b"# metrics\n")
    assert headers["content-type"].startswith("text/plain; version=")


async def test_reload_is_a_post(served: Served) -> None:
    """The configuration is read again by a POST, and its outcome is told."""
    assert (await served.ask("GET", "/admin/reload"))[0] == 405
    status, _, body = await served.ask("POST", "/admin/reload", b"{}")
    assert (status, json.loads(body)) == (200, {"status": "reloaded"})


async def test_tokens_are_counted(served: Served) -> None:
    """`/v1/messages/count_tokens` answers in Anthropic's shape."""
    status, _, body = await served.ask("POST", "/v1/messages/count_tokens", b'{"model":"auto"}')
    assert (status, json.loads(body)) == (200, {"input_tokens": 7})


async def test_models_in_openai_shape(served: Served) -> None:
    """The list of models has OpenAI's shape, and one model can be asked for by an id with a slash."""
    _, _, body = await served.ask("GET", "/v1/models")
    assert [model["id"] for model in json.loads(body)["data"]] == ["auto", "openai/gpt-4o"]
    _, _, body = await served.ask("GET", "/v1/models/openai/gpt-4o")
    assert json.loads(body) == {"id": "openai/gpt-4o", "object": "model", "created": 2, "owned_by": "openai"}


async def test_models_in_anthropic_shape(served: Served) -> None:
    """Anthropic's clients get their own shape, page by page in both directions."""
    _, _, body = await served.ask("GET", "/v1/models?limit=1", **ANTHROPIC)
    first = json.loads(body)
    assert (first["first_id"], first["last_id"], first["has_more"]) == ("auto", "auto", True)
    _, _, body = await served.ask("GET", "/v1/models?limit=1&after_id=auto", **ANTHROPIC)
    second = json.loads(body)
    assert (second["first_id"], second["has_more"]) == ("openai/gpt-4o", False)
    _, _, body = await served.ask("GET", "/v1/models?before_id=openai/gpt-4o", **ANTHROPIC)
    assert [model["id"] for model in json.loads(body)["data"]] == ["auto"]


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "limit=99999", "after_id=nobody"])
async def test_bad_page_is_400(served: Served, query: str) -> None:
    """A page that cannot be given is a 400 with the parameter's name."""
    status, _, body = await served.ask("GET", f"/v1/models?{query}", **ANTHROPIC)
    assert status == 400
    assert json.loads(body)["param"] == query.partition("=")[0]
    assert json.loads(body)["said_by"] == "messages"


async def test_unknown_model_is_404(served: Served) -> None:
    """Asking for a model that there is not is 404."""
    assert (await served.ask("GET", "/v1/models/nobody"))[0] == 404


async def test_pages_answer_the_rest() -> None:
    """Paths that the edge does not know go to the pages, with the request's id; /v1 never does."""

    async def pages(scope: object, receive: object, send: object) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})  # type: ignore[operator]
        await send({"type": "http.response.body", "body": b"page"})  # type: ignore[operator]

    async with serving(pages=pages) as served:
        status, headers, body = await served.ask("GET", "/somewhere")
        assert (status, body) == (200, b"page")
        assert headers["x-request-id"].startswith("req_")
        assert (await served.ask("GET", "/v1/somewhere"))[0] == 404
