"""Both official Python clients against a running gateway: what goes wrong raises the class that their users catch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import anthropic
import openai
import pytest
from sdk_gateway import KEY, MODELS, Gateway

Ask = Callable[..., Any]
QUESTION = [{"role": "user", "content": "Hello?"}]
SDKS = [openai, anthropic]
UPSTREAMS = list(MODELS)


@pytest.fixture(params=SDKS, ids=lambda sdk: sdk.__name__)
def sdk(request: pytest.FixtureRequest) -> Any:
    """One of the two clients."""
    return request.param


@pytest.fixture
def ask(gateway: Gateway, sdk: Any) -> Iterator[Ask]:
    """Asks a question through that client; reads a stream to its end."""
    if sdk is openai:
        client: Any = openai.OpenAI(base_url=f"{gateway.url}/v1", api_key=KEY, max_retries=0)
        create: Any = client.chat.completions.create
    else:
        client = anthropic.Anthropic(base_url=gateway.url, api_key=KEY, max_retries=0)
        create = client.messages.create

    def asked(model: str, stream: bool = False, **more: Any) -> list[Any]:
        options = {} if sdk is openai else {"max_tokens": 100}
        answer = create(**{"model": model, "messages": QUESTION, "stream": stream, **options, **more})
        return list(answer) if stream else [answer]

    with client:
        yield asked


@pytest.mark.parametrize("upstream", UPSTREAMS)
@pytest.mark.parametrize("stream", [False, True])
def test_a_request_that_the_provider_refuses(ask: Ask, gateway: Gateway, sdk: Any, upstream: str, stream: bool) -> None:
    """What the provider says is wrong with the request is a bad request here too, in its words."""
    with pytest.raises(sdk.BadRequestError, match="emperature"):
        ask(gateway.model(upstream, "invalid"), stream)


@pytest.mark.parametrize("upstream", UPSTREAMS)
@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("story", ["overloaded", "limited"])
def test_nobody_can_answer(ask: Ask, gateway: Gateway, sdk: Any, upstream: str, stream: bool, story: str) -> None:
    """When nobody can answer it is 503, and the official clients do not ask all of us again."""
    with pytest.raises(sdk.InternalServerError) as raised:
        ask(gateway.model(upstream, story), stream)
    assert raised.value.status_code == 503
    assert raised.value.response.headers["x-should-retry"] == "false"
    assert raised.value.request_id == raised.value.response.headers["x-request-id"]


@pytest.mark.parametrize("upstream", UPSTREAMS)
def test_a_quota_of_ours_that_is_used_up(ask: Ask, gateway: Gateway, sdk: Any, upstream: str) -> None:
    """A provider's 429 is about our quota: the caller is told when to come again, also while the provider is left alone."""
    name = gateway.model(upstream, "limited")
    for _ in range(2):
        with pytest.raises(sdk.InternalServerError) as raised:
            ask(name)
        assert raised.value.status_code == 503
        assert 1 <= int(raised.value.response.headers["retry-after"]) <= 60


@pytest.mark.parametrize("upstream", UPSTREAMS)
def test_a_model_that_is_gone(ask: Ask, gateway: Gateway, sdk: Any, upstream: str) -> None:
    """A model that its provider has taken away is an error of ours, not the caller's, as often as he asks."""
    name = gateway.model(upstream, "gone")
    for _ in range(2):
        with pytest.raises(sdk.InternalServerError) as raised:
            ask(name)
        assert raised.value.status_code == 502


def test_a_key_of_ours_that_is_wrong(ask: Ask, sdk: Any) -> None:
    """A key that the provider refuses is ours: never an authentication error of the caller's, and no word of the key."""
    for _ in range(2):
        with pytest.raises(sdk.InternalServerError, match="operator has been told") as raised:
            ask("locked/gpt-4o")
        assert raised.value.status_code == 502
        assert "API key" not in str(raised.value)


@pytest.mark.parametrize("upstream", UPSTREAMS)
@pytest.mark.parametrize("story", ["broken", "cut"])
def test_an_answer_that_breaks(ask: Ask, gateway: Gateway, sdk: Any, upstream: str, story: str) -> None:
    """An error in mid-stream raises, also when it comes together with the first words: it is never taken for the end."""
    with pytest.raises(sdk.APIError, match=r"not complete|No target gave an answer"):
        ask(gateway.model(upstream, story), True)


def test_a_model_that_is_unknown(ask: Ask, sdk: Any) -> None:
    """A model that nobody has is not found."""
    with pytest.raises(sdk.NotFoundError, match="nobody"):
        ask("nobody")


@pytest.mark.parametrize("wrong", [{"messages": []}, {"messages": "x"}, {"max_tokens": -1}, {"temperature": "hot"}])
def test_a_request_that_is_wrong(ask: Ask, gateway: Gateway, sdk: Any, wrong: dict[str, Any]) -> None:
    """A request that cannot be read is a bad request, and names the field."""
    with pytest.raises(sdk.BadRequestError, match=next(iter(wrong))):
        ask(gateway.model("openai"), extra_body=wrong)


def test_a_key_that_is_wrong(gateway: Gateway, sdk: Any) -> None:
    """A key that is not ours raises the class for it."""
    if sdk is openai:
        with (
            openai.OpenAI(base_url=f"{gateway.url}/v1", api_key="wrong") as client,
            pytest.raises(openai.AuthenticationError),
        ):
            client.models.list()
    else:
        with (
            anthropic.Anthropic(base_url=gateway.url, api_key="wrong") as other,
            pytest.raises(anthropic.AuthenticationError),
        ):
            other.models.list()
