"""The official clients for Node and Vercel's AI SDK against a running gateway.

They are installed once, in the versions of node/package.json, into a cache outside of the repository; where npm or its registry
cannot be had, the tests are skipped and say so.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from sdk_gateway import KEY, Gateway

HERE = Path(__file__).parent / "node"
UPSTREAMS = {"openai": "OpenAI", "anthropic": "Anthropic", "gemini": "Gemini"}


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """A folder with the scripts and the clients that they import."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("node and npm are not installed")
    wanted = (HERE / "package.json").read_bytes()
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sanspanne-tests"
    folder = cache / f"node-{hashlib.sha256(wanted).hexdigest()[:12]}"
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "installed").exists():
        (folder / "package.json").write_bytes(wanted)
        if reason := install(folder):
            pytest.skip(f"npm cannot install the clients: {reason}")
        (folder / "installed").touch()
    return folder


def install(folder: Path) -> str:
    """Why npm could not install what package.json names; empty if it could."""
    quiet = ["--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts"]
    patience = ["--fetch-retries=0", "--fetch-timeout=20000"]
    command = ["npm", "install", *quiet, *patience]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=90)
    except subprocess.TimeoutExpired:
        return "its registry does not answer"
    return " ".join(done.stderr.split())[:300] or "no reason given" if done.returncode else ""


def seen(folder: Path, script: str, *arguments: str) -> Any:
    """What a script has seen."""
    shutil.copy(HERE / script, folder)  # imports are looked for beside the script
    done = subprocess.run(["node", script, *arguments], cwd=folder, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("upstream", UPSTREAMS)
@pytest.mark.parametrize("client", ["openai", "anthropic"])
def test_official_clients(node_modules: Path, gateway: Gateway, client: str, upstream: str) -> None:
    """Answers, streams, tools, schemas, lists and errors come to Node as they come to Python."""
    name = gateway.model(upstream)
    told = seen(node_modules, f"{client}.mjs", gateway.url, KEY, name)
    said = f"{UPSTREAMS[upstream]} answers: Hello, who are you?"
    assert told.pop("whole") == {"text": said, "target": name, "requestId": True}
    assert told.pop("stream") == {"text": said, "counted": True}
    assert told.pop("accumulated") == said
    assert told.pop("tools") == "The tools say: rain"
    assert told.pop("schema") == {"name": "Who is 42?", "age": 42}
    assert told.pop("invalid") == "BadRequestError"
    assert told.pop("cut") in ("APIError", "InternalServerError")  # the latter when it was cut before it had come here
    assert told.pop("models") == ["auto"]
    assert told == ({"counted": True} if client == "anthropic" else {})


@pytest.mark.parametrize("upstream", UPSTREAMS)
@pytest.mark.parametrize("dialect", ["openai", "anthropic"])
def test_vercel_ai(node_modules: Path, gateway: Gateway, dialect: str, upstream: str) -> None:
    """Vercel's AI SDK generates and streams text, calls tools, fits schemas and notices errors, in both dialects."""
    told = seen(node_modules, "vercel.mjs", gateway.url, KEY, gateway.model(upstream), dialect)
    said = f"{UPSTREAMS[upstream]} answers: Hello, who are you?"
    assert told["generated"] == told["streamed"] == said
    assert told["finishReason"] == "stop"
    assert told["counted"]
    assert told["tools"] == "The tools say: rain"
    assert told["schema"] == {"name": "Who is 42?", "age": 42}
    assert "emperature" in told["invalid"]
    assert "not complete" in told["cut"] or "No target" in told["cut"]
