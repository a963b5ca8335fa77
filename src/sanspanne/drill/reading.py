"""Where scenarios come from: those of the house by name, or a file. Every mistake is a sentence in a `ConfigError`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec

from sanspanne.config.shape import deviations, join, nearest
from sanspanne.drill.promises import PROMISES
from sanspanne.drill.scenario import Burst, Expected, Fault, LoadPlan, Phase, ProviderPlan, Scenario
from sanspanne.errors import ConfigError
from sanspanne.testing import KINDS, Reason

NAME = re.compile(r"[a-z0-9][a-z0-9-]*")
CONFIGURED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")  # what our own configuration takes for a name
FOLDER = resources.files("sanspanne.drill") / "scenarios"


def names() -> list[str]:
    """The scenarios of the house."""
    return sorted(entry.name.removesuffix(".toml") for entry in FOLDER.iterdir() if entry.name.endswith(".toml"))


def find(name: str) -> Scenario:
    """A scenario of the house by its name, or one in a file. Raises `ConfigError` with one line for each mistake."""
    if name.endswith(".toml"):
        return load(Path(name))
    if name not in names():
        meant = nearest(name, names())
        guess = f"did you mean {meant}?" if meant else f"there are {', '.join(names())}."
        raise ConfigError(f"There is no scenario {name}; {guess} For example: sanspanne drill stampede")
    return parse((FOLDER / f"{name}.toml").read_text(encoding="utf-8"), source=f"{name}.toml")


def load(path: Path) -> Scenario:
    """The scenario in a TOML file."""
    try:
        return parse(path.read_text(encoding="utf-8"), source=path.name)
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be read ({error.strerror}). Expected a scenario in TOML. For example: sanspanne drill stampede"
        ) from None
    except UnicodeDecodeError:
        raise ConfigError(f'{path} is not text in UTF-8. A line of it looks like this: name = "stampede"') from None


def parse(text: str, *, source: str) -> Scenario:
    """The scenario in a text that was read from `source`."""
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(
            f'{source} is not valid TOML: {error}. A line of it looks like this: name = "stampede"'
        ) from None
    _refuse(deviations(document, Scenario), source)
    scenario = _converted(document, source)
    _refuse(mistakes(scenario), source)
    return scenario


def _converted(document: dict[str, Any], source: str) -> Scenario:
    try:
        return msgspec.convert(document, Scenario)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{source}: {error}. For an example see: sanspanne drill list") from None


def _refuse(sentences: Iterator[str], source: str) -> None:
    found = [f"{source}: {sentence}" for sentence in sentences]
    if found:
        raise ConfigError("\n".join(found))


def mistakes(scenario: Scenario) -> Iterator[str]:
    """One sentence for each setting that cannot be used as it stands."""
    if not NAME.fullmatch(scenario.name):
        yield 'name must consist of small letters, digits and hyphens. For example: name = "my-outage"'
    if not scenario.chain:
        yield 'chain is empty. For example: chain = ["openai", "claude"]'
    for name in scenario.chain:
        if name not in scenario.providers:
            yield f'chain has "{name}", but there is no such provider; {_guess(name, scenario.providers)}'
    if len(set(scenario.chain)) < len(scenario.chain):
        yield 'chain names a provider twice. For example: chain = ["openai", "claude"]'
    yield from _load(scenario.load, scenario.seconds)
    for name in (*scenario.providers, *scenario.load.tenants):
        if not CONFIGURED.fullmatch(name):
            yield f'"{name}" must be named with letters, digits, dots, hyphens and underscores. For example: app'
    for name, provider in scenario.providers.items():
        yield from _provider(join("providers", name), provider, scenario.seconds)
    for number, kill in enumerate(scenario.kill, 1):
        if kill.at >= scenario.seconds:
            yield f"kill[{number}].at must be before the end ({scenario.seconds:g} s). For example: at = 5.0"
    for number, expected in enumerate(scenario.promise, 1):
        yield from _promise(f"promise[{number}]", expected, scenario)


def _guess(name: str, known: Any) -> str:
    meant = nearest(name, known)
    return f"did you mean {meant}?" if meant else f"there are {', '.join(known)}."


def _load(load: LoadPlan, seconds: float) -> Iterator[str]:
    if not load.phase and not load.burst:
        yield "load has neither a phase nor a burst: nobody asks. For example: [[load.phase]] with at = 0 and rate = 6.0"
    shares = load.tenants.values()
    if not load.tenants or min(shares) < 0 or not 0 < sum(shares) < 1e6:
        yield "load.tenants must hold names with shares that are not all zero. For example: tenants = { app = 1.0 }"
    listed: tuple[tuple[str, Sequence[Phase | Burst]], ...] = (("phase", load.phase), ("burst", load.burst))
    for kind, entries in listed:
        for number, entry in enumerate(entries, 1):
            path = f"load.{kind}[{number}]"
            if entry.tenant and entry.tenant not in load.tenants:
                yield f'{path}.tenant is "{entry.tenant}", which is not in load.tenants; {_guess(entry.tenant, load.tenants)}'
            if entry.at >= seconds:
                yield f"{path}.at must be before the end ({seconds:g} s). For example: at = 0"


def _provider(path: str, provider: ProviderPlan, seconds: float) -> Iterator[str]:
    if provider.kind not in KINDS:
        meant = nearest(provider.kind, KINDS)
        guess = f"did you mean {meant}?" if meant else f"the kinds are {', '.join(KINDS)}."
        yield f'{path}.kind is "{provider.kind}", which is not a kind of scripted provider; {guess}'
    if provider.reason not in tuple(Reason):
        reasons = ", ".join(Reason)
        yield f'{path}.reason is "{provider.reason}", but must be one of {reasons}. For example: reason = "overloaded"'
    if provider.crash_at and provider.when_full != "slow":
        yield f'{path}.crash_at is for those who slow down first. For example: when_full = "slow" and crash_at = 1.6'
    for number, fault in enumerate(provider.fault, 1):
        yield from _fault(f"{path}.fault[{number}]", fault, seconds)


def _fault(path: str, fault: Fault, seconds: float) -> Iterator[str]:
    if fault.at >= fault.until:
        yield f"{path}.until must be after its at. For example: at = 10 and until = 20"
    if fault.at >= seconds:
        yield f"{path}.at must be before the end ({seconds:g} s). For example: at = 10"


def _promise(path: str, expected: Expected, scenario: Scenario) -> Iterator[str]:
    known = PROMISES.get(expected.name)
    if known is None:
        yield f'{path}.name is "{expected.name}", which nobody can judge; {_guess(expected.name, PROMISES)}'
        return
    if getattr(expected, known.sense) is None or (expected.at_least is None) == (expected.at_most is None):
        yield f"{path} must have {known.sense} and no other limit. For example: {known.sense} = 0.95"
    if "of" in known.needs and expected.of not in (*scenario.providers, *scenario.load.tenants):
        names = ", ".join((*scenario.providers, *scenario.load.tenants))
        yield f'{path}.of must name one of {names}. For example: of = "{next(iter(scenario.providers), "openai")}"'
    if "until" in known.needs and not expected.at < expected.until <= scenario.seconds + scenario.patience:
        yield f"{path} must have at and until within the drill. For example: at = 10 and until = 20"
