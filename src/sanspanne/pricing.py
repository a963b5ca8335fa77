"""The prices of one configuration: which list price holds for which provider."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from sanspanne.config import Config, ProviderConfig
from sanspanne.ledger.prices import Prices, rates
from sanspanne.providers.catalogue import KINDS
from sanspanne.routing.chains import ONBOARD

LOCAL = "local"
ENGINES = ("llama", "openai-compatible")


def prices_of(config: Config) -> Prices:
    """`[prices]` first, then what the kinds and addresses of `[providers]` say."""
    set_rates = {
        target: rates(price.input, price.output, price.cached, price.cache_written)
        for target, price in config.prices.items()
    }
    kinds = {name: _kind(provider) for name, provider in config.providers.items()} | {str(ONBOARD): LOCAL}
    return Prices(set_rates, kinds.get)


def _kind(provider: ProviderConfig) -> str | None:
    """The kind, at its own address; `local` for an engine of one's own; None for somebody else's, who sets his own prices."""
    usual = KINDS[provider.kind].default_base_url
    host = urlsplit(provider.base_url or usual).hostname or ""
    if provider.kind in ENGINES:
        return LOCAL if _is_near(host) else None
    return provider.kind if host == urlsplit(usual).hostname else None


def _is_near(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return "." not in host or host.endswith((".local", ".internal", ".localhost"))
    return address.is_loopback or address.is_private
