"""One gateway for all the clients."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_asyncio import is_async_test
from sdk_gateway import NAMED, Gateway, running_gateway


@pytest.fixture(scope="session")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A running gateway, before scripted providers."""
    with running_gateway(tmp_path_factory.mktemp("gateway")) as running:
        yield running


@pytest.fixture(scope="session")
def named_gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """Another one, whose models are called as the providers call theirs: a program need only change its base URL."""
    with running_gateway(tmp_path_factory.mktemp("named"), NAMED) as running:
        yield running


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """LangChain keeps one connection pool for all its asynchronous clients: they must live in one loop."""
    for item in items:
        if "langchain" in item.path.name and is_async_test(item):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
