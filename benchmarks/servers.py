"""The servers under test. Each passes requests on to the same upstream and is started with what its makers advise."""

from __future__ import annotations

import http.client
import shutil
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from benchmarks import litellm
from benchmarks.load import Address
from benchmarks.machine import LOAD_CORE, SERVER_CORE
from benchmarks.processes import Process, free_port
from benchmarks.scenarios import JSON, KEY, MODELS, request

START_SECONDS = 120.0
POLL_SECONDS = 0.005


class Server:
    """One server: started, asked, stopped, started again. `folder` is for its files."""

    name = ""
    core = SERVER_CORE
    environ: ClassVar[Mapping[str, str]] = {}

    def __init__(self, folder: Path, upstream: Address | None = None) -> None:
        self.folder = folder / self.name
        self.folder.mkdir()
        self.address = Address(free_port())
        self.upstream = upstream
        self._process: Process | None = None

    def missing(self) -> str | None:
        """Why this server cannot be measured here."""
        return None

    def command(self) -> list[str]:
        """Write what it needs into the folder, and say how it is started."""
        raise NotImplementedError

    @property
    def pid(self) -> int:
        """The process; it may have children."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> float:
        """Start, and wait for the first request to be answered: the seconds until then."""
        command = self.command()
        started = time.perf_counter()
        self._process = Process(command, self.folder / "log", self.core, self.environ)
        while not answers(self.address):
            self._process.check()
            if time.perf_counter() - started > START_SECONDS:
                raise RuntimeError(f"{self.name} has not answered within {START_SECONDS:.0f} s")
            time.sleep(POLL_SECONDS)
        return time.perf_counter() - started

    def stop(self) -> None:
        """Stop, if it runs."""
        if self._process is not None:
            self._process.stop()
            self._process = None


class Upstream(Server):
    """The scripted provider itself: what is measured without a server between is what this rig can do."""

    name = "direct"
    core = LOAD_CORE

    def command(self) -> list[str]:
        """Our own module."""
        return [sys.executable, "-m", "benchmarks.upstream", str(self.address.port)]


class Sanspanne(Server):
    """`sanspanne serve`, as installed beside this interpreter, without a model on board."""

    name = "sanspanne"
    environ: ClassVar[Mapping[str, str]] = {"BENCH_KEY": KEY}

    def command(self) -> list[str]:
        """A configuration with one provider and one model for each scenario."""
        chains = "".join(f'[models.{model}]\nchain = ["upstream/{model}"]\nonboard = false\n' for model in MODELS)
        config = self.folder / "sanspanne.toml"
        config.write_text(
            '[onboard]\nenabled = false\n[providers.upstream]\nkind = "openai-compatible"\n'
            f'base_url = "http://{self.upstream}/v1"\nkey_env = "BENCH_KEY"\n{chains}'
        )
        program = str(Path(sys.executable).with_name("sanspanne"))
        options = ["--config", str(config), "--port", str(self.address.port), "--data", str(self.folder / "data")]
        return [program, "serve", *options]


class Nginx(Server):
    """nginx as a plain proxy: no log, no buffering, connections kept alive; it looks at no body."""

    name = "nginx"

    def missing(self) -> str | None:
        """The program."""
        return None if _nginx() else "no nginx here (on Debian: apt-get install nginx-light)"

    def command(self) -> list[str]:
        """One worker: it has one core."""
        config = self.folder / "nginx.conf"
        temporary = "".join(
            f"{kind}_temp_path {self.folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        config.write_text(
            f"daemon off; worker_processes 1; pid {self.folder}/pid; error_log {self.folder}/errors warn;\n"
            "events { worker_connections 8192; }\n"
            f"http {{ access_log off; {temporary} client_body_buffer_size 64k; keepalive_requests 1000000;\n"
            f"upstream provider {{ server {self.upstream}; keepalive 512; keepalive_requests 1000000; }}\n"
            f"server {{ listen {self.address} backlog=4096; location / {{ proxy_pass http://provider;\n"
            'proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off; } } }\n'
        )
        return [_nginx() or "nginx", "-c", str(config), "-e", str(self.folder / "errors")]


class LiteLLM(Server):
    """LiteLLM's proxy, one worker, without database and callbacks."""

    name = "litellm"
    environ: ClassVar[Mapping[str, str]] = {
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "LITELLM_LOG": "ERROR",
        "LITELLM_MASTER_KEY": KEY,
    }

    def missing(self) -> str | None:
        """An environment of its own, made when it is not there."""
        return litellm.missing()

    def command(self) -> list[str]:
        """A configuration with one model for each scenario."""
        config = self.folder / "config.yaml"
        config.write_text("model_list:\n" + "".join(_litellm_model(model, self.upstream) for model in MODELS))
        options = ["--config", str(config), "--host", self.address.host, "--port", str(self.address.port)]
        return [str(litellm.program()), *options, "--num_workers", "1", "--telemetry", "False"]


def answers(address: Address) -> bool:
    """Whether a JSON request is answered with status 200."""
    head, _, body = request(JSON, str(address)).partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode().splitlines()[1:])
    connection = http.client.HTTPConnection(address.host, address.port, timeout=10)
    try:
        connection.request("POST", "/v1/chat/completions", body, headers)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _nginx() -> str | None:
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")


def _litellm_model(model: str, upstream: Address | None) -> str:
    return (
        f"  - model_name: {model}\n    litellm_params:\n      model: openai/{model}\n"
        f"      api_base: http://{upstream}/v1\n      api_key: {KEY}\n"
    )
