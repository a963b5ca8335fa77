"""What a configuration says about providers and models, made ready for use. A reload makes a new one and exchanges it whole."""

from __future__ import annotations

from collections.abc import Mapping

from sanspanne.chat import Capability, Target
from sanspanne.config import Config, ModelConfig, ProviderConfig
from sanspanne.errors import ServerFault
from sanspanne.providers.base import Provider
from sanspanne.providers.catalogue import make
from sanspanne.providers.endpoint import Endpoint
from sanspanne.providers.transport import Transport
from sanspanne.providers.unread import Unread
from sanspanne.routing.chains import ONBOARD, Chain, Chains, parse_target
from sanspanne.secrets import provider_key
from sanspanne.webhooks.hook import hooks_of

MOST_TARGETS = 4096  # names of models may come from callers: no more than so many are remembered


class Wiring:
    """The providers and chains of one configuration."""

    def __init__(
        self, config: Config, environ: Mapping[str, str], transport: Transport, unread: Unread | None = None
    ) -> None:
        self.config = config
        self.webhooks = hooks_of(config, environ)
        self._endpoints = {
            name: Endpoint(_provider(name, provider, provider_key(name, provider, environ)), transport, unread)
            for name, provider in config.providers.items()
        }
        chains = {name: chain_of(model) for name, model in config.models.items()}
        self.chains = Chains(chains, providers=self._endpoints, direct=chains.keys() <= {"auto"})
        self._capabilities: dict[Target, frozenset[Capability]] = {}
        self._learnt: dict[Target, frozenset[Capability]] = {}

    def endpoint(self, target: Target) -> Endpoint:
        """Where a target is reached. Raises a `Failure` for one that a reload has taken away."""
        endpoint = self._endpoints.get(target.provider)
        if endpoint is None:
            raise ServerFault(f"{target.provider} is no longer configured", target=str(target), reason="unconfigured")
        return endpoint

    def provider(self, target: Target) -> Provider:
        """The provider of a target."""
        return self.endpoint(target).provider

    def is_own_engine(self, name: str) -> bool:
        """Whether the provider of that name is an engine of the operator's, which serves nobody else."""
        provider = self.config.providers.get(name)
        return provider is not None and provider.kind == "llama"

    def streams(self, name: str) -> int | None:
        """How many answers at once the operator allows the provider of that name; None: as many as it takes."""
        provider = self.config.providers.get(name)
        return None if provider is None else provider.streams

    def capabilities(self, target: Target) -> frozenset[Capability]:
        """What a hosted target can do, less what it was seen to refuse."""
        known = self._capabilities.get(target)
        if known is None:
            known = self.provider(target).capabilities(target.model) - self._learnt.get(target, frozenset())
            if len(self._capabilities) < MOST_TARGETS:
                self._capabilities[target] = known
        return known

    def learn(self, target: Target, cannot: Capability) -> None:
        """`target` has refused what its name promised: from now on, until the next reload, `capabilities` lacks it."""
        known = self._learnt.get(target, frozenset())
        if len(self._learnt) < MOST_TARGETS or target in self._learnt:
            self._learnt[target] = known | {cannot}
            self._capabilities.pop(target, None)


def _provider(name: str, config: ProviderConfig, key: str | None) -> Provider:
    return make(name, config.kind, base_url=config.base_url, key=key, background=config.background)


def chain_of(model: ModelConfig) -> Chain:
    """The chain that `[models.NAME]` describes, closed by the model on board unless it says otherwise."""
    targets = [parse_target(text) for text in model.chain]
    if model.onboard and ONBOARD not in targets:
        targets.append(ONBOARD)
    return Chain(tuple(dict.fromkeys(targets)), hedge=model.hedge, warm=model.warm)
