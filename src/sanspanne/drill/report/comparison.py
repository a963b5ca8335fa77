"""The contenders beside one another: what became of all the questions, as bars and as a table."""

from __future__ import annotations

from sanspanne.drill.report.charts import brief, picture
from sanspanne.drill.report.facts import Facts
from sanspanne.drill.report.figure import figure, key, percent_wide, scrolled
from sanspanne.drill.report.markup import NOTHING, Markup, join, tag, text
from sanspanne.drill.report.tally import CLASSES, LATE, QUICK, SLOW, Tally, own_tally

HEIGHT = 34.0
LEAST_LABELLED = 0.07  # of the width; a narrower part has no room for its number


def comparison(facts: Facts) -> Markup:
    """One bar for each contender, the ceiling across them, and the table."""
    said = facts.say("comparison_said" if facts.report.ceiling else "comparison_plain")
    shown = [name for name in CLASSES if any(each.counts[name] for each in facts.tallies)]
    names = [(f"end {name}", facts.say("slow_only" if name == SLOW else name)) for name in shown]
    bars = [_contender(facts, each) for each in facts.tallies]
    heads, rows = comparison_table(facts)
    whole = scrolled(heads, rows, facts.say("comparison_title"))
    kept = [tag("p", text(each), class_="said") for each in kept_sentences(facts)]
    return figure(
        facts, "comparison", said, tag("div", *bars, class_="bars"), key([*names, *_limits(facts)]), whole, *kept
    )


def comparison_table(facts: Facts) -> tuple[list[str], list[list[str]]]:
    """Heads and rows: shares of all questions, the ceiling last."""
    ends = [name for name in CLASSES if name not in (SLOW, LATE) and (name != "kept" or _anyone(facts, name))]
    columns = [QUICK, SLOW, *(name for name in ends if name != QUICK)]
    heads = ["contender", "questions", *columns, "calls_each"]
    rows = [_row(facts, facts.contender(each.contender), each, columns) for each in facts.tallies]
    owned = ((run, own_tally(run, facts.report)) for run in facts.report.runs if run.own)
    for run, own in owned:
        name = facts.say("own_users", contender=facts.contender(run.contender))
        rows.append([*_row(facts, name, own, columns)[:-1], "–"])
    return [facts.say(head) for head in heads], [*rows, *_ceiling_row(facts, len(heads))]


def kept_sentences(facts: Facts) -> list[str]:
    """What became of the kept questions."""
    number = facts.voice.number
    return [
        facts.say(
            "kept_answered",
            contender=facts.contender(each.contender),
            answered=number(each.kept_answered),
            kept=number(each.counts["kept"]),
        )
        for each in facts.tallies
        if each.counts["kept"]
    ]


def _anyone(facts: Facts, name: str) -> bool:
    return any(each.counts[name] for each in facts.tallies)


def _row(facts: Facts, name: str, each: Tally, columns: list[str]) -> list[str]:
    shares = [each.share_in_time if column == SLOW else each.share(column) for column in columns]
    calls = facts.voice.number(each.calls / each.asked, 2) if each.asked and each.calls else "–"
    return [name, facts.voice.number(each.asked), *(facts.voice.percent(share) for share in shares), calls]


def _ceiling_row(facts: Facts, columns: int) -> list[list[str]]:
    ceiling = facts.report.ceiling
    if ceiling is None or not ceiling.asked:
        return []
    shares = [facts.voice.percent(count / ceiling.asked) for count in (ceiling.quick, ceiling.whole)]
    return [[facts.say("ceiling"), facts.voice.number(ceiling.asked), *shares, *["–"] * (columns - 4)]]


def _limits(facts: Facts) -> list[tuple[str, str]]:
    ceiling = facts.report.ceiling
    if ceiling is None or not ceiling.asked:
        return []
    quick, whole = (facts.voice.percent(count / ceiling.asked) for count in (ceiling.quick, ceiling.whole))
    return [
        ("line limit", facts.say("ceiling_quick", share=quick)),
        ("line limit dashed", facts.say("ceiling_whole", share=whole)),
    ]


def _contender(facts: Facts, each: Tally) -> Markup:
    shown = [(name, each.share(name)) for name in CLASSES if each.counts[name]]
    said = ", ".join(
        f"{facts.say('slow_only' if name == SLOW else name)} {facts.voice.percent(share)}" for name, share in shown
    )
    parts, left = [], 0.0
    for name, share in shown:
        parts.append(_part(facts, name, left, share))
        left += share
    name = tag("h3", text(facts.contender(each.contender)))
    quick = tag("p", tag("strong", text(facts.voice.percent(each.share(QUICK)))), text(f" {facts.say(QUICK)}"))
    drawn = picture(
        HEIGHT, facts.say("pair", name=facts.contender(each.contender), value=said), join(parts), _lines(facts)
    )
    return tag("div", tag("div", name, quick, class_="contender"), drawn, class_="bar-row")


def _part(facts: Facts, name: str, left: float, share: float) -> Markup:
    start, width = percent_wide(left), percent_wide(share)
    drawn = tag("rect", class_=f"end {name}", x=start, width=width, y=3.0, height=HEIGHT - 6)
    if share < LEAST_LABELLED:
        return drawn
    middle = f"{brief(100 * (left + share / 2))}%"
    number = tag(
        "text",
        text(facts.voice.percent(share, 0)),
        class_=f"inside {name}",
        x=middle,
        y=HEIGHT / 2 + 4.5,
        text_anchor="middle",
    )
    return join([drawn, number])


def _lines(facts: Facts) -> Markup:
    ceiling = facts.report.ceiling
    if ceiling is None or not ceiling.asked:
        return NOTHING
    places = [(ceiling.quick, "line limit"), (ceiling.whole, "line limit dashed")]
    return join(_upright(count / ceiling.asked, class_) for count, class_ in places)


def _upright(share: float, class_: str) -> Markup:
    place = percent_wide(share)
    return tag("line", class_=class_, x1=place, x2=place, y1="0", y2=HEIGHT)
