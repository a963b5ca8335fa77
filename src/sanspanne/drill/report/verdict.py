"""The sentences at the top: how many promises were kept, which were not, and how the contenders compare."""

from __future__ import annotations

from sanspanne.drill.report.facts import Facts


def verdict(facts: Facts) -> str:
    """Kept n of m promises."""
    promises = facts.report.promises
    kept = sum(promise.kept for promise in promises)
    key = "kept_some" if 0 < kept < len(promises) else "kept_all" if kept else "kept_none"
    if len(promises) < 2 and not (promises and not kept):
        key = "kept_only" if promises else "no_promises"
    return facts.say(key, kept=facts.voice.number(kept), all=facts.voice.number(len(promises)))


def not_kept(facts: Facts) -> list[str]:
    """The promises that were not kept, with what was measured and what would have been enough."""
    return [
        facts.say(
            "missed",
            sentence=facts.sentence(promise).rstrip("."),
            value=facts.value(promise),
            limit=facts.limit(promise),
        )
        for promise in facts.report.promises
        if not promise.kept
    ]


def lede(facts: Facts) -> str:
    """The share of quick answers: the first contender's, the ceiling's, the others'."""
    asked = [each for each in facts.tallies if each.asked]
    if not asked:
        return facts.say("nobody_asked")
    first, *others = asked
    count, share = facts.voice.number(first.asked), facts.voice.percent(first.share("quick"))
    said = [facts.say("lede", asked=count, contender=facts.contender(first.contender), share=share)]
    ceiling = facts.report.ceiling
    if ceiling is not None and ceiling.asked:
        said.append(facts.say("lede_ceiling", share=facts.voice.percent(ceiling.quick / ceiling.asked)))
    if others:
        parts = [(facts.contender(each.contender), facts.voice.percent(each.share("quick"))) for each in others]
        shares = [facts.say("lede_other", contender=name, share=part) for name, part in parts]
        said.append(facts.say("lede_others", others=facts.voice.listed(shares)))
    return " ".join(said)
