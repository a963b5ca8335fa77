"""The learnt limits of silence."""

from hypothesis import given
from hypothesis import strategies as st

from sanspanne.attempts.clocks import ENOUGH, FLOOR_FIRST, MAX_PROFILES, Ceilings, Clocks, profile_of

FAST = profile_of("openai/gpt-4o", stream=True, reasoning=False, size=1000)


def test_until_twenty_samples_the_configured_limit_holds():
    """With 19 samples a first token may take the configured 60 s; the 20th sample makes the limit a learnt one."""
    clocks = Clocks(Ceilings())
    for _ in range(ENOUGH - 1):
        clocks.first_token(FAST, 0.4)
    assert clocks.limits(FAST, None).first_token == 60.0
    clocks.first_token(FAST, 0.4)
    assert clocks.limits(FAST, None).first_token == 0.8
    assert clocks.limits(FAST, None).learnt


@given(st.lists(st.floats(0.001, 100), min_size=ENOUGH, max_size=300))
def test_a_silent_target_costs_at_most_twice_its_slowest_known_answer_and_ten_seconds(samples):
    """The learnt limit of a stream lies between 0.5 s and 10 s and never above twice the slowest sample that is remembered."""
    clocks = Clocks(Ceilings())
    for seconds in samples:
        clocks.first_token(FAST, seconds)
    limit = clocks.limits(FAST, None).first_token
    assert FLOOR_FIRST <= limit <= 10.0
    assert limit <= max(FLOOR_FIRST, 2 * max(samples[-128:]) * 1.0001) or len(samples) > 128


def test_a_model_that_reasons_keeps_its_minute():
    """What is learnt of a model that reasons may exceed 10 s, up to the configured first-token limit."""
    clocks = Clocks(Ceilings())
    thinking = profile_of("openai/o9", stream=True, reasoning=True, size=1000)
    for _ in range(ENOUGH):
        clocks.first_token(thinking, 25.0)
    assert clocks.limits(thinking, None).first_token == 50.0


def test_answers_in_one_piece_are_given_time_for_their_length():
    """An unknown target that does not stream is allowed a second per 20 tokens that were asked for."""
    clocks = Clocks(Ceilings())
    whole = profile_of("openai/gpt-4o", stream=False, reasoning=False, size=1000)
    assert clocks.limits(whole, 4000).first_token == 200.0
    assert clocks.limits(whole, None).first_token == 60.0


def test_prompts_of_different_length_are_learnt_apart():
    """Twenty quick answers to short prompts say nothing about a prompt a hundred times as long."""
    clocks = Clocks(Ceilings())
    for _ in range(ENOUGH):
        clocks.first_token(FAST, 0.1)
    long = profile_of("openai/gpt-4o", stream=True, reasoning=False, size=100_000)
    assert clocks.limits(long, None).first_token == 60.0


def test_a_slow_but_answered_probe_makes_the_limits_longer():
    """After a probe that was answered in 3 s, attempts are no longer given up after 0.8 s."""
    clocks = Clocks(Ceilings())
    for _ in range(ENOUGH):
        clocks.first_token(FAST, 0.4)
    clocks.slower("openai/gpt-4o", 3.0)
    assert clocks.limits(FAST, None).first_token == 6.0


def test_gaps_are_learnt_with_a_floor():
    """A target that never paused may still pause for 5 s once, but not drip one token a second and a half."""
    clocks = Clocks(Ceilings())
    assert clocks.limits(FAST, None).gap == 20.0
    for _ in range(ENOUGH):
        clocks.longest_gap(FAST.target, 0.05)
    limits = clocks.limits(FAST, None)
    assert limits.gap == 5.0
    assert limits.drip == 1.0


def test_a_long_answer_in_one_piece_is_not_held_to_short_ones():
    """After twenty answers that took a tenth of a second, one that is awaited whole may still take 15 s."""
    clocks = Clocks(Ceilings())
    whole = profile_of("openai/gpt-4o", stream=False, reasoning=False, size=1000)
    for _ in range(ENOUGH):
        clocks.first_token(whole, 0.1)
    limits = clocks.limits(whole, None)
    assert limits.first_token == 15.0
    assert (limits.suspicion, limits.patience) == (1.0, 1.0)


def test_an_ordinary_answer_raises_no_suspicion():
    """What is learnt of a target makes only unusual silences suspicious, and a probe is given time to be slow too."""
    clocks = Clocks(Ceilings())
    thinking = profile_of("openai/o9", stream=True, reasoning=True, size=1000)
    for _ in range(ENOUGH):
        clocks.first_token(thinking, 8.0)
    limits = clocks.limits(thinking, None)
    assert limits.suspicion == 12.0
    assert limits.patience == 10.0


def test_what_is_learnt_is_bounded():
    """Names of models come from callers: beyond 4,096 profiles everything is learnt anew instead of kept for ever."""
    clocks = Clocks(Ceilings())
    for _ in range(ENOUGH):
        clocks.first_token(FAST, 0.4)
    for number in range(MAX_PROFILES):
        clocks.first_token(profile_of(f"openai/m{number}", stream=True, reasoning=False, size=1), 0.4)
    assert not clocks.limits(FAST, None).learnt
