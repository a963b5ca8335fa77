"""HTML and SVG from pieces that cannot be forgotten to be escaped: only `text` and `tag` make `Markup`.

Names and reasons in a report come from scenarios and from providers. The type checker sees that none of them becomes a
child of an element without having passed `text`. What is made is well-formed XML too.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import NewType

Markup = NewType("Markup", str)

NOTHING = Markup("")
MAX_NAME_CHARS = 64
OUR_SPACES = "\u00a0\u202f"  # French typography asks for them; Python does not call them printable
VOID = frozenset({"meta", "link", "br"})


def clean(untrusted: str) -> str:
    """`untrusted` without what cannot be seen or turns the text around it: controls, lone surrogates, bidirectional marks."""
    return "".join(char if char.isprintable() or char in OUR_SPACES else "\ufffd" for char in untrusted)


def short(untrusted: str, most: int = MAX_NAME_CHARS) -> str:
    """A name of at most so many characters."""
    return untrusted if len(untrusted) <= most else untrusted[: most - 1] + "…"


def text(content: str) -> Markup:
    """`content` as text, for an element or an attribute."""
    return Markup(escape(clean(content)))


def tag(name: str, /, *children: Markup, **attributes: str | float | None) -> Markup:
    """An element. `class_` is written `class`, `text_anchor` is `text-anchor`; an attribute that is None is left out."""
    inside = "".join(_attribute(key, value) for key, value in attributes.items() if value is not None)
    if name in VOID:
        return Markup(f"<{name}{inside}/>")
    return Markup(f"<{name}{inside}>{''.join(children)}</{name}>")


def join(pieces: Iterable[Markup]) -> Markup:
    """The pieces, one after another."""
    return Markup("".join(pieces))


def _attribute(key: str, value: str | float) -> str:
    written = text(value) if isinstance(value, str) else f"{value:.6g}"
    return f' {key.rstrip("_").replace("_", "-")}="{written}"'
