"""The sections of the configuration: one Struct each, with its defaults, limits and a right example beside the fields.

`Meta.description` completes the sentence "... must be ___", `Meta.examples` gives the value that an error message shows.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct


def _text(expected: str, example: str) -> Meta:
    return Meta(description=expected, examples=[example])


def _texts(expected: str, example: list[str]) -> Meta:
    return Meta(description=expected, examples=[example])


def _switch(example: bool) -> Meta:
    return Meta(description="true or false", examples=[example])


def _number(low: float, high: float, example: Any, unit: str = "") -> Meta:
    kind = "a whole number" if isinstance(example, int) else "a number"
    return Meta(ge=low, le=high, description=f"{kind} from {low} to {high}{unit}", examples=[example])


def _seconds(low: float, high: float, example: float) -> Meta:
    return _number(low, high, example, " (seconds)")


def _price(example: float) -> Meta:
    return _number(0, 1_000_000, example, " (dollars per million tokens)")


def _optional(meta: Meta) -> Meta:
    return Meta(description=meta.description, examples=meta.examples)  # the limits stand at the number itself


def _at_most(example: Any) -> Meta:
    return _number(1 if isinstance(example, int) else 0.01, 1_000_000_000_000, example)


class ServerConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """`[server]`: where to listen and what to accept."""

    host: Annotated[str, _text("an address or a host name to listen on", "127.0.0.1")] = "127.0.0.1"
    port: Annotated[int, _number(0, 65535, 8080)] = 8080  # 0: any free one
    # further names by which we may be addressed
    hosts: Annotated[tuple[str, ...], _texts("a list of host names", ["chat.example.org"])] = ()
    # who may send forwarded headers
    trusted_proxies: Annotated[tuple[str, ...], _texts("a list of addresses or networks", ["10.0.0.0/8"])] = ()
    max_body_mb: Annotated[float, _number(0.001, 1024, 32.0)] = 32.0
    drain_seconds: Annotated[float, _seconds(0, 3600, 30.0)] = 30.0


class QuotasConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """`[quotas]`: what every key may use that names no limit of its own; without a limit, as much as it likes."""

    requests_per_minute: Annotated[Annotated[int, _at_most(60)] | None, _optional(_at_most(60))] = None
    requests_per_day: Annotated[Annotated[int, _at_most(5000)] | None, _optional(_at_most(5000))] = None
    tokens_per_minute: Annotated[Annotated[int, _at_most(100_000)] | None, _optional(_at_most(100_000))] = None
    tokens_per_day: Annotated[Annotated[int, _at_most(2_000_000)] | None, _optional(_at_most(2_000_000))] = None
    streams: Annotated[Annotated[int, _at_most(5)] | None, _optional(_at_most(5))] = None  # answers at once
    dollars_per_day: Annotated[Annotated[float, _at_most(5.0)] | None, _optional(_at_most(5.0))] = None
    dollars_per_month: Annotated[Annotated[float, _at_most(50.0)] | None, _optional(_at_most(50.0))] = None


class KeyConfig(QuotasConfig, frozen=True, forbid_unknown_fields=True, rename={"key_class": "class"}):
    """`[keys.NAME]`: who may call; exactly one of the first three. What it may use, and where its kept answers are told of."""

    secret_env: Annotated[str | None, _text("the name of an environment variable", "APP_KEY")] = None
    secret_file: Annotated[str | None, _text("the path of a file", "/run/secrets/app_key")] = None
    sha256: Annotated[
        str | None, _text("the SHA-256 of the secret in 64 hexadecimal digits", "9f86d081884c7d65...0f00a08")
    ] = None
    # who goes first when there is not room for all
    key_class: Annotated[
        Literal["interactive", "agent", "batch"], _text('"interactive", "agent" or "batch"', "agent")
    ] = "interactive"
    webhook: Annotated[str | None, _text("an http or https address", "https://app.example.org/answered")] = None
    webhook_secret_env: Annotated[str | None, _text("the name of an environment variable", "APP_WEBHOOK_SECRET")] = None
    webhook_secret_file: Annotated[str | None, _text("the path of a file", "/run/secrets/app_webhook")] = None


class ProviderConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """`[providers.NAME]`: one upstream API under one credential."""

    kind: Annotated[str, _text("the kind of the provider", "openai")]
    base_url: Annotated[str, _text("an http or https address", "https://api.openai.com/v1")] = ""
    key_env: Annotated[str | None, _text("the name of an environment variable", "OPENAI_API_KEY")] = None
    key_file: Annotated[str | None, _text("the path of a file", "/run/secrets/openai_key")] = None
    # OpenAI alone: answers are made where a broken stream can be taken up again, and kept there for some minutes
    background: Annotated[bool, _switch(True)] = False
    # answers at once that it may be asked for; without it the limit is learnt
    streams: Annotated[Annotated[int, _number(1, 100_000, 20)] | None, _optional(_number(1, 100_000, 20))] = None


class ModelConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """`[models.NAME]`: the chain of targets behind a name that callers ask for."""

    chain: Annotated[
        tuple[str, ...],
        _texts('a list of "provider/model" or "onboard"', ["openai/gpt-4o", "anthropic/claude-sonnet-5"]),
    ]
    onboard: Annotated[bool, _switch(False)] = True
    hedge: Annotated[bool, _switch(True)] = False
    warm: Annotated[float, _number(0, 0.05, 0.02)] = 0.0  # of the requests: the share that begins with a standby


class ClocksConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """`[clocks]`: the longest silences, in seconds, that an attempt is allowed."""

    connect: Annotated[float, _seconds(0.05, 600, 5.0)] = 5.0
    first_token: Annotated[float, _seconds(0.05, 3600, 60.0)] = 60.0  # until 20 samples have been seen
    # ceiling of the learnt limit, models that reason apart
    first_token_learnt: Annotated[float, _seconds(0.05, 3600, 10.0)] = 10.0
    gap: Annotated[float, _seconds(0.05, 3600, 20.0)] = 20.0


class ProbesConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """`[probes]`: how a target that is down is asked whether it answers again."""

    every_min: Annotated[float, _seconds(0.01, 3600, 2.0)] = 2.0
    every_max: Annotated[float, _seconds(0.01, 3600, 4.0)] = 4.0
    per_day: Annotated[int, _number(0, 86400, 500)] = 500  # answered (that is, paid) probes per target


class OnboardConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """`[onboard]`: the model on board."""

    enabled: Annotated[bool, _switch(True)] = True
    # a name of the catalogue, or "auto": the best small one whose source can be reached
    model: Annotated[str, _text('a name that `sanspanne models list` shows, or "auto"', "auto")] = "auto"
    # a GGUF file of your own
    path: Annotated[str | None, _text("the path of a GGUF file", "/srv/models/qwen.gguf")] = None
    fetch: Annotated[bool, _switch(True)] = True  # fetch the model in the background when it is not there
    slots: Annotated[int, _number(1, 64, 4)] = 4
    context: Annotated[int, _number(256, 131072, 2048)] = 2048  # tokens per slot
    threads: Annotated[int, _number(0, 1024, 0)] = 0  # 0: as many as there are cores
    mirror: Annotated[str | None, _text("an http or https address", "https://mirror.example.org/hf")] = None


class ResumeConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """`[resume]`: what is done when an answer breaks after its first word."""

    continuations: Annotated[int, _number(0, 2, 1)] = 1  # how often another target may take over one answer
    share: Annotated[float, _number(0, 1, 0.4)] = 0.4  # of the requests: the calls that this may cost
    # the beginning of a tool call or of a schema answer is held back for so long, because it could not be continued
    hold_bytes: Annotated[int, _number(0, 67_108_864, 2048)] = 2048
    hold_seconds: Annotated[float, _seconds(0, 3600, 2.0)] = 2.0


class QueueConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """`[queue]`: for how long a question waits for a target with room, and how many may."""

    # a question waits for as long as its answer can still be whole within so many seconds
    wait: Annotated[float, _seconds(0, 3600, 40.0)] = 40.0
    length: Annotated[int, _number(0, 100_000, 2000)] = 2000


class AnswersConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """`[answers]`: for how long answers can be followed again (`x-sanspanne-detach`, `Idempotency-Key`)."""

    keep_seconds: Annotated[float, _seconds(1, 86400, 600.0)] = 600.0  # after its end, a detached answer
    keep_mb: Annotated[float, _number(1, 65536, 64.0)] = 64.0  # of all of them together, on disk
    idempotency_hours: Annotated[float, _number(0, 168, 24.0)] = 24.0  # a finished answer, for its Idempotency-Key
    # a question that nobody can answer (`Prefer: respond-async`), and then its answer until it is fetched
    kept_hours: Annotated[float, _number(0.001, 720, 24.0)] = 24.0
    kept_questions: Annotated[int, _number(0, 100_000, 1000)] = 1000  # that wait at once
    # answers that their callers take again when nobody can answer (`x-sanspanne-earlier`)
    earlier_days: Annotated[float, _number(0, 365, 7.0)] = 7.0
    earlier_mb: Annotated[float, _number(1, 65536, 64.0)] = 64.0


class OutboundConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """`[outbound]`: what we ask at addresses that are configured here, such as webhooks."""

    # networks that may be asked although they are not public
    allow: Annotated[tuple[str, ...], _texts("a list of addresses or networks", ["10.1.2.0/24"])] = ()


class PriceConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """`[prices."provider/model"]`: what a target costs, in dollars per million tokens; goes before the list prices."""

    input: Annotated[float, _price(2.5)]
    output: Annotated[float, _price(10.0)]
    # read from a cache, and written to one; without them: as any other input
    cached: Annotated[Annotated[float, _price(1.25)] | None, _optional(_price(1.25))] = None
    cache_written: Annotated[Annotated[float, _price(3.0)] | None, _optional(_price(3.0))] = None


class LedgerConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """`[ledger]`: who answered, and what it cost."""

    keep_days: Annotated[int, _number(1, 36_500, 180)] = 180


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    server: ServerConfig = ServerConfig()
    keys: dict[str, KeyConfig] = {}
    quotas: QuotasConfig = QuotasConfig()
    providers: dict[str, ProviderConfig] = {}
    models: dict[str, ModelConfig] = {}
    clocks: ClocksConfig = ClocksConfig()
    probes: ProbesConfig = ProbesConfig()
    onboard: OnboardConfig = OnboardConfig()
    resume: ResumeConfig = ResumeConfig()
    queue: QueueConfig = QueueConfig()
    answers: AnswersConfig = AnswersConfig()
    outbound: OutboundConfig = OutboundConfig()
    ledger: LedgerConfig = LedgerConfig()
    prices: dict[str, PriceConfig] = {}
