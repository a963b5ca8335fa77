"""What of a provider's error may be shown."""

from sanspanne.errors import WireError
from sanspanne.providers.wording import sentence


def test_a_piece_of_an_answer_is_not_an_errors_text():
    """Bytes under status 200 that are no error may be an answer: its words get into no sentence, and so into no log."""
    assert "confidential" not in sentence(WireError(200, text='{"choices":[{"message":{"content":"confidential"}}]}'))
    assert "out of memory" in sentence(WireError(500, text="out of memory"))
