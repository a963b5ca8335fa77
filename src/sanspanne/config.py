"""The configuration: one Struct per section, with its defaults beside the fields.

TOML is read with `tomllib` and converted by msgspec; unknown keys are errors that name the nearest right one, and every
message shows a right example. Nothing here opens a connection or reads a secret: `secrets.py` does, when the service is built.
"""

from __future__ import annotations

from msgspec import Struct


class ServerConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """`[server]`: where to listen and what to accept."""

    host: str = "127.0.0.1"
    port: int = 8080
    hosts: tuple[str, ...] = ()  # further names by which we may be addressed, e.g. "chat.example.org"
    trusted_proxies: tuple[str, ...] = ()  # addresses that may send forwarded headers, e.g. "10.0.0.0/8"
    max_body_mb: float = 32.0
    drain_seconds: float = 30.0


class KeyConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """`[keys.NAME]`: who may call; exactly one of the three."""

    secret_env: str | None = None
    secret_file: str | None = None
    sha256: str | None = None


class ProviderConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """`[providers.NAME]`: one upstream API under one credential."""

    kind: str
    base_url: str = ""
    key_env: str | None = None
    key_file: str | None = None


class ModelConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """`[models.NAME]`: the chain of targets behind a name that callers ask for."""

    chain: tuple[str, ...]
    onboard: bool = True
    hedge: bool = False


class ClocksConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """`[clocks]`: the longest silences, in seconds, that an attempt is allowed."""

    connect: float = 5.0
    first_token: float = 60.0  # until 20 samples have been seen
    first_token_learnt: float = 10.0  # ceiling of the learnt limit, models that reason apart
    gap: float = 20.0


class ProbesConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """`[probes]`: how a target that is down is asked whether it answers again."""

    every_min: float = 2.0
    every_max: float = 5.0
    per_day: int = 500  # answered (that is, paid) probes per target


class OnboardConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """`[onboard]`: the model on board."""

    enabled: bool = True
    model: str = "auto"  # a name of the catalogue, or "auto": the best small one whose source can be reached
    path: str | None = None  # a GGUF file of your own
    fetch: bool = True  # fetch the model in the background when it is not there
    slots: int = 4
    context: int = 2048  # tokens per slot
    threads: int = 0  # 0: as many as there are cores
    mirror: str | None = None  # e.g. "https://mirror.example.org/hf"


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    server: ServerConfig = ServerConfig()
    keys: dict[str, KeyConfig] = {}
    providers: dict[str, ProviderConfig] = {}
    models: dict[str, ModelConfig] = {}
    clocks: ClocksConfig = ClocksConfig()
    probes: ProbesConfig = ProbesConfig()
    onboard: OnboardConfig = OnboardConfig()
