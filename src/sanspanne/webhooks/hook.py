"""A caller's webhook: where it is, and the secret by which it knows us, as Standard Webhooks have it.

    webhook-signature: v1,base64(HMAC-SHA256(secret, "{webhook-id}.{webhook-timestamp}.{body}"))

Source: https://www.standardwebhooks.com, version 1. A secret is `whsec_` and 24 to 64 bytes in base64.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct

from sanspanne.config import Config, KeyConfig
from sanspanne.errors import ConfigError
from sanspanne.secrets import from_env, from_file

PREFIX = "whsec_"
SHORTEST, LONGEST = 24, 64  # bytes


class Hook(Struct, frozen=True):
    """Where a caller is told. Neither the address nor the secret is ever shown."""

    url: str
    secret: bytes

    @property
    def host(self) -> str:
        """What may be shown of it."""
        return urlsplit(self.url).hostname or ""

    def headers(self, message_id: str, at: int, body: bytes) -> dict[str, str]:
        """What goes with `body`, sent at that time in seconds since 1970."""
        signed = b"%b.%d.%b" % (message_id.encode(), at, body)
        signature = base64.b64encode(hmac.digest(self.secret, signed, "sha256")).decode()
        return {
            "content-type": "application/json",
            "user-agent": "sanspanne",
            "webhook-id": message_id,
            "webhook-timestamp": str(at),
            "webhook-signature": f"v1,{signature}",
        }


def hooks_of(config: Config, environ: Mapping[str, str]) -> dict[str, Hook]:
    """The webhooks by the names of their keys. Raises `ConfigError` for a secret that is not there or cannot be used."""
    return {
        name: Hook(key.webhook, _secret(name, key, environ))
        for name, key in config.keys.items()
        if key.webhook is not None
    }


def _secret(name: str, key: KeyConfig, environ: Mapping[str, str]) -> bytes:
    path = f"keys.{name}.webhook_secret"
    if key.webhook_secret_env is not None:
        text = from_env(key.webhook_secret_env, environ, f"{path}_env")
    elif key.webhook_secret_file is not None:
        text = from_file(Path(key.webhook_secret_file), f"{path}_file")
    else:
        raise ConfigError(
            f"keys.{name} has a webhook, but no secret by which it could know us. For example: "
            'webhook_secret_env = "APP_WEBHOOK_SECRET"'
        )
    return _decoded(text, path)


def _decoded(text: str, path: str) -> bytes:
    try:
        secret = base64.b64decode(text.removeprefix(PREFIX), validate=True) if text.startswith(PREFIX) else b""
    except binascii.Error:
        secret = b""
    if not SHORTEST <= len(secret) <= LONGEST:
        raise ConfigError(
            f"{path} cannot be used: expected {PREFIX} and {SHORTEST} to {LONGEST} random bytes in base64. "
            f'For example: export APP_WEBHOOK_SECRET="{PREFIX}$(openssl rand -base64 32)"'
        )
    return secret
