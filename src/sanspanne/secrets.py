"""Secrets: read from the environment or a file when they are needed, never shown, never logged.

The messages name the place where a secret was looked for, not what was found there.
"""

from __future__ import annotations

import hashlib
import ipaddress
import logging
from collections.abc import Mapping
from pathlib import Path

from sanspanne.config import Config, KeyConfig, ProviderConfig
from sanspanne.config.kinds import kind_named
from sanspanne.errors import ConfigError

log = logging.getLogger(__name__)


def digest(secret: str) -> str:
    """The SHA-256 of a secret in hexadecimal digits: all that is ever kept of it. The secrets are random, so no salt."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def provider_key(name: str, provider: ProviderConfig, environ: Mapping[str, str]) -> str | None:
    """The key of a provider; None for an API at an address of the user's own that names no key (an engine at home).

    Raises `ConfigError` when the key that is named, or that the provider's public API needs, is not there.
    """
    if provider.key_file is not None:
        return from_file(Path(provider.key_file), f"providers.{name}.key_file")
    if provider.key_env is not None:
        return from_env(provider.key_env, environ, f"providers.{name}.key_env")
    usual = kind_named(provider.kind).key_envs
    found = next((environ[env].strip() for env in usual if environ.get(env, "").strip()), None)
    if found is None and usual and not provider.base_url:
        raise ConfigError(
            f"providers.{name} has no key: expected one in the environment variable {usual[0]}, or the name of another "
            f'place for it. For example: key_env = "{usual[0]}"'
        )
    return found


def caller_digests(config: Config, environ: Mapping[str, str]) -> dict[str, str]:
    """Name -> SHA-256 (hexadecimal, lower case) of each key in the configuration's `[keys]`."""
    return {name: _caller_digest(name, key, environ) for name, key in config.keys.items()}


def from_env(variable: str, environ: Mapping[str, str], setting: str) -> str:
    """The secret in an environment variable. Raises `ConfigError` when it is not set or empty."""
    secret = environ.get(variable, "").strip()
    if not secret:
        raise ConfigError(
            f"{setting} names the environment variable {variable}, which is not set. "
            f"Expected a secret in it. For example: export {variable}=..."
        )
    return secret


def from_file(path: Path, setting: str) -> str:
    """The secret in a file, without the line end. Warns when others than its owner can read it."""
    try:
        secret = path.read_text("utf-8").strip()
        open_to_others = path.stat().st_mode & 0o077
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise ConfigError(
            f"{setting} names the file {path}, which cannot be read ({reason}). Expected a file that holds the secret alone."
        ) from None
    if not secret:
        raise ConfigError(
            f"{setting} names the file {path}, which is empty. Expected a file that holds the secret alone."
        )
    if open_to_others:
        log.warning("%s: others can read the file %s; close it with: chmod 600 %s", setting, path, path)
    return secret


def is_loopback(host: str) -> bool:
    """Whether only programs on this machine can reach `host`."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def require_keys_unless_loopback(host: str, *, have_keys: bool) -> None:
    """Listening where other machines can reach us needs a key. Raises `ConfigError` that says how to get one."""
    if have_keys or is_loopback(host):
        return
    raise ConfigError(
        f"{host} can be reached by other machines, so callers must have a key, and there is none yet. "
        "Make one: sanspanne keys create laptop. Or listen on this machine alone: --host 127.0.0.1"
    )


def _caller_digest(name: str, key: KeyConfig, environ: Mapping[str, str]) -> str:
    if key.sha256 is not None:
        return key.sha256.lower()
    if key.secret_file is not None:
        return digest(from_file(Path(key.secret_file), f"keys.{name}.secret_file"))
    return digest(from_env(key.secret_env or "", environ, f"keys.{name}.secret_env"))
