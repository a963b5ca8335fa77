"""The metrics of `/metrics`, in a registry of their own.

Labels come from the configuration, not from callers: a target beyond the first few hundred (a caller may ask for any
`provider/model`) is counted as `other`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.registry import Collector

from sanspanne.hooks import AnswerEnded, AttemptEnded, TargetMoved

MOST_TARGETS = 300
OTHER = "other"
SECONDS = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 7.5, 10.0, 20.0, 30.0, 60.0, 120.0)
STATES = ("closed", "open", "suspended")


class TargetMetrics:
    """The metrics of one target, found once: finding a labelled child costs more than counting with it."""

    def __init__(self, metrics: Metrics, target: str) -> None:
        self.name = target
        self.first_token = metrics.first_token.labels(target)
        self.gap = metrics.gap.labels(target)
        self.input_tokens = metrics.tokens.labels(target, "input")
        self.output_tokens = metrics.tokens.labels(target, "output")
        self.states = {state: metrics.state.labels(target, state) for state in STATES}
        self.states["closed"].set(1)  # as every target begins: what is not told of was never otherwise
        self.attempts: dict[tuple[str, bool], Counter] = {}


class Metrics:
    """Counts facts."""

    def __init__(self) -> None:
        registry = CollectorRegistry()
        self._registry = registry
        self.attempts = Counter(
            "sanspanne_attempts", "Calls to targets", ("target", "outcome", "probe"), registry=registry
        )
        self.first_token = Histogram(
            "sanspanne_first_token_seconds",
            "Time to the first token of streamed attempts",
            ("target",),
            buckets=SECONDS,
            registry=registry,
        )
        self.gap = Histogram(
            "sanspanne_longest_gap_seconds",
            "Longest silence between two tokens of an attempt",
            ("target",),
            buckets=SECONDS,
            registry=registry,
        )
        self.tokens = Counter("sanspanne_tokens", "Tokens used", ("target", "direction"), registry=registry)
        self.state = Gauge("sanspanne_target_state", "1 for the state it is in", ("target", "state"), registry=registry)
        self.answers = Counter("sanspanne_answers", "Answers", ("dialect", "rung", "outcome"), registry=registry)
        self.seconds = Histogram(
            "sanspanne_answer_seconds", "Duration of answers", ("rung",), buckets=SECONDS, registry=registry
        )
        self.refused = Counter(
            "sanspanne_refused_requests", "Requests that never became answers", ("status",), registry=registry
        )
        self.waited = Histogram(
            "sanspanne_queue_wait_seconds",
            "Time in the queue, of answers that waited",
            buckets=SECONDS,
            registry=registry,
        )
        self.running = Gauge("sanspanne_answers_running", "Answers under way", registry=registry)
        self.dropped = Gauge("sanspanne_log_lines_dropped", "Log lines that could not be written", registry=registry)
        self._targets: dict[str, TargetMetrics] = {}
        self._answers: dict[tuple[str, str, str], Counter] = {}
        self._seconds_of = lru_cache(maxsize=16)(self.seconds.labels)

    def follow(self, *, running: Callable[[], int] | None = None, dropped: Callable[[], int] | None = None) -> None:
        """Ask for these numbers whenever the metrics are read."""
        if running is not None:
            self.running.set_function(running)
        if dropped is not None:
            self.dropped.set_function(dropped)

    def read(self, readings: Collector) -> None:
        """Show what others count, too."""
        self._registry.register(readings)

    def attempt(self, fact: AttemptEnded) -> None:
        """An attempt, or a probe, is over."""
        target = self._target(fact.target)
        kind = (fact.outcome, fact.probe)
        counter = target.attempts.get(kind)
        if counter is None:
            counter = target.attempts[kind] = self.attempts.labels(target.name, fact.outcome, str(fact.probe).lower())
        counter.inc()
        if fact.first_token is not None and fact.stream and not fact.probe:
            target.first_token.observe(fact.first_token)
        if fact.longest_gap is not None and not fact.probe:
            target.gap.observe(fact.longest_gap)
        if fact.usage is not None:
            target.input_tokens.inc(fact.usage.input)
            target.output_tokens.inc(fact.usage.output)

    def answer(self, fact: AnswerEnded) -> None:
        """An answer is over."""
        labels = (fact.dialect, fact.rung, fact.outcome)
        counter = self._answers.get(labels)
        if counter is None:
            counter = self._answers[labels] = self.answers.labels(*labels)
        counter.inc()
        self._seconds_of(fact.rung).observe(fact.seconds)
        if fact.waited:
            self.waited.observe(fact.waited)

    def moved(self, fact: TargetMoved) -> None:
        """A target's state changed."""
        for state, gauge in self._target(fact.target).states.items():
            gauge.set(state == fact.after)

    def render(self) -> bytes:
        """All of it, in Prometheus's text format."""
        return generate_latest(self._registry)

    def _target(self, name: str) -> TargetMetrics:
        if name not in self._targets and len(self._targets) >= MOST_TARGETS:
            name = OTHER
        if name not in self._targets:
            self._targets[name] = TargetMetrics(self, name)
        return self._targets[name]
