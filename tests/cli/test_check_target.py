"""One target asked for one word: what is known of it afterwards, and what is not."""

import pytest

from sanspanne.chat import Target
from sanspanne.check import check_target
from sanspanne.providers.catalogue import make
from sanspanne.providers.endpoint import Endpoint
from sanspanne.providers.http1 import HttpTransport
from sanspanne.testing import Answer, Body, Break, ErrorEvent, Fail, Hang, Page, Reason, ScriptedProvider

KEY = "sk-very-secret-key"


async def verdict_of(script, patience=5.0, key=None):
    """What `check` says of a provider with this script."""
    transport = HttpTransport()
    try:
        async with ScriptedProvider("openai", script=script, key=key) as provider:
            endpoint = Endpoint(make("openai", "openai", base_url=provider.base_url, key=KEY), transport)
            return await check_target(endpoint, Target("openai", "gpt-4o"), patience)
    finally:
        await transport.close()


async def test_a_target_that_answers_is_well():
    """A first word proves everything."""
    verdict = await verdict_of(Answer("ok"))
    assert (verdict.reachable, verdict.key_valid, verdict.model_known, verdict.well) == (True, True, True, True)
    assert verdict.first_token is not None


@pytest.mark.parametrize(
    ("script", "known"),
    [
        (Fail(Reason.AUTH), (True, False, None)),
        (Fail(Reason.MODEL_GONE), (True, True, False)),
        (Fail(Reason.OVERLOADED), (True, None, None)),
        (ErrorEvent(Reason.OVERLOADED), (True, None, None)),
        (Page(200), (True, None, None)),
        (Body(b""), (True, None, None)),
        (Break("reset", at=0), (True, None, None)),
        (Hang("after_headers"), (True, None, None)),
        (Hang("before_headers"), (False, None, None)),
    ],
    ids=["key", "model", "overload", "error-event", "page", "empty", "reset", "silent", "no-head"],
)
async def test_what_is_known_of_one_that_does_not(script, known):
    """Each failure tells as much about server, key and model as it can, and no more; there is always a sentence."""
    verdict = await verdict_of(script, patience=0.1 if isinstance(script, Hang) else 5.0)
    assert (verdict.reachable, verdict.key_valid, verdict.model_known) == known
    assert verdict.sentence


async def test_an_unreachable_target():
    """A connection that is refused says nothing but that."""
    transport = HttpTransport()
    async with ScriptedProvider("openai") as provider:
        endpoint = Endpoint(make("openai", "openai", base_url=provider.base_url, key=KEY), transport)
    verdict = await check_target(endpoint, Target("openai", "gpt-4o"))
    await transport.close()
    assert (verdict.reachable, verdict.well) == (False, False)


async def test_the_key_is_not_repeated():
    """A provider that repeats the key in its error does not bring it onto the screen."""
    event = b'data: {"error":{"message":"Incorrect API key provided: %s","code":"invalid_api_key"}}\n\n' % KEY.encode()
    verdict = await verdict_of(Body(event))
    assert verdict.key_valid is False
    assert KEY not in verdict.sentence
