"""Simon Willison's `llm` against a running gateway, configured as docs/clients.md says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sdk_gateway import KEY, Gateway

pytest.importorskip("llm", reason="llm is not installed")

from click.testing import CliRunner
from llm.cli import cli

UPSTREAMS = ["openai", "anthropic", "gemini"]
FUNCTIONS = """
def get_weather(city: str) -> str:
    "The weather in a city"
    return "rain"
"""
MODELS = """\
- model_id: sanspanne
  model_name: "{model}"
  api_base: "{url}/v1"
  api_key_name: sanspanne
  supports_schema: true
  supports_tools: true
  vision: true
"""


class Llm:
    """The command, with a folder of its own."""

    def __init__(self, folder: Path, url: str) -> None:
        self._folder, self._url = folder, url

    def __call__(self, model: str, *arguments: str) -> str:
        """What it prints for a question to `model`."""
        (self._folder / "extra-openai-models.yaml").write_text(MODELS.format(model=model, url=self._url))
        environ = {"LLM_USER_PATH": str(self._folder)}
        done = CliRunner(env=environ).invoke(cli, ["prompt", "-m", "sanspanne", "--key", KEY, *arguments])
        assert done.exit_code == 0, done.output
        return done.output.rstrip("\n")


@pytest.fixture
def llm(gateway: Gateway, tmp_path: Path) -> Llm:
    """The command in front of the gateway."""
    return Llm(tmp_path, gateway.url)


@pytest.mark.parametrize("upstream", [*UPSTREAMS, "perplexity"])
def test_prompt(llm: Llm, gateway: Gateway, upstream: str) -> None:
    """An answer is printed, streamed or whole, and both are the same."""
    name = gateway.model(upstream, "unicode")
    assert llm(name, "-s", "Be kind.", "Hello") == "café \u2028 😀 日本語"
    assert llm(name, "--no-stream", "Hello") == "café \u2028 😀 日本語"


@pytest.mark.parametrize("upstream", UPSTREAMS)
def test_schema(llm: Llm, gateway: Gateway, upstream: str) -> None:
    """An answer fits the schema that was asked for."""
    said = llm(gateway.model(upstream), "--schema", "name, age int", "Who is 42?")
    assert json.loads(said) == {"name": "Who is 42?", "age": 42}


@pytest.mark.parametrize("upstream", UPSTREAMS)
@pytest.mark.parametrize("how", [(), ("--no-stream",)])
def test_tools(llm: Llm, gateway: Gateway, upstream: str, how: tuple[str, ...]) -> None:
    """A function is called, and the model answers to its result."""
    said = llm(gateway.model(upstream), *how, "--functions", FUNCTIONS, "What is the weather?")
    assert said.endswith("The tools say: rain")
