"""A growing file: rotated, cut short, half written, read again after a crash. No line lost, none read twice."""

from __future__ import annotations

import gzip
import io
import os
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("polars")

from knowledge_base.audience.triggers import follow
from knowledge_base.audience.triggers.follow import Chunk, Follower, Place
from knowledge_base.audience.triggers.pipe import Pipe
from knowledge_base.errors import BadInputError


def lines(*numbers: int) -> bytes:
    return b"".join(b'{"n": %d}\n' % number for number in numbers)


class Reader:
    """Reads as a program does that is started anew before every read."""

    def __init__(self, path: Path, *, from_start: bool = True, place: Place | None = None) -> None:
        self.path, self.place, self.notes = path, place, list[str]()
        self._from_start = from_start

    def read(self, *, last: bool = False) -> list[bytes]:
        found: list[bytes] = []
        while True:
            chunk = self._step(last)
            found += [line.strip() for _, line in chunk.lines]
            self.notes += chunk.notes
            if chunk.at_end:
                return found

    def _step(self, last: bool) -> Chunk:
        chunk = Follower(self.path, "s", self.place, from_start=self._from_start).read(last=last)
        self.place = chunk.place
        return chunk


def wanted(*numbers: int) -> list[bytes]:
    return lines(*numbers).split(b"\n")[:-1]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "events.jsonl"


def older(path: Path, seconds: int) -> None:
    """The clock of a file's last change, put back: files of one test are all made within a moment."""
    stat = path.stat()
    os.utime(path, (stat.st_atime - seconds, stat.st_mtime - seconds))


def test_lines_as_they_come_and_half_ones_when_they_are_whole(log: Path) -> None:
    log.write_bytes(lines(1, 2) + b'{"n"')
    reader = Reader(log)
    assert reader.read() == wanted(1, 2)
    assert reader.read() == []
    with log.open("ab") as file:
        file.write(b": 3}\n")
    assert reader.read() == wanted(3)
    assert reader.place is not None
    assert reader.place.lines == 3


def test_at_the_end_a_last_line_counts_when_it_is_whole(log: Path) -> None:
    log.write_bytes(lines(1) + b'{"n": 2}')
    assert Reader(log).read(last=True) == wanted(1, 2)
    log.write_bytes(lines(1) + b'{"n": ')
    reader = Reader(log)
    assert reader.read(last=True) == wanted(1)
    with log.open("ab") as file:
        file.write(b"2}\n")
    assert reader.read(last=True) == wanted(2)


def test_from_the_end_only_what_comes_later(log: Path) -> None:
    log.write_bytes(lines(1, 2) + b'{"n": ')
    follower = Follower(log, "s", None, from_start=False)
    assert follower.place.lines == 2
    with log.open("ab") as file:
        file.write(b"3}\n" + lines(4))
    assert [(n, line) for n, line in follower.read().lines] == [(3, b'{"n": 3}'), (4, b'{"n": 4}')]


def test_rotated_away_the_rest_is_read_first(log: Path) -> None:
    log.write_bytes(lines(1, 2))
    reader = Reader(log)
    assert reader.read() == wanted(1, 2)
    with log.open("ab") as file:
        file.write(lines(3))
    log.rename(log.with_name("events.jsonl.1"))
    log.write_bytes(lines(4, 5))
    assert reader.read() == wanted(3, 4, 5)
    assert any("轮转" in note for note in reader.notes)


def test_rotated_several_times_while_nobody_watched(log: Path) -> None:
    log.write_bytes(lines(1, 2))
    reader = Reader(log)
    reader.read()
    log.rename(log.with_name("events.jsonl.3"))
    older(log.with_name("events.jsonl.3"), 30)
    for number, (name, seconds) in enumerate([("events.jsonl.2", 20), ("events.jsonl.1", 10)], 3):
        log.with_name(name).write_bytes(lines(number))
        older(log.with_name(name), seconds)
    log.write_bytes(lines(5))
    assert reader.read() == wanted(3, 4, 5)


def test_between_the_old_file_and_the_new_there_may_be_none(log: Path) -> None:
    log.write_bytes(lines(1))
    reader = Reader(log)
    reader.read()
    log.rename(log.with_name("events.jsonl.1"))
    assert reader.read() == []
    log.write_bytes(lines(2))
    assert reader.read() == wanted(2)


def test_copied_and_cut_short(log: Path) -> None:
    """As logrotate's copytruncate does: the copy has what was not read."""
    log.write_bytes(lines(1, 2))
    reader = Reader(log)
    reader.read()
    with log.open("ab") as file:
        file.write(lines(3))
    shutil.copy2(log, log.with_name("events.jsonl.1"))
    log.write_bytes(lines(4))
    assert reader.read() == wanted(3, 4)


@pytest.mark.parametrize("grown", [(4,), (4, 5, 6, 7, 8)], ids=["shorter", "longer than before"])
def test_cut_short_without_a_copy_is_said(log: Path, grown: tuple[int, ...]) -> None:
    log.write_bytes(lines(1, 2, 3))
    reader = Reader(log)
    reader.read()
    log.write_bytes(lines(*grown))
    assert reader.read() == wanted(*grown)
    assert any("找不到" in note for note in reader.notes)


def test_packed_rotations_are_not_read_as_text(log: Path) -> None:
    log.write_bytes(lines(1))
    reader = Reader(log)
    reader.read()
    log.with_name("events.jsonl.2.gz").write_bytes(gzip.compress(lines(1)))
    log.write_bytes(lines(9))
    assert reader.read() == wanted(9)
    assert any("找不到" in note for note in reader.notes)


def test_a_file_that_was_never_there(log: Path) -> None:
    with pytest.raises(BadInputError, match="没有这个文件"):
        Reader(log).read()


def test_names_with_brackets(tmp_path: Path) -> None:
    log = tmp_path / "日志[1]*.jsonl" if os.name != "nt" else tmp_path / "日志[1].jsonl"
    log.write_bytes(lines(1))
    reader = Reader(log)
    reader.read()
    log.rename(log.with_name(log.name + ".1"))
    log.write_bytes(lines(2))
    assert reader.read() == wanted(2)


def test_a_line_without_end_is_skipped_and_the_next_ones_read(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow, "CHUNK", 64)
    log.write_bytes(lines(1) + b"x" * 500 + b"\n" + lines(2, 3))
    place, found, too_long = None, list[bytes](), list[int]()
    for _ in range(40):
        chunk = Follower(log, "s", place, from_start=True).read()
        place = chunk.place
        found += [line for _, line in chunk.lines]
        too_long += chunk.too_long
    assert (found, too_long) == (wanted(1, 2, 3), [2])
    assert place is not None
    assert place.lines == 4


@settings(deadline=None, max_examples=60, derandomize=True)
@given(data=st.data())
def test_whatever_happens_to_the_file_every_line_once(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    log = tmp_path_factory.mktemp("log") / "e.jsonl"
    log.write_bytes(b"")
    reader, count, found, rotations = Reader(log), 0, list[bytes](), 0
    pending = b""
    for step in data.draw(st.lists(st.sampled_from(["write", "half", "rotate", "copy", "read", "read"]), max_size=14)):
        if step in ("write", "half"):
            count += 1
            line = lines(count)
            whole, pending = pending + line, b""
            if step == "half":
                whole, pending = whole[:-3], whole[-3:]
            with log.open("ab") as file:
                file.write(whole)
        elif step in ("rotate", "copy") and not pending and log.stat().st_size:
            rotations += 1
            # Between two rotations somebody looks: else a copy and its source are one and the same.
            found += reader.read()
            old = log.with_name(f"e.jsonl.{rotations}")
            if step == "rotate":
                log.rename(old)
                log.write_bytes(b"")
            else:
                shutil.copy2(log, old)
                log.write_bytes(b"")
        elif step == "read":
            found += reader.read()
    with log.open("ab") as file:
        file.write(pending)
    found += reader.read()
    assert found == wanted(*range(1, count + 1))


def test_a_pipe_gives_lines_in_batches_and_ends() -> None:
    pipe = Pipe(io.BytesIO(lines(*range(6000)) + b'{"n": 6000}'))
    found, numbers = list[bytes](), list[int]()
    while True:
        chunk = pipe.read(last=True)
        found += [line.strip() for _, line in chunk.lines]
        numbers += [number for number, _ in chunk.lines]
        if chunk.closed:
            break
    assert found == wanted(*range(6001))
    assert numbers == list(range(1, 6002))


def test_a_pipe_skips_lines_that_are_too_long() -> None:
    pipe = Pipe(io.BytesIO(lines(1) + b"x" * (follow.CHUNK * 2 + 5) + b"\n" + lines(2)))
    chunk = pipe.read(last=True)
    while not chunk.closed:
        more = pipe.read(last=True)
        chunk.lines += more.lines
        chunk.too_long += more.too_long
        chunk.closed = more.closed
    assert ([line.strip() for _, line in chunk.lines], chunk.too_long) == (wanted(1, 2), [2])
