"""Joins the configuration to the quotas: on what terms its keys call."""

from __future__ import annotations

from sanspanne.admission.quotas import Quotas
from sanspanne.admission.quotas.terms import NAMES, Limits, Terms
from sanspanne.config import Config
from sanspanne.config.sections import QuotasConfig


def allow(quotas: Quotas, config: Config) -> None:
    """From now on the limits and classes of `config` hold; what is used stays used."""
    terms = {name: Terms(key.key_class, _limits(key), f"keys.{name}") for name, key in config.keys.items()}
    quotas.configure(terms, _limits(config.quotas))


def _limits(section: QuotasConfig) -> Limits:
    return Limits(*(getattr(section, name) for name in NAMES))
