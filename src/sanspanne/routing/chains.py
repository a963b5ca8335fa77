"""Names of models and the chains behind them.

a configured name      its chain, closed by the model on board unless it says otherwise
auto                   without configured models: the default model of every provider, then the model on board
provider/model         without configured models: that target alone, without failover
onboard                the model on board
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping

from msgspec import Struct

from sanspanne.chat import Target
from sanspanne.errors import CallerError

ONBOARD = Target("onboard", "")


class Chain(Struct, frozen=True):
    """The targets to ask, in order. `hedge` allows a race before the first token; `warm` is the share of the requests that
    begins with a standby."""

    targets: tuple[Target, ...]
    hedge: bool = False
    warm: float = 0.0


class Chains:
    """Finds the chain for the name that a caller asks for."""

    def __init__(self, chains: Mapping[str, Chain], *, providers: Collection[str], direct: bool) -> None:
        self._chains = dict(chains)
        self._providers = frozenset(providers)
        self._direct = direct

    def find(self, model: str) -> Chain:
        """The chain of `model`. Raises `CallerError` 404 that names the nearest right one."""
        if model in self._chains:
            return self._chains[model]
        if model == "onboard":
            return Chain((ONBOARD,))
        provider, slash, name = model.partition("/")
        if self._direct and slash and name and provider in self._providers:
            return Chain((Target(provider, name),))
        raise self._unknown(model)

    def names(self) -> tuple[str, ...]:
        """The names that can be listed."""
        return tuple(self._chains)

    def targets(self) -> tuple[Target, ...]:
        """Every target of every chain, once."""
        return tuple(dict.fromkeys(target for chain in self._chains.values() for target in chain.targets))

    def _unknown(self, model: str) -> CallerError:
        shown = model if len(model) <= 100 else model[:100] + "..."
        near = difflib.get_close_matches(model[:100], self._chains, n=1)
        hint = (
            f"did you mean {near[0]!r}?" if near else f"known are: {', '.join(list(self._chains)[:20]) or 'onboard'}."
        )
        return CallerError(
            404,
            "not_found",
            f"The model {shown!r} is not known here; {hint}",
            param="model",
            code="model_not_found",
            should_retry=False,
        )


def parse_target(text: str) -> Target:
    """`provider/model` or `onboard`."""
    provider, _, model = text.partition("/")
    return Target(provider, model)
