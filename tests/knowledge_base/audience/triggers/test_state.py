"""What is kept of people: no more than is needed, gone when it matters no more or when they ask."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("polars")

from knowledge_base.audience.privacy.erasers import Person
from knowledge_base.audience.store import AudienceStore
from knowledge_base.audience.triggers import hits, people
from knowledge_base.audience.triggers.admission import Admission
from knowledge_base.audience.triggers.database import NAME, only_watcher
from knowledge_base.audience.triggers.rights import drafts_about, explain_triggers, forget_in_triggers
from knowledge_base.errors import StorageError
from knowledge_base.workspace import Workspace
from tests.knowledge_base.audience.triggers.streams import Shop, event, rules

USER, OTHER = "00112233445566aa", "ffeeddccbbaa9988"
CART = {"when": "加购未买", "after": "2h", "cooldown": "1d"}
STOCK = {"when": "到货", "within": "9d"}


def count(shop: Shop, table: str) -> int:
    return int(shop.database.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0])


def test_people_with_nothing_pending_are_let_go(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "t.db", rules(CART, STOCK))
    crowd = [event("2026-11-20 12:00:00", action, user=f"u{i}") for i in range(500) for action in ("阅读", "点赞")]
    shop.take(crowd, "2026-11-20 13:00:00")
    assert (count(shop, "people"), count(shop, "waiting")) == (0, 0)
    shop.take([event("2026-11-20 14:00:00", "加购")], "2026-11-20 15:00:00")
    assert (count(shop, "people"), count(shop, "wants")) == (1, 1)
    # The hit is remembered for cooldown and limits, then there is nothing left of the person.
    shop.take([], "2026-11-21 12:00:00")
    assert count(shop, "people") == 1
    shop.take([], "2026-12-05 12:00:00")
    assert (count(shop, "people"), count(shop, "wants"), count(shop, "hits")) == (0, 0, 1)


def test_memory_holds_a_few_and_the_rest_is_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "MOST", 10)
    shop = Shop(tmp_path / "t.db", rules(CART, STOCK))
    carts = [event(f"2026-11-20 12:{i // 60:02}:{i % 60:02}", "加购", user=f"u{i}") for i in range(600)]
    for start in range(0, 600, 50):
        shop.take(carts[start : start + 50], "2026-11-20 13:00:00", complete=False)
        assert len(shop.engine._people._known) <= 10  # the point of the test
    bought = [event("2026-11-20 13:30:00", "购买", user=f"u{i}") for i in range(0, 600, 2)]
    taken = shop.take([*bought, event("2026-11-20 15:00:00", "到货", user="")], "2026-11-20 16:00:00")
    assert {hit.user for hit in taken.hits} == {f"u{i}" for i in range(1, 600, 2)}
    assert len(taken.hits) == 600


def test_forgotten_everywhere_even_while_somebody_watches(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    shop = Shop(workspace.data / NAME, rules(CART, STOCK))
    for user in (USER, OTHER):
        shop.take([event("2026-11-20 09:00:00", "加购", "q", user)], "2026-11-20 09:00:00")
        shop.take([event("2026-11-20 14:00:00", "加购", "p", user)], "2026-11-20 14:15:00")
        shop.take([event("2026-11-20 14:30:00", "加购", "r", user)], "2026-11-20 14:30:00")
    assert all(shop.database.execute(f"SELECT 1 FROM {t} WHERE user = ?", (USER,)).fetchone()
               for t in ("people", "wants", "waiting", "hits"))  # fmt: skip
    person = Person(USER, "oYXJ1")
    assert forget_in_triggers(workspace, person) > 3
    assert forget_in_triggers(workspace, person) == 0
    assert USER.encode() not in b"".join(path.read_bytes() for path in workspace.data.iterdir())
    # The watcher had them in memory.
    shop.take([event("2026-11-20 15:00:00", "阅读", "p", OTHER)], "2026-11-20 15:30:00")
    shop.take([], "2026-12-01 12:00:00")
    assert {row[1] for row in shop.kept()} == {OTHER}
    assert USER.encode() not in b"".join(path.read_bytes() for path in workspace.data.iterdir())


def test_forgetting_where_nobody_ever_watched(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    assert forget_in_triggers(workspace, Person(USER, "")) == 0
    assert drafts_about(workspace, USER) == ()
    with AudienceStore.open(workspace) as store:
        assert list(explain_triggers(store, USER)) == []
    assert not workspace.data.exists()


def test_why_somebody_was_written_to(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    shop = Shop(workspace.data / NAME, rules(CART))
    taken = shop.take([event("2026-11-20 12:00:00", "加购", "p", USER)], "2026-11-20 14:30:00")
    shop.take([event("2026-11-20 15:00:00", "加购", "q", USER)], "2026-11-20 15:30:00")
    hits.settle(shop.database, taken.hits[0].id, "drafted", draft="d_1")
    with AudienceStore.open(workspace) as store:
        said = list(explain_triggers(store, USER))
    assert len(said) == 2
    assert all(word in said[0] for word in ("2026-11-20 14:00", "r0", "p", "写了一稿"))
    assert all(word in said[1] for word in ("q", "2026-11-20 17:00"))
    assert drafts_about(workspace, USER) == ("d_1",)


def test_consent_counts_as_it_is_now(tmp_path: Path) -> None:
    def answer(user: str, granted: int, purpose: str = "营销") -> None:
        with AudienceStore.open(Workspace(tmp_path)) as other:
            other.database.execute("INSERT OR REPLACE INTO consent VALUES (?, ?, ?, '', '')", (user, purpose, granted))

    answer("yes", 1)
    answer("no", 0)
    answer("other", 1, "推荐")
    asked = ("yes", "no", "other", "never")
    with AudienceStore.open(Workspace(tmp_path)) as store:
        strict, kind = Admission(store), Admission(store, assume=True)
        assert strict(asked) == {"yes"}
        assert kind(asked) == {"yes", "other", "never"}
        answer("yes", 0)
        answer("never", 1)
        assert strict(asked) == {"never"}
        mark = store.pseudonyms.mark("never")
        with AudienceStore.open(Workspace(tmp_path)) as other:
            other.database.execute("INSERT INTO forgotten VALUES (?, '', 0)", (mark,))
        assert strict(asked) == frozenset()
        assert kind(asked) == {"other"}


def test_two_watchers_of_one_workspace(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path\n"
        "from knowledge_base.audience.triggers.database import only_watcher\n"
        "with only_watcher(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
    )
    root = Path(__file__).parents[4]
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline().strip() == b"held"
        with pytest.raises(StorageError, match="另一个"), only_watcher(tmp_path):
            pass
        # However it dies, the system lets go of the lock.
        other.kill()
        other.wait()
    with only_watcher(tmp_path):
        pass


def test_another_stream_after_a_reset_and_no_hit_twice(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "t.db", rules(CART))
    sent = [event("2026-11-20 12:00:00", "加购")]
    assert len(shop.take(sent, "2026-11-21 12:00:00").hits) == 1
    assert shop.take([event("2026-11-19 12:00:00", "加购", "q")], "2026-11-21 12:00:00").counts["late"] == 1
    shop.engine.reset()
    shop.take([*sent, event("2026-11-19 12:00:00", "加购", "q")], "2026-11-21 12:00:00")
    assert [row[2] for row in shop.kept()] == ["q", "p"]
