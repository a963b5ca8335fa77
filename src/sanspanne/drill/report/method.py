"""What stands below the charts: the promises, what was made faster, how it was measured, how to do it again."""

from __future__ import annotations

import shlex

from sanspanne.drill.reading import names
from sanspanne.drill.report.facts import Facts
from sanspanne.drill.report.figure import figure, scrolled
from sanspanne.drill.report.markup import Markup, short, tag, text
from sanspanne.drill.result import Report


def promises(facts: Facts) -> Markup:
    """The table of promises."""
    if not facts.report.promises:
        return figure(facts, "promises", facts.say("no_promise_made"))
    heads = [facts.say(head) for head in ("promise", "measured", "limit", "kept_head")]
    return figure(facts, "promises", "", scrolled(heads, promise_rows(facts), facts.say("promises_title")))


def promise_rows(facts: Facts) -> list[list[str]]:
    """Each promise: its sentence, what was measured, the limit, whether it was kept."""
    return [
        [
            facts.sentence(promise),
            facts.value(promise),
            facts.limit(promise),
            f"{'✓' if promise.kept else '✗'}\u00a0{facts.say('yes' if promise.kept else 'no')}",
        ]
        for promise in facts.report.promises
    ]


def compressed(facts: Facts) -> Markup:
    """What ran faster than it was."""
    return figure(facts, "compressed", compressed_said(facts))


def compressed_said(facts: Facts) -> str:
    """The drill's own words, or that nothing was."""
    return facts.report.compressed or facts.say("nothing_compressed")


def method(facts: Facts) -> Markup:
    """Sentences on users and clients, then the particulars."""
    sentences = [tag("p", text(each)) for each in method_sentences(facts)]
    particulars = [tag("div", tag("dt", text(name)), tag("dd", text(value))) for name, value in particular(facts)]
    return figure(facts, "method", facts.say("method_patience"), *sentences, tag("dl", *particulars), *_notes(facts))


def again(facts: Facts) -> Markup:
    """The command."""
    said = facts.say("again_said")
    return figure(facts, "again", said, tag("pre", tag("code", text(command(facts.report))), tabindex="0"))


def command(report: Report) -> str:
    """What to type to do it again; a scenario's name cannot become another command."""
    name = report.scenario if report.scenario in names() else f"{report.scenario}.toml"
    return f"sanspanne drill {shlex.quote(name)} --seed {report.seed}"


def method_sentences(facts: Facts) -> list[str]:
    """How often the clients asked, what calls finished broken answers, what perfect knowledge is."""
    return [*_retries(facts), *_continuations(facts), *([facts.say("method_ceiling")] if facts.report.ceiling else [])]


def particular(facts: Facts) -> list[tuple[str, str]]:
    """Name and value of what one needs to know to do it again; what is not known is left out."""
    report = facts.report
    known = [
        ("scenario", short(report.scenario)),
        ("seed", str(report.seed)),
        ("lasted", facts.voice.seconds(report.seconds)),
        ("began", report.began),
        ("version", f"sanspanne {report.version}" if report.version else ""),
        ("machine", report.machine),
    ]
    return [(facts.say(name), value) for name, value in known if value]


def notes(facts: Facts) -> list[tuple[str, list[str]]]:
    """What the drill has to say on a contender."""
    runs = [run for run in facts.report.runs if run.notes]
    return [(facts.say("notes", contender=facts.contender(run.contender)), run.notes) for run in runs]


def _retries(facts: Facts) -> list[str]:
    runs = [run for run in facts.report.runs if run.asked]
    counted = [(run.contender, sum(asked.calls for asked in run.asked) / len(run.asked)) for run in runs]
    said = [
        facts.say("method_retry", count=facts.voice.number(count, 2), contender=facts.contender(name))
        for name, count in counted
    ]
    return [facts.say("method_retries", retries=facts.voice.listed(said))] if said else []


def _continuations(facts: Facts) -> list[str]:
    number, name = facts.voice.number, facts.contender
    runs = [run for run in facts.report.runs if run.continuations]
    return [
        facts.say("method_continuations", contender=name(run.contender), count=number(run.continuations))
        for run in runs
    ]


def _notes(facts: Facts) -> list[Markup]:
    return [
        tag("div", tag("h3", text(title)), tag("ul", *(tag("li", text(each)) for each in said)))
        for title, said in notes(facts)
    ]
