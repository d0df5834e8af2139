"""The labelling terminal, driven by a script of keys, and once by a real pseudo-terminal."""

from __future__ import annotations

import io
import os
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from rich.console import Console

from agent.copies import MomentsCopy
from evals.judges.rubric import load_rubric
from evals.label_items import Item, pair_items, score_items, shuffled
from evals.label_store import LabelStore
from evals.label_ui import Session, label_all, readable
from knowledge_base.workspace import Workspace
from tests.evals.judges.judging import sampled
from tests.evals.judges.label_helpers import TEXTS, one_variant, store_run, two_variants

CTRL_C, CTRL_D = "\x03", "\x04"


def keys_of(script: Iterable[str]) -> Callable[[], str]:
    pressed = iter(script)

    def read() -> str:
        key = next(pressed)
        if key == CTRL_C:
            raise KeyboardInterrupt
        if key == CTRL_D:
            raise EOFError
        return key

    return read


class Desk:
    def __init__(self, folder: Path, *, pairs: bool = False) -> None:
        self.workspace = Workspace(folder)
        rubric = load_rubric("human_voice", self.workspace)
        run = two_variants() if pairs else one_variant()
        self.items: tuple[Item, ...] = pair_items(run, rubric) if pairs else score_items(run, rubric)
        self.store = LabelStore(folder / "labels.jsonl")
        self.screen = ""

    def sit(self, *script: str, by: str = "张三") -> Session:
        console = Console(file=io.StringIO(), width=100)
        session = label_all(
            self.items, self.store, by=by, keys=keys_of(script), console=console, workspace=self.workspace
        )
        self.screen = console.file.getvalue()  # type: ignore[attr-defined]
        return session

    def values(self, by: str = "张三") -> list[str]:
        known = {label.unit: label.value for label in self.store.read() if label.by == by}
        return [known.get(item.unit, "") for item in shuffled(self.items, by)]


def test_one_key_each_to_the_end(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    session = desk.sit("1", "5", "3", "4", " ")
    assert (session.done, session.left) == (4, 0)
    assert desk.values() == ["1", "5", "3", "4"]
    assert "第 4 / 4 条" in desk.screen
    assert all(text in desk.screen for text in TEXTS)


def test_it_goes_on_where_it_stopped(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    assert desk.sit("2", "q").left == 3
    session = desk.sit("3", "4", "5", "x")
    assert (session.before, session.done, session.left) == (1, 3, 0)
    assert desk.values() == ["2", "3", "4", "5"]
    assert desk.sit().total == 4, "nothing left to ask"


@pytest.mark.parametrize(
    "end", [CTRL_C, CTRL_D, "q", "Q", "ｑ"], ids=["ctrl-c", "ctrl-d", "q", "capital", "full width"]
)
def test_every_way_out_keeps_what_was_said(end: str, tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.sit("2", end)
    assert desk.values() == ["2", "", "", ""]


def test_undo_goes_back_one_and_asks_again(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    session = desk.sit("1", "2", "u", "5", "q")
    assert desk.values() == ["1", "5", "", ""]
    assert (session.done, session.withdrawn) == (2, 1)
    again = desk.sit("u", "4", "q")
    assert desk.values() == ["1", "5", "4", ""], "an earlier sitting cannot be undone by accident"
    assert again.withdrawn == 0


def test_the_last_one_can_be_taken_back_too(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    session = desk.sit("1", "2", "3", "4", "u", "u", "5", "2", "x")
    assert desk.values() == ["1", "2", "5", "2"]
    assert (session.done, session.withdrawn, session.left) == (4, 2, 0)
    assert desk.screen.count("标完了。u 撤回上一条") == 2
    other = Desk(tmp_path / "另一处")
    assert other.sit("1", "1", "1", "1", "u", "q").left == 1


def test_undo_of_a_skip(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    session = desk.sit("s", "u", "3", "q")
    assert desk.values() == ["3", "", "", ""]
    assert (session.done, session.skipped) == (1, 0)


def test_skipped_is_not_asked_again_and_is_no_level(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.sit("s", "q")
    assert desk.values()[0] == "skip"
    assert desk.sit("5", "q").before == 1


@pytest.mark.parametrize("key", ["9", "0", "x", "\x1b[A", "\r", " ", "6", "，"])
def test_other_keys_do_nothing(key: str, tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.sit(key, "3", "q")
    assert desk.values() == ["3", "", "", ""]


def test_full_width_digits_of_an_input_method(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.sit("４", "q")
    assert desk.values()[0] == "4"


def test_help_shows_the_whole_rubric(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.sit("h", "q")
    for level in desk.items[0].rubric.levels:
        assert level.text[:12] in desk.screen.replace("\n", "")


def test_a_pair_is_told_apart_by_place_and_kept_by_text(tmp_path: Path) -> None:
    desk = Desk(tmp_path, pairs=True)
    desk.sit("1", "2", "0", "s", " ")
    labels = {label.unit: label for label in desk.store.read()}
    first, second, third, fourth = (labels[item.unit] for item in shuffled(desk.items, "张三"))
    assert first.value == first.drafts[0]
    assert second.value == second.drafts[1]
    assert (third.value, fourth.value) == ("tie", "skip")


def test_nothing_on_the_screen_says_who_wrote_it(tmp_path: Path) -> None:
    desk = Desk(tmp_path, pairs=True)
    desk.sit("q")
    for item in desk.items:
        for one in item.samples:
            for secret in (one.draft.id, one.draft.model, one.case.id, item.unit):
                assert secret not in desk.screen
    assert "离线" not in desk.screen


def test_what_a_judge_reads_beside_the_copy_is_shown_to_people(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    desk = Desk(tmp_path)
    desk.items = score_items(one_variant(), load_rubric("persona_fit", workspace))
    desk.sit("q")
    assert "备考研究生" in desk.screen
    assert "人设" in desk.screen


def test_copy_cannot_drive_the_terminal() -> None:
    shown = readable(sampled(MomentsCopy(text="好\x1b[2J\x1b]0;标题\x07喝\u202e\r\x9b31m[red]红[/red]")))
    assert shown == "好[2J]0;标题喝31m[red]红[/red]"


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")
def test_in_a_real_terminal(workspace_dir: Path) -> None:
    """The command itself, in a process of its own, typed at like a person would."""
    import pty

    workspace = Workspace(workspace_dir)
    store_run(workspace, one_variant())
    command = "import sys, cli; sys.exit(cli.run(['eval', 'label', '小套', '--by', '张三']))"
    root = Path(__file__).parent.parent.parent
    environment = {**os.environ, "PYTHONPATH": str(root), "TERM": "xterm", "COLUMNS": "100", "LINES": "60"}
    master, slave = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-c", command], stdin=slave, stdout=slave, stderr=slave, env=environment, close_fds=True
    )
    os.close(slave)
    try:
        for expected, typed in (("第 1 / 4", b"4"), ("第 2 / 4", b"u"), ("第 1 / 4", b"5"), ("第 2 / 4", b"q")):
            _until(master, f"{expected} 条")
            _until_it_listens(master)
            os.write(master, typed)
        _until(master, "还剩 3 条")
        assert child.wait(60) == 0
    finally:
        child.kill()
        child.wait()
        os.close(master)
    (label,) = LabelStore.open(workspace).read()
    assert (label.value, label.by) == ("5", "张三")


def _until(master: int, wanted: str, seconds: float = 60) -> None:
    """Reads the terminal until it shows `wanted`."""
    seen = b""
    end = time.monotonic() + seconds
    while wanted.encode() not in seen:
        ready, _, _ = select.select([master], [], [], 1)
        assert time.monotonic() < end, seen.decode("utf-8", "replace")
        if ready:
            seen += os.read(master, 65536)


def _until_it_listens(master: int, seconds: float = 60) -> None:
    """Keys typed before a program asks for single keys are thrown away, as by any terminal."""
    import termios

    end = time.monotonic() + seconds
    while termios.tcgetattr(master)[3] & termios.ICANON:
        assert time.monotonic() < end
        time.sleep(0.02)
