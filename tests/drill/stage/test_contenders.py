"""The others in a drill: no gateway, and LiteLLM."""

from __future__ import annotations

import json
import stat
import sys
from pathlib import Path

import pytest

from sanspanne.drill.scenario import Burst, LoadPlan, ProviderPlan, Scenario, Words
from sanspanne.drill.stage.cast import Endpoint
from sanspanne.drill.stage.contender import MODEL, DrillError
from sanspanne.drill.stage.litellm import LiteLLM, configuration, find_litellm
from sanspanne.drill.stage.no_gateway import NoGateway

OPENAI = Endpoint("openai", "openai", "http://127.0.0.1:1/v1", "gpt-x")
CLAUDE = Endpoint("claude", "anthropic", "http://127.0.0.1:2", "claude-x")
PROVIDERS = {"openai": OPENAI, "claude": CLAUDE}

ANSWERS = """
import http.server, sys
class Alive(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/health/liveliness" else 404)
        self.end_headers()
http.server.HTTPServer(("127.0.0.1", int(sys.argv[sys.argv.index("--port") + 1])), Alive).serve_forever()
"""


def scenario(*chain: str) -> Scenario:
    """A chain of providers and one question."""
    plans = {name: ProviderPlan("openai") for name in chain}
    return Scenario("chain", Words("A chain"), 10.0, chain, LoadPlan(burst=(Burst(at=0, count=1),)), plans)


def program(folder: Path, text: str) -> Path:
    """Something that can be started in LiteLLM's place."""
    path = folder / "litellm"
    path.write_text(f"#!{sys.executable}\n{text}")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


async def test_without_a_gateway_users_ask_the_first_of_the_chain(tmp_path: Path) -> None:
    """The address is the first provider's own; there is nothing to kill and nothing to end."""
    nobody = NoGateway()
    assert await nobody.start(PROVIDERS, scenario("openai", "claude"), tmp_path) == OPENAI.base_url
    await nobody.restart()
    await nobody.stop()
    assert nobody.pid is None


async def test_a_provider_whose_dialect_the_users_do_not_speak_cannot_stand_alone(tmp_path: Path) -> None:
    """The error says whom they would ask, and what to do."""
    with pytest.raises(DrillError, match="would ask claude, but their client speaks OpenAI's dialect"):
        await NoGateway().start(PROVIDERS, scenario("claude", "openai"), tmp_path)


def test_litellm_gets_the_chain_as_fallbacks() -> None:
    """The first target is the model that users ask for, the others are its fallbacks, each in its own dialect."""
    written = json.loads(configuration([OPENAI, CLAUDE]))
    models = {entry["model_name"]: entry["litellm_params"] for entry in written["model_list"]}
    assert models[MODEL]["model"] == "openai/gpt-x"
    assert models["drill-claude"] == {
        "model": "anthropic/claude-x",
        "api_base": CLAUDE.base_url,
        "api_key": "os.environ/SANSPANNE_DRILL_KEY",
    }
    assert written["litellm_settings"]["fallbacks"] == [{MODEL: ["drill-claude"]}]
    assert json.loads(configuration([OPENAI]))["litellm_settings"]["fallbacks"] == []


def test_litellm_is_found_by_its_name_or_by_a_path(tmp_path: Path) -> None:
    """It is looked for on the path, or taken where it was said to be; None where there is none."""
    path = program(tmp_path, "")
    assert find_litellm("", str(tmp_path)) == path
    assert find_litellm(str(path), "") == path
    assert find_litellm("", "") is None
    assert find_litellm(str(tmp_path / "nothing"), str(tmp_path)) is None


async def test_litellm_is_started_awaited_and_ended(tmp_path: Path) -> None:
    """It is ready when it says that it is alive; it comes back after a kill, and is gone after the end."""
    contender = LiteLLM(program(tmp_path, ANSWERS))
    try:
        address = await contender.start(PROVIDERS, scenario("openai", "claude"), tmp_path)
        assert address.startswith("http://127.0.0.1:")
        assert address.endswith("/v1")
        before = contender.pid
        await contender.restart()
        assert contender.pid not in (None, before)
    finally:
        await contender.stop()


async def test_a_litellm_that_does_not_start_says_why(tmp_path: Path) -> None:
    """The end of what it said is in the error."""
    contender = LiteLLM(program(tmp_path, "print('no such option'); raise SystemExit(3)"))
    with pytest.raises(DrillError, match=r"(?s)litellm did not start.*no such option"):
        await contender.start(PROVIDERS, scenario("openai"), tmp_path)
    await contender.stop()
