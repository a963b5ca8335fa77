"""A webhook is told once it takes it, is asked again as long as it does not, and not for ever; nothing is lost by a restart."""

import asyncio
import itertools
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from webhook_receiver import SECRET, Receiver

from sanspanne.answers.kept_store import Entry, entry_of, row_of
from sanspanne.answers.records import Opened, Over
from sanspanne.answers.sealing import Sealing
from sanspanne.errors import StoreError
from sanspanne.outbound import Outbound, OutboundError, Reply
from sanspanne.store.kept_questions import SqliteKeptQuestions
from sanspanne.store.sqlite import Database
from sanspanne.webhooks.deliveries import PAUSES, Deliveries
from sanspanne.webhooks.hook import Hook

SEALING = Sealing(bytes(32))
STATES = {"whole": "completed", "expired": "expired", "broken": "failed", "refused": "failed"}


class Scene:
    """Deliveries over a real store, with a wall clock of the test's; `post` answers with the next of `statuses`."""

    def __init__(self, folder, *statuses, hook=True, post=None, chance=0.5):
        self.store, self.time, self.notices, self.posts = SqliteKeptQuestions(Database(folder)), 1000.0, [], []
        self.statuses = list(statuses)
        target = Hook("https://app.example.org/told?token=hidden", SECRET) if hook is True else hook
        self.deliveries = Deliveries(
            self.store,
            lambda row: entry_of(row, SEALING),
            lambda entry: {"id": entry.opened.answer_id, "status": entry.over.state},
            lambda key: target if key == "alice" else None,
            post or self.post,
            wall=lambda: self.time,
            chance=lambda: chance,
            notice=self.notices.append,
        )

    async def post(self, url, headers, body):
        self.posts.append((self.time, headers, body))
        status = self.statuses.pop(0)
        if isinstance(status, Exception):
            raise status
        return Reply(status, b"")

    def ended(self, answer_id="ans_1", state="whole", key="alice"):
        """A kept question has ended."""
        opened = Opened(answer_id, "openai_chat", b"{}", {}, key, None, "auto", "", None, b"", 1.0)
        asked = Entry(opened, 99.0)
        over = Entry(opened, 99.0, 1, b"data", Over(answer_id, state, 900.0))
        self.store.put(row_of(asked, SEALING, 99.0))
        self.store.end(row_of(over, SEALING, 9e9, self.time))

    async def tell_all(self):
        """Let time pass until nothing is left to tell."""
        while (due := self.store.next_to_tell()) is not None:
            self.time = max(self.time, due)
            await self.deliveries.tell()


@pytest.mark.parametrize(("state", "kind"), STATES.items())
async def test_what_is_told(state, kind, tmp_path):
    """How it ended is in the type; the message has the id of the answer, its time and its account, and is told once."""
    scene = Scene(tmp_path, 204)
    scene.ended(state=state)
    await scene.tell_all()
    ((_, headers, body),) = scene.posts
    assert body == (
        b'{"type":"answer.%b","id":"ans_1","created":900,"data":{"id":"ans_1","status":"%b"}}'
        % (kind.encode(), state.encode())
    )
    assert headers["webhook-id"] == "ans_1"
    assert not scene.notices


async def test_it_is_tried_again(tmp_path):
    """Anything but a 2xx is tried again, later and later, with the same id and a new time in the signature."""
    scene = Scene(tmp_path, 500, 302, OutboundError("app.example.org: gone"), 429, 200)
    scene.ended()
    await scene.tell_all()
    times = [at for at, _, _ in scene.posts]
    assert [later - earlier for earlier, later in itertools.pairwise(times)] == list(PAUSES[:4])
    assert {headers["webhook-id"] for _, headers, _ in scene.posts} == {"ans_1"}
    assert len({headers["webhook-signature"] for _, headers, _ in scene.posts}) == 5
    assert not scene.notices


async def test_it_is_given_up(tmp_path):
    """After the last try the operator is told: which key, which answer and why, but neither address nor secret."""
    scene = Scene(tmp_path, *[503] * 7)
    scene.ended()
    await scene.tell_all()
    assert len(scene.posts) == 7
    (notice,) = scene.notices
    assert all(word in notice for word in ("alice", "ans_1", "7 tries", "status 503"))
    assert "hidden" not in notice


@settings(max_examples=20)
@given(st.floats(0, 1))
def test_pauses_are_spread(tmp_path_factory, chance):
    """Each pause lies between 0.8 and 1.2 times the usual one."""

    async def first_pause():
        scene = Scene(tmp_path_factory.mktemp("store"), 500, chance=chance)
        scene.ended()
        await scene.deliveries.tell()
        return scene.store.next_to_tell() - scene.time

    assert 0.799 * PAUSES[0] <= asyncio.run(first_pause()) <= 1.201 * PAUSES[0]


async def test_it_outlives_us(tmp_path):
    """What is not told yet is told by the next life, which goes on counting the tries."""
    before = Scene(tmp_path, 500)
    before.ended()
    await before.deliveries.tell()
    after = Scene(tmp_path, 500, 200)
    await after.tell_all()
    times = [at for at, _, _ in after.posts]
    assert times == [1000.0 + PAUSES[0], 1000.0 + PAUSES[0] + PAUSES[1]]


async def test_a_webhook_that_is_no_more(tmp_path):
    """A key whose webhook was taken out of the configuration is told nothing, and its answers may go."""
    scene = Scene(tmp_path, hook=None)
    scene.ended()
    await scene.tell_all()
    scene.store.sweep(9e10)
    assert scene.store.find("ans_1") is None


async def test_what_is_to_be_told_stays(tmp_path):
    """As long as a webhook has still to be told, the answer is not dropped, however old."""
    scene = Scene(tmp_path, 500, 200)
    scene.ended()
    await scene.deliveries.tell()
    scene.store.sweep(9e10)
    assert scene.store.find("ans_1") is not None
    await scene.tell_all()
    scene.store.sweep(9e10)
    assert scene.store.find("ans_1") is None


async def test_a_row_that_cannot_be_read(tmp_path):
    """What cannot be opened is told to the operator, given up, and holds up nobody else."""
    scene = Scene(tmp_path, 200)
    scene.ended("ans_1")
    scene.ended("ans_2")
    with scene.store._database.work() as connection:
        connection.execute("UPDATE kept_questions SET content = x'00' WHERE id = 'ans_1'")
    await scene.tell_all()
    assert [headers["webhook-id"] for _, headers, _ in scene.posts] == ["ans_2"]
    assert "ans_1" in scene.notices[0]


async def test_it_runs_by_itself(tmp_path):
    """Once started it tells what is there, and what it is woken for; a real receiver can check the signature."""
    async with Receiver(204) as receiver:
        allowed = Outbound(lambda: ["127.0.0.1"])
        scene = Scene(tmp_path, hook=Hook(receiver.url, SECRET), post=allowed.post)
        scene.ended("ans_1")
        scene.deliveries.start()
        await receiver.until(1)
        scene.ended("ans_2")
        scene.deliveries.wake()
        await receiver.until(2)
        await scene.deliveries.close()
    assert [told["id"] for _, told in receiver.told] == ["ans_1", "ans_2"]


async def test_a_store_that_fails(tmp_path):
    """While the store cannot be read the operator is told, and the deliveries go on afterwards."""
    scene = Scene(tmp_path, 200)
    failed, real = threading.Event(), scene.store.to_tell

    def to_tell(before):
        if not failed.is_set():
            failed.set()
            raise StoreError("the disk is gone")
        return real(before)

    scene.store.to_tell = to_tell
    scene.ended()
    scene.deliveries.start()
    async with asyncio.timeout(10):
        while not scene.notices:
            await asyncio.sleep(0)
        scene.deliveries.wake()
        while not scene.posts:
            await asyncio.sleep(0.001)
    await scene.deliveries.close()
    assert "cannot be read" in scene.notices[0]
