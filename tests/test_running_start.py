"""What `serve` does before it serves."""

import socket

import pytest

from sanspanne.config import Config, OnboardConfig, ServerConfig
from sanspanne.errors import StoreError
from sanspanne.running import AT_THE_START, SEND_BUFFER, _listen, run

# read by `Service.reconfigure`, or looked up in the running configuration whenever it matters
READ_AGAIN = {"keys", "quotas", "providers", "models", "prices", "outbound"}


def test_a_caller_who_does_not_read_holds_little():
    """The system keeps a bounded number of bytes for each connection (it counts its own book-keeping: twice as much)."""
    with _listen(ServerConfig(port=0)) as listener, socket.create_connection(listener.getsockname()):
        listener.setblocking(True)
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) <= 2 * SEND_BUFFER


def test_a_data_folder_that_cannot_be_is_told_in_a_sentence(tmp_path):
    """A file where the data folder should be stops the start with a sentence that shows another folder, not as a fault."""
    file = tmp_path / "file"
    file.write_text("")
    config = Config(onboard=OnboardConfig(enabled=False))
    for folder in (file, file / "below"):
        with pytest.raises(StoreError, match="--data"):
            run(lambda: config, host=None, port=0, data_dir=folder)


def test_every_section_is_read_again_or_named_as_waiting_for_the_next_start():
    """No section of the configuration is passed over in silence by a reload: it is in force, or the reload says it is not."""
    sections = set(Config.__struct_fields__)
    assert set(AT_THE_START) | READ_AGAIN == sections
    assert not set(AT_THE_START) & READ_AGAIN
