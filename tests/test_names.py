"""Names sort by time, and nobody can guess one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sanspanne.names import new_name

moments = st.integers(0, 2**40)  # milliseconds


@given(moments, moments)
def test_names_sort_by_time(one: int, other: int) -> None:
    """Of two names that were given in different milliseconds the earlier one sorts first, and both have the same length."""
    first, second = new_name("ans_", lambda: (one + 0.5) / 1000), new_name("ans_", lambda: (other + 0.5) / 1000)
    assert one == other or (first < second) == (one < other)
    assert len(first) == len(second) == len("ans_") + 28


def test_no_two_names_are_the_same() -> None:
    """Names that are given at the same moment differ by 64 bits of chance."""
    names = {new_name("req_", lambda: 1.0) for _ in range(1000)}
    assert len(names) == 1000
    assert {name[:16] for name in names} == {"req_0000000003e8"}
