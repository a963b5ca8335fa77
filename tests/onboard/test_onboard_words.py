"""Words for people: the language guessed, the label, the loops noticed, the state told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from onboard_helpers import entry

from sanspanne.chat import Ended, TextDelta
from sanspanne.onboard.label import label
from sanspanne.onboard.language import Language, language_of
from sanspanne.onboard.loops import LoopGuard
from sanspanne.onboard.status import State, Status


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("bonjour", "fr"),
        ("Salut !", "fr"),
        ("Explique une panne de serveur", "fr"),
        ("Écris un e-mail à mon équipe", "fr"),
        ("Quelle est la capitale de l’Australie ?", "fr"),
        ("Hello!", "en"),
        ("Explain a server outage.", "en"),
        ("Please comment on the résumé of my friend", "en"),
        ("", "en"),
        ("1 + 1", "en"),
    ],
)
def test_language_of_short_questions(text: str, language: Language) -> None:
    """One or two words are enough to answer in the right one of the two languages."""
    assert language_of(text) == language


def test_label_says_what_it_is_in_both_languages() -> None:
    """The label names the size and says that it may be wrong, in French with French typography."""
    french = label(entry(), "fr")
    assert "(0,5\u202fmilliard de paramètres)\u00a0: elle peut être fausse" in french
    assert "(0.5 billion parameters): it may be wrong" in label(entry(), "en")


@pytest.mark.parametrize(
    ("params", "french", "english"),
    [
        (0.135e9, "135\u202fmillions", "135 million"),
        (1.5e9, "1,5\u202fmilliard de", "1.5 billion"),
        (2e9, "2\u202fmilliards", "2 billion"),
    ],
)
def test_sizes_are_written_as_people_write_them(params: float, french: str, english: str) -> None:
    """Plural begins at two in French, and nobody reads 135000000."""
    assert french in label(entry(params=params), "fr")
    assert english in label(entry(params=params), "en")


def test_label_of_an_unknown_file_claims_no_size() -> None:
    """A file of the user's own is labelled without a size."""
    assert "(" not in label(entry(params=0.0), "en")


def run(text: str, step: int) -> bool:
    """Whether the guard stops an answer that comes in pieces of `step` characters."""
    guard = LoopGuard()
    stops = [guard.stops(TextDelta(text[start : start + step])) for start in range(0, len(text), step)]
    return any(stops)


@pytest.mark.parametrize("step", [1, 3, 1000])
@pytest.mark.parametrize(
    "text",
    [
        "C'est une panne de serveur. " * 4,
        "".join(f"{number}. A party with a birthday theme.\n" for number in range(1, 5)),
        "One line of it.\nAnother one.\n" * 4,
    ],
)
def test_repetitions_are_stopped(text: str, step: int) -> None:
    """A line or a sentence that comes for the third time ends the answer, numbered or not, however it is cut into pieces."""
    assert run(text, step)


@pytest.mark.parametrize(
    "text",
    [
        "1. Pizza\n2. Salad\n3. Soup\n4. Cake\n",
        "if a:\n}\n}\n}\n}\nelse:\n}\n",
        "C'est une panne de serveur. C'est une panne de serveur. Une panne dure peu.\n",
    ],
)
def test_ordinary_text_is_not_stopped(text: str) -> None:
    """Lists, braces and a sentence said twice are no loops."""
    assert not run(text, 4)


@given(st.text(alphabet="ab.\n ", max_size=200), st.integers(1, 50))
def test_pieces_do_not_matter(text: str, step: int) -> None:
    """Whether an answer is stopped does not depend on where its pieces are cut... except at its unfinished end."""
    assert run(text + "\nend\n", 1) == run(text + "\nend\n", step)


def test_other_events_say_nothing() -> None:
    """Only text can repeat itself."""
    assert not LoopGuard().stops(Ended())


@pytest.mark.parametrize("state", list(State))
def test_every_state_has_a_sentence_in_both_languages(state: State) -> None:
    """Whatever it is doing, a person can read it, and the refusal is a 503 that says when to come again."""
    status = Status(state=state, model="tiny", done=41, total=100, reason="no network", retry_after=7.0)
    assert status.sentence("en").endswith(".")
    assert status.sentence("fr").endswith(".")
    refusal = status.refusal()
    assert (refusal.status, refusal.retry_after) == (503, 7.0)


@pytest.mark.parametrize("state", list(State))
def test_a_model_without_a_name_yet_leaves_no_hole(state: State) -> None:
    """Before the model is chosen the sentences do without its name: no comma stands alone, no space comes twice."""
    status = Status(state=state, reason="no network")
    assert not [hole for hole in (", ,", ",,", "  ") for words in ("en", "fr") if hole in status.sentence(words)]


def test_progress_is_told() -> None:
    """While it is fetched, the refusal is `model_loading` with the progress."""
    status = Status(state=State.FETCHING, model="tiny", done=41_000_000, total=100_000_000)
    assert "41 % (41 of 100 MB)" in status.sentence("en")
    assert "41\u202f% (41\u202fMo sur 100)" in status.sentence("fr")
    assert status.refusal().code == "model_loading"
