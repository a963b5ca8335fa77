"""`sanspanne drill --real`: the rehearsal with the targets of a configuration. Nothing is sent without a list and two caps."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct

from sanspanne.chat import Target
from sanspanne.cli.context import Context
from sanspanne.cli.drill import Wishes, conclude, folder_of, language_of, scenario_of
from sanspanne.cli.performing import made_writable, performed
from sanspanne.config import Config
from sanspanne.drill.progress import shown
from sanspanne.drill.real.purse import Purse
from sanspanne.drill.real.real import CALLS_EACH, Cost, Guarded, cost, fitted, rates_of, real, targets, thinned
from sanspanne.drill.rehearsal import rehearse_real
from sanspanne.drill.scenario import Scenario
from sanspanne.drill.wording import DrillWords, drill_words
from sanspanne.errors import ConfigError
from sanspanne.ledger.records import Rates
from sanspanne.providers.catalogue import make

WRONG = 2
MICRO = 1_000_000


class Caps(Struct, frozen=True):
    """Who may be asked, and what it may cost at most. What is not given is not allowed."""

    config: Path | None = None
    allow: str = ""
    max_dollars: float | None = None
    max_calls: int | None = None

    @property
    def names(self) -> list[str]:
        """The providers that may be asked."""
        return [name for name in map(str.strip, self.allow.split(",")) if name]


def drill_real(context: Context, name: str, wishes: Wishes, caps: Caps) -> int:
    """Perform a scenario with real targets: 0 kept, 1 not kept, 2 if it was not allowed; then nothing is sent."""
    words = drill_words(language_of(context, wishes))
    config = context.config(caps.config)
    priced = _priced(config, _chain(config, caps, words), words)
    kinds = {target.provider: config.providers[target.provider].kind for target in priced}
    scenario = fitted(scenario_of(context, name, wishes, words), kinds)
    rates = list(priced.values())
    if not caps.names or caps.max_dollars is None or caps.max_calls is None:
        context.remark(_refused(config, priced, cost(scenario, rates), words))
        return WRONG
    _check(caps.max_calls, caps.max_dollars, words)
    each = cost(scenario, rates).micro_dollars / cost(scenario, rates).calls
    affordable = caps.max_dollars * MICRO / each if each else caps.max_calls
    scenario = thinned(scenario, min(caps.max_calls, affordable) / CALLS_EACH)
    purse = Purse(caps.max_calls, int(caps.max_dollars * MICRO))
    guarded = Guarded([real(config, target, rate, context.environ) for target, rate in priced.items()], purse)
    return _perform(context, scenario, guarded, wishes, words)


def _perform(context: Context, scenario: Scenario, guarded: Guarded, wishes: Wishes, words: DrillWords) -> int:
    made_writable(folder_of(context, scenario.name, wishes))
    purse = guarded.purse
    hosts = ", ".join(words.provider_at.format(name=each.name, host=each.host) for each in guarded.reals)
    context.remark(words.real_begins.format(providers=hosts, calls=purse.most_calls, cost=_dollars(purse.most, words)))
    with shown(context.err, scenario, words) as progress:
        report = performed(rehearse_real(scenario, guarded, progress.show, words.language))
    context.remark(words.spent.format(calls=purse.calls, cost=_dollars(purse.spent, words)))
    if purse.empty:
        context.remark(words.capped.format(reason=purse.empty))
    return conclude(context, report, wishes, words)


def _chain(config: Config, caps: Caps, words: DrillWords) -> list[Target]:
    """The targets that may be asked, the first of each provider; all if nobody was named."""
    chain = list({target.provider: target for target in reversed(targets(config))}.values())[::-1]
    names = [target.provider for target in chain]
    if not chain:
        raise ConfigError(words.nothing_to_ask)
    for name in caps.names:
        if name not in names:
            example = ",".join(names)
            raise ConfigError(words.no_such_provider.format(name=name, chain=", ".join(names), example=example))
    return [target for target in chain if target.provider in (caps.names or names)]


def _priced(config: Config, chain: list[Target], words: DrillWords) -> dict[Target, Rates]:
    priced: dict[Target, Rates] = {}
    for target in chain:
        rates = rates_of(config, target)
        if rates is None:
            raise ConfigError(words.no_price.format(target=target))
        priced[target] = rates
    return priced


def _check(max_calls: int, max_dollars: float, words: DrillWords) -> None:
    if max_calls < 1:
        raise ConfigError(words.wrong_cap.format(option="--max-calls", value=max_calls, least=1, example=200))
    if not 0 <= max_dollars < float("inf"):
        raise ConfigError(words.wrong_cap.format(option="--max-dollars", value=max_dollars, least=0, example="1.00"))


def _refused(config: Config, priced: dict[Target, Rates], most: Cost, words: DrillWords) -> str:
    names = [target.provider for target in priced]
    dollars = f"{max(0.01, most.micro_dollars / MICRO):.2f}"
    return words.real_refused.format(
        calls=most.calls,
        questions=most.questions,
        providers=", ".join(words.provider_at.format(name=name, host=_host(config, name)) for name in names),
        cost=_dollars(most.micro_dollars, words),
        names=",".join(names),
        dollars=dollars,
    )


def _host(config: Config, name: str) -> str:
    """Where a provider is; its key is not needed to know."""
    settings = config.providers[name]
    address = make(name, settings.kind, settings.base_url).base_url
    return urlsplit(address).hostname or address


def _dollars(micro: int, words: DrillWords) -> str:
    written = f"{micro / MICRO:.2f}"
    return f"{written.replace('.', ',')}\u00a0$" if words.language == "fr" else f"${written}"
