"""Does a configuration of the right shape make sense? Every mistake becomes a sentence."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from sanspanne.config.kinds import KIND_NAMES, KINDS
from sanspanne.config.sections import Config, KeyConfig, ModelConfig, ProviderConfig, ServerConfig
from sanspanne.config.shape import join, nearest

ONBOARD = "onboard"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
ENV_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
HEX_64 = re.compile(r"[0-9a-fA-F]{64}")
LONGEST_MONTH = 31  # days
HOST = re.compile(r"[A-Za-z0-9.:\[\]_-]+")


def mistakes(config: Config) -> Iterator[str]:
    """One sentence for each setting that cannot be used as it stands."""
    yield from _server(config.server)
    for name, key in config.keys.items():
        yield from _name(join("keys", name), name, "[keys.app]")
        yield from _key(join("keys", name), key)
    for name, provider in config.providers.items():
        yield from _name(join("providers", name), name, "[providers.openai]")
        yield from _provider(join("providers", name), name, provider)
    for name, model in config.models.items():
        yield from _model(join("models", name), name, model, config)
    for target in config.prices:
        yield from _priced(target, config)
    yield from _beside(config)


def _server(server: ServerConfig) -> Iterator[str]:
    if not HOST.fullmatch(server.host):
        yield 'server.host must be an address or a host name. For example: host = "127.0.0.1"'
    for host in server.hosts:
        if not HOST.fullmatch(host):
            yield f'server.hosts has "{host}", which is not a host name alone. For example: hosts = ["chat.example.org"]'
    for network in server.trusted_proxies:
        if not _is_network(network):
            yield (
                f'server.trusted_proxies has "{network}", which is neither an address nor a network. '
                'For example: trusted_proxies = ["10.0.0.0/8"]'
            )


def _name(path: str, name: str, example: str) -> Iterator[str]:
    if not NAME.fullmatch(name):
        yield f"{path} must be named with letters, digits, dots, hyphens and underscores. For example: {example}"


def _key(path: str, key: KeyConfig) -> Iterator[str]:
    if sum(value is not None for value in (key.secret_env, key.secret_file, key.sha256)) != 1:
        yield f'{path} must have exactly one of secret_env, secret_file and sha256. For example: secret_env = "APP_KEY"'
    yield from _env_name(join(path, "secret_env"), key.secret_env, "APP_KEY")
    if key.sha256 is not None and not HEX_64.fullmatch(key.sha256):
        yield (
            f"{path}.sha256 must be the SHA-256 of the secret in 64 hexadecimal digits, never the secret itself. "
            f"To make one: printf %s YOUR-SECRET | sha256sum"
        )
    yield from _webhook(path, key)


def _webhook(path: str, key: KeyConfig) -> Iterator[str]:
    if key.webhook is not None and (fault := _webhook_fault(key.webhook)):
        yield f'{path}.webhook {fault}. For example: webhook = "https://app.example.org/answered"'
    yield from _env_name(join(path, "webhook_secret_env"), key.webhook_secret_env, "APP_WEBHOOK_SECRET")
    if key.webhook_secret_env is not None and key.webhook_secret_file is not None:
        yield (
            f"{path} must have webhook_secret_env or webhook_secret_file, not both. "
            'For example: webhook_secret_env = "APP_WEBHOOK_SECRET"'
        )
    if key.webhook is None and (key.webhook_secret_env or key.webhook_secret_file):
        yield f'{path} has a secret for a webhook, but no webhook. For example: webhook = "https://app.example.org/answered"'


def _webhook_fault(url: str) -> str:
    """It may have a query; the address itself is not shown, since that may hold a secret."""
    fault = _url_fault(url.partition("?")[0]) if url else "is empty"
    return "must not contain a user name or a password: use webhook_secret_env" if "password" in fault else fault


def _provider(path: str, name: str, provider: ProviderConfig) -> Iterator[str]:
    if provider.kind not in KIND_NAMES:
        yield _unknown_kind(path, provider.kind)
        return
    if (provider.kind == ONBOARD) != (name == ONBOARD):
        yield f"{path}: the name onboard and the kind onboard belong together. For example: [providers.{ONBOARD}]"
    if provider.key_env is not None and provider.key_file is not None:
        yield f'{path} must have key_env or key_file, not both. For example: key_env = "OPENAI_API_KEY"'
    if provider.kind == "openai-compatible" and not provider.base_url:
        yield f'{path} is openai-compatible and so must have base_url. For example: base_url = "https://api.groq.com/openai/v1"'
    if provider.background and provider.kind != "openai":
        yield (
            f"{path}.background is for the kind openai alone: nobody else takes up a broken stream again. "
            'For example, under [providers.openai]: kind = "openai" and background = true'
        )
    yield from _env_name(join(path, "key_env"), provider.key_env, _usual_env(provider.kind))
    yield from _base_url(join(path, "base_url"), provider)


def _unknown_kind(path: str, kind: str) -> str:
    meant = nearest(kind, KIND_NAMES)
    guess = f"; did you mean {meant}" if meant else f"; the kinds are {', '.join(KIND_NAMES)}"
    question = "?" if meant else "."
    return f'{path}.kind is "{kind}", which is not a kind of provider{guess}{question} For example: kind = "{meant or "openai"}"'


def _usual_env(kind: str) -> str:
    return next((entry.key_envs[0] for entry in KINDS if entry.name == kind and entry.key_envs), "LLAMA_KEY")


def _env_name(path: str, value: str | None, example: str) -> Iterator[str]:
    # The value is not shown: somebody who puts the secret itself here must not find it in a log.
    if value is not None and not ENV_NAME.fullmatch(value):
        key = path.rpartition(".")[2]
        yield f'{path} must be the name of an environment variable, not a secret. For example: {key} = "{example}"'


def _base_url(path: str, provider: ProviderConfig) -> Iterator[str]:
    if not provider.base_url:
        return
    fault = _url_fault(provider.base_url)
    if fault:
        yield f'{path} {fault}. For example: base_url = "https://api.openai.com/v1"'
    elif provider.kind == "anthropic" and provider.base_url.rstrip("/").endswith("/v1"):
        yield f'{path} must not end with /v1, which is added here. For example: base_url = "https://api.anthropic.com"'


def _url_fault(url: str) -> str:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "is not an address"
    if parts.scheme not in ("http", "https") or not host or re.search(r"\s", url):
        return "must be an http or https address"
    if parts.username is not None or parts.password is not None:
        return "must not contain a user name or a password: use key_env"
    return "must not contain ? or #" if parts.query or parts.fragment else ""


def _model(path: str, name: str, model: ModelConfig, config: Config) -> Iterator[str]:
    if not name or name == ONBOARD or re.search(r"[\s\x00-\x1f\x7f]", name):
        yield f'models: "{name}" cannot be a name: not empty, no spaces, not {ONBOARD}. For example: [models.gpt]'
    if not model.chain:
        yield f'{path}.chain is empty. For example: chain = ["openai/gpt-4o", "anthropic/claude-sonnet-5"]'
    for entry in sorted({entry for entry in model.chain if model.chain.count(entry) > 1}):
        yield f'{path}.chain names "{entry}" twice. For example: chain = ["openai/gpt-4o", "anthropic/claude-sonnet-5"]'
    for entry in model.chain:
        yield from _entry(f"{path}.chain", entry, config)
    yield from _onboard_in_chain(path, model, config)


def _entry(path: str, entry: str, config: Config) -> Iterator[str]:
    if entry == ONBOARD:
        return
    provider, slash, model = entry.partition("/")
    if not slash or not provider or not model or re.search(r"\s", entry):
        yield f'{path} has "{entry}", but must have "provider/model" or "{ONBOARD}". For example: "openai/gpt-4o"'
    elif provider not in config.providers or provider == ONBOARD:
        known = ", ".join(config.providers) or "none"
        meant = nearest(provider, config.providers)
        guess = f"did you mean {meant}/{model}?" if meant else f"configured are: {known}."
        yield f'{path} has "{entry}", but there is no provider {provider}; {guess} For example: [providers.{provider}]'


def _priced(target: str, config: Config) -> Iterator[str]:
    path, (provider, _, model) = join("prices", target), target.partition("/")
    if not provider or not model:
        yield f'{path} must be named after a target, "provider/model". For example: [prices."openai/gpt-4o"]'
    elif provider not in config.providers and (meant := nearest(provider, config.providers)):
        yield f'{path}: there is no provider {provider}; did you mean [prices."{meant}/{model}"]?'


def _onboard_in_chain(path: str, model: ModelConfig, config: Config) -> Iterator[str]:
    if ONBOARD not in model.chain:
        return
    if model.chain[-1] != ONBOARD:
        yield f'{path}.chain has targets after "{ONBOARD}", which always answers; it must be the last one.'
    if not model.onboard or not config.onboard.enabled:
        switch = f"{path}.onboard = false" if not model.onboard else "onboard.enabled = false"
        yield f'{path}.chain has "{ONBOARD}", but {switch} switches it off; take out one of the two.'


def _beside(config: Config) -> Iterator[str]:
    for network in config.outbound.allow:
        if not _is_network(network):
            yield (
                f'outbound.allow has "{network}", which is neither an address nor a network. '
                'For example: allow = ["10.1.2.0/24"]'
            )
    if config.probes.every_min > config.probes.every_max:
        yield "probes.every_min must not be greater than probes.every_max. For example: every_min = 2.0"
    monthly = any(limits.dollars_per_month is not None for limits in (config.quotas, *config.keys.values()))
    if monthly and config.ledger.keep_days < LONGEST_MONTH:
        yield f"ledger.keep_days must be {LONGEST_MONTH} or more where dollars_per_month is set. For example: keep_days = 180"
    mirror = config.onboard.mirror
    if mirror is not None and (fault := _url_fault(mirror) if mirror else "is empty"):
        yield f'onboard.mirror {fault}. For example: mirror = "https://mirror.example.org/hf"'


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True
