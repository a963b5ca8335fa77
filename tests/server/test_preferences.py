"""The `Prefer` header: what is read out of it, and that nothing in it is ever an error."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanspanne.server.preferences import LONGEST_WAIT, Preferences, read_preferences

TOKENS = st.from_regex(re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,12}"), fullmatch=True)
QUOTED = st.text(st.characters(min_codepoint=32, max_codepoint=126, exclude_characters='"\\'), max_size=12).map(
    '"{}"'.format
)
SPACES = st.sampled_from(["", " ", "  "])
STRANGE = st.text(st.sampled_from(list('=;,"\\ \taw1-é')), max_size=60)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("respond-async", Preferences(True)),
        ("respond-async, wait=10", Preferences(True, 10.0)),
        ("Wait=10; foo=bar,\tRESPOND-ASYNC;x", Preferences(True, 10.0)),
        ('respond-async=""', Preferences(True)),
        ('wait="3"', Preferences(wait=3.0)),
        ("wait = 3", Preferences(wait=3.0)),
        ("wait=3 , respond-async", Preferences(True, 3.0)),
        ("wait=3 ; why=not", Preferences(wait=3.0)),
        ('wait="3" ;x', Preferences(wait=3.0)),
        ("wait=3 4", Preferences()),
        ("wait=0", Preferences(wait=0.0)),
        ("wait=5, wait=9", Preferences(wait=5.0)),
        ("wait=soon, wait=9", Preferences()),
        ("wait=-1", Preferences()),
        ("wait=1.5", Preferences()),
        ("wait=999999999", Preferences(wait=LONGEST_WAIT)),
        ("wait=٣", Preferences()),
        ('return=minimal; x="a, respond-async, wait=1"', Preferences()),
        ('x="a\\", respond-async", wait=2', Preferences(wait=2.0)),
        ("respond-asynchronously", Preferences()),
        ("", Preferences()),
        (",, ,respond-async,", Preferences(True)),
        ('x="unfinished, respond-async', Preferences(True)),
    ],
)
def test_what_is_read(value, expected):
    """RFC 7240: names in any case, the first of a name counts, quoted strings part nothing, the unknown is passed over."""
    assert read_preferences(value) == expected


@given(st.one_of(st.text(max_size=300), STRANGE))
def test_nothing_is_an_error(value):
    """Whatever stands there, it is read without an error, and a wait is a number of seconds within its bound."""
    found = read_preferences(value)
    assert found.wait is None or 0 <= found.wait <= LONGEST_WAIT


@given(
    st.lists(st.tuples(TOKENS, st.one_of(st.none(), TOKENS, QUOTED), st.lists(TOKENS, max_size=2), SPACES), max_size=4),
    st.integers(0, 3600),
    st.integers(0, 4),
)
def test_others_change_nothing(others, seconds, place):
    """Whatever other preferences stand around ours, with values and parameters of their own, ours are read."""
    pieces = [
        space.join([name, "" if value is None else f"={value}", *(f";{parameter}" for parameter in parameters)])
        for name, value, parameters, space in others
        if name.lower() not in ("respond-async", "wait")
    ]
    pieces.insert(min(place, len(pieces)), f"wait={seconds};why=not")
    assert read_preferences(", ".join([*pieces, "respond-async"])) == Preferences(True, float(seconds))


@pytest.mark.parametrize("piece", ['"', 'a="', 'a="\\', " ", "a = ", ",", '="";'])
def test_no_value_takes_long(piece):
    """However long and broken it is, only its beginning is read."""
    assert read_preferences(piece * 100_000) == Preferences()


@pytest.mark.timeout(2)
@pytest.mark.parametrize("before", ["wait=", 'wait="', "wait", "", "x;"])
def test_spaces_take_no_time(before):
    """Hundreds of spaces in front of what fits nothing are read once: a header of 1 kB cannot hold up all other callers."""
    for _ in range(20):
        read_preferences(f'{before}{" " * 980}"')
