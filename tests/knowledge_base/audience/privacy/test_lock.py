"""Locked data: whole, unreadable, only with the right passphrase, and never half after a kill."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge_base.audience.privacy import lockbox, sealed
from knowledge_base.audience.privacy.lockbox import LockedError, lock, locked, unlock
from knowledge_base.audience.privacy.sealed import SealedReader, SealingWriter, WrongKeyError
from knowledge_base.audience.store import AudienceStore
from knowledge_base.errors import StorageError, UsageError
from knowledge_base.workspace import Workspace
from tests.conftest import Ran

WORD = "三碗不过冈 42"
Wenan = Callable[..., Ran]


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cost of guessing is not what is tested."""
    monkeypatch.setattr(sealed, "N", 1 << 4)


def sealed_bytes(plain: bytes, word: str = WORD) -> bytes:
    target = io.BytesIO()
    writer = SealingWriter(target, word)
    writer.write(plain)
    writer.finish()
    return target.getvalue()


def opened(body: bytes, word: str = WORD) -> bytes:
    return SealedReader(io.BytesIO(body), word).read()


@given(st.binary(max_size=400), st.integers(1, 64), st.integers(1, 50))
@settings(deadline=None, max_examples=60)
def test_what_goes_in_comes_out(plain: bytes, chunk: int, step: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sealed, "CHUNK", chunk)
        body = sealed_bytes(plain)
        assert opened(body) == plain
        reader = SealedReader(io.BytesIO(body), WORD)
        assert b"".join(iter(lambda: reader.read(step), b"")) == plain


@given(st.data())
@settings(deadline=None, max_examples=80)
def test_any_changed_or_missing_byte_is_noticed(data: st.DataObject) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sealed, "CHUNK", 32)
        body = sealed_bytes(b"0123456789" * 10)
        place = data.draw(st.integers(0, len(body) - 1))
        if data.draw(st.booleans(), label="cut"):
            broken = body[:place]
        else:
            broken = body[:place] + bytes([body[place] ^ data.draw(st.integers(1, 255))]) + body[place + 1 :]
        with pytest.raises(StorageError):
            opened(broken)


def test_chunks_cannot_be_dropped_or_swapped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealed, "CHUNK", 32)
    body = sealed_bytes(b"a" * 32 + b"b" * 32 + b"c" * 10)
    head, size = sealed._HEADER.size, 32 + sealed.TAG
    first, second, last = body[head : head + size], body[head + size : head + 2 * size], body[head + 2 * size :]
    for order in (first + last, second + first + last, first + second, first + second + last + last):
        with pytest.raises(StorageError):
            opened(body[:head] + order)


def test_a_wrong_passphrase_says_so() -> None:
    with pytest.raises(WrongKeyError, match="口令不对"):
        opened(sealed_bytes(b"x"), "别的口令")


def test_equal_data_never_look_equal() -> None:
    assert sealed_bytes(b"x" * 100) != sealed_bytes(b"x" * 100)


def snapshot(folder: Path) -> dict[str, bytes]:
    names = ("audience", "audience.db")
    paths = [path for name in names for path in (folder / name, *(folder / name).rglob("*")) if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def test_locked_data_are_unreadable_and_come_back_the_same(full: AudienceStore) -> None:
    data = full.workspace.data
    events = full.events().collect()
    user, item, text = events["user"][0], events["item"].drop_nulls()[0], full.messages().collect()["text"][0]
    full.save_card("意向", {"auc": 0.9})
    full.close()
    before = snapshot(data)
    found = lock(data, WORD)
    assert found.files == len(before)
    assert found.size == sum(map(len, before.values()))
    assert sorted(path.name for path in data.iterdir() if not path.name.endswith(".lock")) == [
        "audience.key",
        "audience.locked",
    ]
    if os.name == "posix":
        assert (data / "audience.locked").stat().st_mode & 0o777 == 0o600
    body = (data / "audience.locked").read_bytes()
    for known in (user, item, text, "audience.db", "events", "SQLite", "PAR1", "购买"):
        assert str(known).encode() not in body
    for call in (lambda: AudienceStore.open(full.workspace), lambda: lockbox.need_unlocked(data)):
        with pytest.raises(LockedError, match="锁着"):
            call()
    with pytest.raises(WrongKeyError):
        unlock(data, "不是这个口令")
    assert (data / "audience.locked").read_bytes() == body
    assert unlock(data, WORD) == found
    assert snapshot(data) == before
    with AudienceStore.open(full.workspace) as store:
        assert store.cards()["意向"]["auc"] == 0.9
        assert store.events().collect().equals(events)


def test_what_cannot_be_done_says_so(full: AudienceStore, tmp_path: Path) -> None:
    data = full.workspace.data
    with pytest.raises(UsageError, match="没有锁着"):
        unlock(data, WORD)
    with pytest.raises(UsageError, match="没有人群数据"):
        lock(tmp_path / "没有", WORD)
    full.close()
    lock(data, WORD)
    with pytest.raises(UsageError, match="已经锁着"):
        lock(data, WORD)
    body = (data / "audience.locked").read_bytes()
    (data / "audience.locked").write_bytes(body[:-1])
    with pytest.raises(StorageError, match="不完整"):
        unlock(data, WORD)
    # Nothing was let out.
    assert not (data / "audience.db").exists()
    assert not (data / "audience").exists()


# Every call that changes the disk is counted in a child of this process; the child ends itself, as a kill does, at the
# chosen one, and the parent looks at what is left.
KILLER = """
import os, shutil, sys
from pathlib import Path
from knowledge_base.audience.privacy import lockbox, sealed
sealed.N = 16
verb, template, place = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])

def run(at):
    count = 0
    def counted(owner, name):
        kept = getattr(owner, name)
        def call(*args, **values):
            nonlocal count
            if count == at:
                os._exit(9)
            count += 1
            return kept(*args, **values)
        setattr(owner, name, call)
    for owner, name in ((Path, "replace"), (Path, "unlink"), (Path, "mkdir"), (shutil, "rmtree"), (os, "fsync"),
                        (os, "unlink"), (os, "rmdir"), (sealed.SealingWriter, "_seal"), (sealed.SealedReader, "_open")):
        counted(owner, name)
    getattr(lockbox, verb)(place, "word word")
    os._exit(0)

for at in range(200):
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(template, place)
    child = os.fork()
    if not child:
        run(at)
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    plain = not lockbox.locked(place)
    if plain:
        # Old whole (lock) or new whole (unlock).
        files = {p.relative_to(place).as_posix(): p.read_bytes() for p in place.rglob("*") if p.is_file()}
        assert files["audience/events/a.parquet"] == b"PAR1" * 400_000, at
        assert files["audience/x.json"] == b"{}", at
        assert (place / "audience.db").is_file(), at
    else:
        with (place / "audience.locked").open("rb") as source:
            assert lockbox._examine(source, "word word").files == 3, at
    # The next command goes on from there.
    if plain:
        lockbox.lock(place, "word word")
    lockbox.unlock(place, "word word")
    left = sorted(p.relative_to(place).as_posix() for p in place.rglob("*") if p.is_file() and p.suffix != ".lock")
    assert left == ["audience.db", "audience/events/a.parquet", "audience/x.json"], (at, left)
    if ended == 0:
        break
else:
    raise SystemExit("never came to its end")
print("killed", at)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a kill is played with fork")
@pytest.mark.parametrize("verb", ["lock", "unlock"])
def test_a_kill_leaves_old_or_new_whole(tmp_path: Path, verb: str) -> None:
    import sqlite3

    data = tmp_path / "数据"
    (data / "audience" / "events").mkdir(parents=True)
    (data / "audience" / "events" / "a.parquet").write_bytes(b"PAR1" * 400_000)
    (data / "audience" / "x.json").write_bytes(b"{}")
    database = sqlite3.connect(data / "audience.db")
    database.execute("CREATE TABLE t (x)")
    database.close()
    if verb == "unlock":
        lock(data, "word word")
    done = subprocess.run(
        [sys.executable, "-c", KILLER, verb, str(data), str(tmp_path / "试")],
        check=False, capture_output=True, text=True, timeout=300, cwd=Path(__file__).parents[4],
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[-1]) >= 6


def test_commands(full: AudienceStore, wenan: Wenan, monkeypatch: pytest.MonkeyPatch) -> None:
    full.close()
    monkeypatch.setenv("WENAN_HOME", str(full.workspace.root))
    ran = wenan("audience", "lock")
    assert ran.code == 2
    assert "WENAN_AUDIENCE_PASSPHRASE" in ran.err
    monkeypatch.setenv("WENAN_AUDIENCE_PASSPHRASE", "短")
    assert "至少 8 个字符" in wenan("audience", "lock").err
    monkeypatch.setenv("WENAN_AUDIENCE_PASSPHRASE", WORD)
    assert "锁好了" in wenan("audience", "lock").out
    assert locked(full.workspace.data)
    for words in (["status"], ["segments"], ["report"], ["forget", "u1", "--yes"], ["why", "u1"], ["messages", "你好"]):
        ran = wenan("audience", *words)
        assert ran.code == 5, words
        assert "wenan audience unlock" in ran.err
    monkeypatch.setenv("WENAN_AUDIENCE_PASSPHRASE", "别的口令啊啊啊啊")
    ran = wenan("audience", "unlock")
    assert (ran.code, "口令不对" in ran.err) == (5, True)
    monkeypatch.setenv("WENAN_AUDIENCE_PASSPHRASE", WORD)
    assert "解开了" in wenan("audience", "unlock").out
    assert wenan("audience", "status").code == 0


def test_a_kill_between_is_told(full: AudienceStore) -> None:
    data: Path = full.workspace.data
    full.close()
    shutil.copytree(data / "audience", data.parent / "留")
    lock(data, WORD)
    shutil.move(data.parent / "留", data / "audience")
    with pytest.raises(LockedError, match="没有锁完"):
        AudienceStore.open(Workspace(full.workspace.root))
    with pytest.raises(UsageError, match="刚才清掉了"):
        lock(data, WORD)
    assert not (data / "audience").exists()
