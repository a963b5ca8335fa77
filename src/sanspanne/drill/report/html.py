"""The report as one HTML file: no script, no request to anywhere, light and dark, phone to wide, printable.

Its content policy allows nothing but its own style, by its hash: what a scenario or a provider calls itself cannot do
anything, even if it got in.
"""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from importlib import resources

from sanspanne.drill.report.comparison import comparison
from sanspanne.drill.report.facts import Facts
from sanspanne.drill.report.first_words import first_word_figure
from sanspanne.drill.report.goodput import goodput_figure
from sanspanne.drill.report.load import load_figure, queue_figure
from sanspanne.drill.report.markup import NOTHING, Markup, tag, text
from sanspanne.drill.report.method import again, compressed, method, promises
from sanspanne.drill.report.rungs import rungs_figure
from sanspanne.drill.report.timeline import timeline
from sanspanne.drill.report.verdict import lede, not_kept, verdict
from sanspanne.drill.result import Report

ARCH = "M5 17.5h3c0-4.6 3.2-7.5 8-7.5s8 2.9 8 7.5h3"  # as in the page's icon: a way over what is missing


def html(report: Report, language: str) -> str:
    """The whole file, in English (`en`) or French (`fr`)."""
    facts = Facts(report, language)
    page = tag("html", _head(facts), _body(facts), lang=facts.voice.language)
    return f"<!DOCTYPE html>\n{page}\n"


def _head(facts: Facts) -> Markup:
    style = resources.files("sanspanne.drill.report").joinpath("report.css").read_text("utf-8")
    allowed = b64encode(sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{allowed}'; img-src data:; base-uri 'none'; form-action 'none'"
    return tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("meta", name="description", content=f"{verdict(facts)} {lede(facts)}"),
        tag("title", text(f"{facts.title} · sanspanne")),
        tag("link", rel="icon", href="data:,"),
        tag("style", Markup(style)),
    )


def _body(facts: Facts) -> Markup:
    charts = [goodput_figure, first_word_figure, rungs_figure, load_figure, queue_figure] if facts.report.runs else []
    sections = [
        _verdict(facts),
        timeline(facts),
        comparison(facts) if facts.report.runs else NOTHING,
        *(chart(facts) for chart in charts),
        *(section(facts) for section in (promises, compressed, method, again)),
    ]
    return tag("body", _hatch(), _header(facts), tag("main", *sections))


def _hatch() -> Markup:
    """What is bad is hatched, so that it is seen without its colour."""
    ground = tag("rect", width="6", height="6", class_="hatch-ground")
    line = tag("path", d="M0 6L6 0M-1 1L1 -1M5 7L7 5", class_="hatch-line")
    pattern = tag("pattern", ground, line, id="hatch", width="6", height="6", patternUnits="userSpaceOnUse")
    return tag("svg", tag("defs", pattern), width="0", height="0", class_="unseen", aria_hidden="true")


def _header(facts: Facts) -> Markup:
    mark = tag(
        "svg",
        tag("rect", width="32", height="32", rx="7", class_="mark-ground"),
        tag("path", d=ARCH, class_="mark-line"),
        viewBox="0 0 32 32",
        width="28",
        height="28",
        aria_hidden="true",
    )
    return tag("header", mark, tag("strong", text("sanspanne")), tag("span", text(facts.say("kind")), class_="quiet"))


def _verdict(facts: Facts) -> Markup:
    made = bool(facts.report.promises)
    passed = facts.report.passed
    word = f"{'✓' if passed else '✗'} {facts.say('passed' if passed else 'not_passed')}"
    badge = tag("span", text(word), class_=f"badge {'well' if passed else 'ill'}") if made else NOTHING
    missed = [tag("li", text(each)) for each in not_kept(facts)]
    why = tag("div", tag("p", text(facts.say("broken_promises"))), tag("ul", *missed), class_="missed")
    sentence = tag("p", badge, text(f" {verdict(facts)}"), class_="verdict")
    head = tag("h1", text(facts.title))
    return tag(
        "div", head, sentence, why if missed else NOTHING, tag("p", text(lede(facts)), class_="lede"), class_="top"
    )
