"""Answers that one provider began and another finished, gathered by other people's clients: whole, and counted."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import anthropic
import openai
import pytest
from sdk_gateway import KEY, MODELS, PROSE, Gateway, running_gateway
from test_sdk_examples import ADDRESS, programs
from test_sdk_node import node_modules, seen

QUESTION = [{"role": "user", "content": "Que s'est-il passé ?"}]
PAIRS = list(product(["openai", "anthropic", "gemini"], repeat=2))
CLIENTS = ["openai", "anthropic", "example", "node-openai", "node-anthropic", "vercel-openai", "vercel-anthropic"]
__all__ = ["node_modules"]  # a fixture, here too

pairs = pytest.mark.parametrize(("first", "second"), PAIRS)


def name(client: str, first: str, second: str) -> str:
    """The model whose first target breaks off in mid-answer; each client has its own, with no past."""
    return f"torn-{client}-{first}-{second}"


def chains() -> str:
    """The configuration of all these models; every request may be continued."""
    lines = ["[resume]\nshare = 1\n"]
    for client, (first, second) in product(CLIENTS, PAIRS):
        targets = f'"{first}/{MODELS[first]}-torn-{client}-{second}", "{second}/{MODELS[second]}-onward-{client}"'
        lines.append(f'[models."{name(client, first, second)}"]\nchain = [{targets}]\n')
    return "".join(lines)


@pytest.fixture(scope="module")
def torn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway before providers that break off, and others that go on."""
    with running_gateway(tmp_path_factory.mktemp("torn"), chains()) as running:
        yield running


@pairs
def test_openai_for_python(torn: Gateway, first: str, second: str) -> None:
    """`chat.completions.stream` ends with the whole text; the seam stands in the field `sanspanne` of one chunk."""
    client = openai.OpenAI(base_url=f"{torn.url}/v1", api_key=KEY, max_retries=0)
    options = {"stream_options": {"include_usage": True}, "messages": QUESTION}
    with client.chat.completions.stream(model=name("openai", first, second), **options) as stream:
        chunks = [event.chunk for event in stream if event.type == "chunk"]
        answer = stream.get_final_completion()
    assert answer.choices[0].message.content == PROSE
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage.completion_tokens > 0
    [seam] = [chunk.sanspanne["seam"] for chunk in chunks if getattr(chunk, "sanspanne", None)]
    assert seam["from"].startswith(f"{first}/")
    assert seam["to"].startswith(f"{second}/")
    assert (seam["exact"], 0 < seam["at"] < len(PROSE)) == (True, True)


@pairs
def test_anthropic_for_python(torn: Gateway, first: str, second: str) -> None:
    """`messages.stream` ends with the whole text in one block."""
    client = anthropic.Anthropic(base_url=torn.url, api_key=KEY, max_retries=0)
    model = name("anthropic", first, second)
    with client.messages.stream(model=model, max_tokens=1000, messages=QUESTION) as stream:
        message = stream.get_final_message()
    assert [block.text for block in message.content] == [PROSE]
    assert message.stop_reason == "end_turn"
    assert message.usage.output_tokens > 0


@pairs
def test_node(node_modules: Path, torn: Gateway, first: str, second: str) -> None:
    """Node's clients of both dialects, and Vercel's AI SDK in both, end with the whole text and a count."""
    models = [name(client, first, second) for client in CLIENTS[3:]]
    told = seen(node_modules, "seams.mjs", torn.url, KEY, *models)
    assert [told[client]["text"] for client in told] == [PROSE] * 4
    assert [told[client]["stop"] for client in told] == ["stop", "end_turn", "stop", "stop"]
    assert all(told[client]["counted"] for client in told)
    assert len(told["openai"]["seams"]) == 1
    assert told["anthropic"]["blocks"] == ["text"]


def test_the_example_of_the_documents_tells_of_the_seam(torn: Gateway) -> None:
    """The program in docs/clients.md prints the whole text, with the seam at its place."""
    [code] = [code for _, code in programs() if "seam" in code]
    model = name("example", "openai", "anthropic")
    asked = (
        code.replace(ADDRESS, torn.url).replace('api_key="none"', f'api_key="{KEY}"').replace('"auto"', f'"{model}"')
    )
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    before, said, after = re.split(r"\[(anthropic/\S+ goes on for openai/\S+)\]", done.stdout)
    assert before + after == PROSE
    assert said
    assert before
