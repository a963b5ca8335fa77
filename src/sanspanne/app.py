"""The service, put together: the only place where all parts meet.

configuration -> wiring (providers, chains) ─┐
transport, clocks, standings, prober ────────┼─> pipeline -> answers -> edge (HTTP)
model on board ──────────────────────────────┘               hooks -> telemetry, ledger
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from sanspanne.admission.quotas import Quotas
from sanspanne.allowances import allow
from sanspanne.answers.answers import Answers, Bounds
from sanspanne.answers.route import Caller
from sanspanne.attempts.attempts import Attempts
from sanspanne.attempts.clocks import Ceilings, Clocks
from sanspanne.attempts.loop_lag import LoopLag
from sanspanne.attempts.probe import probe
from sanspanne.attempts.prober import Pace, Prober
from sanspanne.attempts.report import Report
from sanspanne.attempts.retry_budget import RetryBudget
from sanspanne.attempts.standing import Standings
from sanspanne.chat import Batches, Capability, ChatRequest, ResumePoint, Rung, Target
from sanspanne.config import Config
from sanspanne.dialects.anthropic_messages import ANTHROPIC_MESSAGES
from sanspanne.dialects.openai_chat import OPENAI_CHAT
from sanspanne.entrance import Entrance
from sanspanne.errors import Obstacle
from sanspanne.hooks import REQUESTS, AttemptEnded, Hooks, Notice, TargetMoved
from sanspanne.ledger.ledger import Ledger
from sanspanne.memory import MB, Memory
from sanspanne.onboard import Onboard, Status
from sanspanne.onboard_rung import OnboardRung
from sanspanne.outbound import Outbound
from sanspanne.pipeline import Hedge, Permitted, Pipeline, Work
from sanspanne.pricing import prices_of
from sanspanne.providers.endpoint import Endpoint
from sanspanne.providers.http1 import HttpTransport
from sanspanne.providers.unread import Unread
from sanspanne.routing.chains import ONBOARD, Chain
from sanspanne.routing.manners import Manners
from sanspanne.routing.plan import Plan, Planner, Step
from sanspanne.routing.same_model import same_model
from sanspanne.server.refusals import explained, shutting_down
from sanspanne.spending import Spending, earlier
from sanspanne.stitch.hold import Hold
from sanspanne.stitch.stitcher import Stitcher
from sanspanne.store.sqlite import Database
from sanspanne.store.sqlite_ledger import SqliteLedgerStore
from sanspanne.webhooks.hook import Hook
from sanspanne.wiring import Wiring

# A provider that dies takes all of its running answers with it, and each of them wants to be finished at once.
FIRST_RESUMES = 200.0
MOST_RESUMES = 2000.0


class Service:
    """Everything behind the edge. `start` before use, `stop` after it."""

    def __init__(self, config: Config, *, data_dir: Path, environ: Mapping[str, str] | None = None) -> None:
        self._environ = os.environ if environ is None else environ
        self.hooks = Hooks()
        self._now: Callable[[], float] = time.monotonic
        self.transport = HttpTransport(connect_seconds=config.clocks.connect)
        self._unread = Unread(self.transport)
        self.wiring = Wiring(config, self._environ, self.transport, self._unread)
        self.on_onboard: Callable[[Status], None] = lambda status: None
        self.onboard = self._make_onboard(config, data_dir)
        self._onboard = OnboardRung(self.onboard, self.transport)
        self.standings = Standings(self._now, self.hooks)
        self._clocks = Clocks(Ceilings(config.clocks.first_token, config.clocks.first_token_learnt, config.clocks.gap))
        self._lag = LoopLag()
        self._attempts = Attempts(
            self._endpoint, self._clocks, self.standings, self.hooks, self._now, self._lag.seconds
        )
        self.quotas = Quotas(self._now)
        allow(self.quotas, config)
        self.entrance = self._make_entrance(config)
        self._prober = self._make_prober(config)
        self.pipeline = self._make_pipeline(config)
        self.answers = self._make_answers(config)
        self._memory = self._make_memory(config, data_dir)
        self.ledger = self._make_ledger(config, data_dir)
        self.hooks.add(Spending(self.quotas, self.entrance.charging, lambda: self.ledger.prices), *REQUESTS)

    def _make_onboard(self, config: Config, data_dir: Path) -> Onboard:
        return Onboard(
            config.onboard,
            data_dir / "models",
            notice=lambda sentence: self.hooks.tell(Notice(sentence, target="onboard")),
            changed=lambda: self.on_onboard(self.onboard.status()),
        )

    def _make_entrance(self, config: Config) -> Entrance:
        entrance = Entrance(
            config,
            self,
            self._now,
            self.hooks,
            self.quotas,
            running=self._attempts.running,
            is_own_engine=lambda target: self.wiring.is_own_engine(target.provider),
            streams=lambda target: self.wiring.streams(target.provider),
            lag=self._lag.seconds,
        )
        self._attempts.on_first_word, self._attempts.on_limits = entrance.spoke, entrance.learn
        return entrance

    def _make_prober(self, config: Config) -> Prober:
        return Prober(
            self.standings,
            lambda target, patience: probe(self._endpoint(target), target, patience, self.hooks),
            Pace(config.probes.every_min, config.probes.every_max, config.probes.per_day),
            now=self._now,
            key_is_refused=lambda target: self._endpoint(target).key_is_refused(),
            on_answer=lambda target, seconds: self._clocks.slower(str(target), seconds),
            demand=self.entrance.room.awaits,
        )

    def _make_pipeline(self, config: Config) -> Pipeline:
        resume = config.resume
        self._budget = RetryBudget(self._now)
        self._resume_budget = RetryBudget(self._now, share=resume.share, at_first=FIRST_RESUMES, cap=MOST_RESUMES)
        order = self._make_manners().order
        self._planner = Planner(self._find_chain, self._capabilities, self, self._budget.spend, order)
        stitcher: Stitcher[Step] = Stitcher(
            self._capabilities, same_model, self._learn, self._resume_budget.spend, resume.continuations
        )
        hold = Hold(resume.hold_bytes, resume.hold_seconds)
        return Pipeline(
            self.entrance.enter,
            self._plan,
            self.entrance.turns,
            self._permit,
            self._attempt,
            self._hedge,
            stitcher,
            hold,
        )

    def _make_manners(self) -> Manners:
        manners = Manners(
            self._now, self.standings.is_steady, lambda target: self.entrance.limiters.of(target).is_at_ease
        )
        self.hooks.add(manners, AttemptEnded, TargetMoved)
        self.entrance.on_answer = lambda step, request, key: manners.settled(
            request, key, step.target, step.rung is Rung.FALLBACK
        )
        return manners

    def _make_answers(self, config: Config) -> Answers:
        return Answers(
            self.pipeline.answer,
            self.hooks,
            self._now,
            dialects={dialect.name: dialect for dialect in (OPENAI_CHAT, ANTHROPIC_MESSAGES)},
            explain=explained,
            bounds=Bounds(config.answers.keep_seconds, int(config.answers.keep_mb * MB)),
        )

    def _make_memory(self, config: Config, data_dir: Path) -> Memory:
        outbound = Outbound(lambda: self.wiring.config.outbound.allow)
        return Memory(self.answers, config.answers, data_dir, self._environ, self._notice, self._webhook, outbound.post)

    def _make_ledger(self, config: Config, data_dir: Path) -> Ledger:
        return Ledger(
            data_dir,
            lambda: SqliteLedgerStore(Database(data_dir)),
            prices_of(config),
            running=lambda: ((number, attempt.said) for number, attempt in self._attempts.running.items()),
            notice=self._notice,
            earlier=lambda store, life: earlier(self.quotas, store, life, time.time()),
            keep_days=config.ledger.keep_days,
        )

    def _webhook(self, key: str) -> Hook | None:
        return self.wiring.webhooks.get(key)

    def _notice(self, sentence: str) -> None:
        self.hooks.tell(Notice(sentence))

    async def start(self) -> None:
        """Begin; the model on board loads, or is fetched, in the background."""
        self.ledger.start()
        self.hooks.add(self.ledger, *REQUESTS)
        self._lag.start()
        await self.onboard.start()

    def remember(self) -> None:
        """Go on with the answers of an earlier life, and keep those of this one. After `start`; for one process at a time."""
        self._memory.open()

    async def stop(self) -> None:
        """End everything that runs beside the requests."""
        await self._memory.close(shutting_down())
        self._lag.stop()
        await self._prober.close()
        await self.onboard.stop()
        await self._unread.close()
        await self.transport.close()
        await self.ledger.stop()

    def reconfigure(self, config: Config) -> None:
        """Exchange providers and chains. Raises `ConfigError`, and then nothing has changed."""
        Onboard(config.onboard, self.onboard.folder)  # it has its say now, and not at the next start
        self.wiring = Wiring(config, self._environ, self.transport, self._unread)
        self.ledger.prices = prices_of(config)
        allow(self.quotas, config)
        self.entrance.reconfigured()
        self.standings.forget()

    def _find_chain(self, model: str) -> Chain:
        return self.wiring.chains.find(model)

    # --- what the planner asks: hosted targets by their standing, the model on board by its own state

    def obstacle(self, target: Target) -> Obstacle | None:
        """See `routing.plan.Health`. The model on board is asked even while it loads: it says for how long itself."""
        if target != ONBOARD:
            return self.standings.obstacle(target)
        return self._onboard.obstacle() or self.standings.obstacle(target)

    def want(self, target: Target) -> None:
        """See `routing.plan.Health`."""
        self.standings.want(target)

    def hope(self, target: Target) -> bool:
        """See `admission.waiting_room.Health`."""
        return self.standings.hope(target)

    def _capabilities(self, target: Target) -> frozenset[Capability]:
        return self._onboard.capabilities if target == ONBOARD else self.wiring.capabilities(target)

    def _learn(self, target: Target) -> None:
        """A target has refused to continue an unfinished message: it is not asked for that again."""
        self.wiring.learn(target, Capability.PREFILL)
        self.wiring.learn(target, Capability.PREFIX)

    # --- the stages of the pipeline

    def _plan(self, request: ChatRequest, caller: Caller) -> Plan:
        self._budget.deposit()
        self._resume_budget.deposit()
        return self._planner.plan(request, caller.allow, caller.key)

    def _permit(self, step: Step, request: ChatRequest, work: Work) -> AbstractAsyncContextManager[Permitted]:
        if step.rung is Rung.ONBOARD:
            return self._onboard.permit(request, patient=work.is_patient)
        return self.entrance.permit(step, request, work)

    def _attempt(
        self, request: ChatRequest, step: Step, answer_id: str, report: Report, point: ResumePoint | None
    ) -> Batches:
        batches = self._attempts.run(request, step.target, answer_id, report, point)
        return self._onboard.watch(batches) if step.rung is Rung.ONBOARD else batches

    def _hedge(self, plan: Plan, step: Step) -> Hedge | None:
        """Who races `step`. Nobody while either is not at its best, or while its usual first-token time is not known."""
        standby = plan.standby(step.target)
        if standby is None or not self.standings.is_steady(step.target) or not self.standings.is_steady(standby):
            return None
        delay = self._clocks.typical_first_token(str(step.target))
        return None if delay is None else Hedge(lambda: self._second(plan.step(standby)), delay)

    def _second(self, step: Step) -> Step | None:
        permit = self.entrance.spare(step.target) if self._budget.spend() else None
        return None if permit is None else step.permitted(permit)

    def _endpoint(self, target: Target) -> Endpoint:
        return self._onboard.endpoint() if target == ONBOARD else self.wiring.endpoint(target)

    # --- how it stands

    def onboard_label(self, language: str) -> str:
        """What a person is told of an answer of the model on board."""
        return self.onboard.label("fr" if language == "fr" else "en")

    def readiness(self) -> dict[str, object]:
        """The body of `/readyz`: whether a question would find somebody, and how the targets and the model on board are."""
        status = self.onboard.status()
        targets = self.wiring.chains.targets()
        hosted = {str(target): _seen_by_all(self.obstacle(target)) for target in targets if target != ONBOARD}
        return {
            "ready": self.onboard.ready or bool(hosted),
            "targets": hosted,
            "onboard": {
                "state": status.state.value,
                "model": status.model,
                "fraction": 1.0 if self.onboard.ready else round(status.fraction, 3),
                "message": {"en": status.sentence("en"), "fr": status.sentence("fr")},
            },
        }


def _seen_by_all(obstacle: Obstacle | None) -> str:
    """How a target is, for readers who show no key: what a provider says of our key or account is not for them."""
    if obstacle is None:
        return "usable"
    return "left out: our own access was refused; the log says why" if obstacle.ours else str(obstacle)
