"""What every chart needs: the report, its language, who was down, the windows, and how things are called."""

from __future__ import annotations

from sanspanne.drill.report.markup import short
from sanspanne.drill.report.outages import Outage, lanes, outages
from sanspanne.drill.report.series import Windows, horizon, windows
from sanspanne.drill.report.tally import Tally, tally
from sanspanne.drill.report.voice import Voice
from sanspanne.drill.result import Promise, Report

MOST_LANES = 8
UNITS = {"seconds": "s", "s": "s", "share": "%", "count": "", "ratio": ""}


class Facts:
    """One report in one language."""

    def __init__(self, report: Report, language: str) -> None:
        self.report = report
        self.voice = Voice(language)
        self.until: float = horizon(report)
        self.windows: Windows = windows(min(report.seconds, self.until), self.until)
        self.lanes: list[tuple[str, list[Outage]]] = lanes(outages(report, self.until))[:MOST_LANES]
        self.tallies: list[Tally] = [tally(run, report) for run in report.runs]

    def contender(self, name: str) -> str:
        """How a contender is called."""
        return self.voice.say(name) if name in ("no gateway", "litellm") else short(name)

    def say(self, key: str, /, **parts: str) -> str:
        """A sentence, with the report's own times in it."""
        times = {
            "quick": self.voice.seconds(self.report.quick_seconds),
            "patience": self.voice.seconds(self.report.patience),
        }
        return self.voice.say(key, **{**times, **parts})

    def what(self, trouble: str) -> str:
        """What happened to a provider."""
        key = f"what_{trouble}"
        return self.voice.say(key) if self.voice.has(key) else short(trouble)

    def outage(self, found: Outage) -> str:
        """Who was in which trouble, and when."""
        start, end = self.voice.seconds(found.start), self.voice.seconds(found.end)
        return self.say("outage", provider=short(found.provider), what=self.what(found.what), start=start, end=end)

    def value(self, promise: Promise) -> str:
        """What was measured; with more digits where it would look like the limit that it missed."""
        written = self.quantity(promise.value, promise.unit)
        if promise.value is None or promise.kept or written != self.quantity(promise.limit, promise.unit):
            return written
        return self.quantity(promise.value, promise.unit, 6)

    def limit(self, promise: Promise) -> str:
        """What was promised."""
        return self.say("at_least" if promise.at_least else "at_most", value=self.quantity(promise.limit, promise.unit))

    def quantity(self, value: float | None, unit: str, digits: int = 2) -> str:
        """A promise's number and its unit; shares as per cent."""
        if value is None:
            return self.say("not_measured")
        number = value * 100 if unit == "share" else value
        return self.voice.unit(self.voice.measured(number, digits), UNITS.get(unit, unit))

    def sentence(self, promise: Promise) -> str:
        """The promise, as the drill words it."""
        return self.voice.pick(promise.sentence, promise.name)

    @property
    def title(self) -> str:
        """The drill's name."""
        return self.voice.pick(self.report.title, self.report.scenario)
