"""What changed between two texts, in pieces that a person can read: words in Latin script, single 字 in Chinese."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from rich.text import Text

Change = Literal["same", "del", "ins"]
_TOKEN = re.compile(r"[A-Za-z]+(?:['’][A-Za-z]+)*|[0-9]+(?:\.[0-9]+)?|\s+|.", re.DOTALL)
# An island of this many tokens or fewer between two changes reads better as part of them.
ISLAND_TOKENS = 2


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text: in both, only in the old (`del`), or only in the new (`ins`)."""

    change: Change
    text: str


def word_diff(old: str, new: str) -> tuple[Piece, ...]:
    """Pieces in reading order; `same` + `del` joined give the old text, `same` + `ins` the new one."""
    from rapidfuzz.distance import Indel

    a, b = _TOKEN.findall(old), _TOKEN.findall(new)
    runs: list[tuple[bool, list[str], list[str]]] = []
    for code in Indel.opcodes(a, b):
        gone, come = a[code.src_start : code.src_end], b[code.dest_start : code.dest_end]
        _append(runs, code.tag == "equal", gone, come)
    return tuple(_pieces(_without_islands(runs)))


def _append(runs: list[tuple[bool, list[str], list[str]]], same: bool, gone: list[str], come: list[str]) -> None:
    if runs and runs[-1][0] == same:
        runs[-1] = (same, runs[-1][1] + gone, runs[-1][2] + come)
    else:
        runs.append((same, gone, come))


def _without_islands(runs: list[tuple[bool, list[str], list[str]]]) -> list[tuple[bool, list[str], list[str]]]:
    """Joins changes that only a stray 字 or two keep apart; a chance match says nothing to a reader."""
    joined: list[tuple[bool, list[str], list[str]]] = []
    for i, (same, gone, come) in enumerate(runs):
        inner = 0 < i < len(runs) - 1
        if same and inner and len(gone) <= ISLAND_TOKENS and "\n" not in "".join(gone):
            around = sum(len(run[1]) + len(run[2]) for run in (runs[i - 1], runs[i + 1]))
            same = around <= 2 * len(gone)
        _append(joined, same, gone, come)
    return joined


def _pieces(runs: list[tuple[bool, list[str], list[str]]]) -> Iterable[Piece]:
    for same, gone, come in runs:
        if same:
            yield Piece("same", "".join(gone))
            continue
        if gone:
            yield Piece("del", "".join(gone))
        if come:
            yield Piece("ins", "".join(come))


def abridged(pieces: Iterable[Piece], around: int = 24) -> tuple[Piece, ...]:
    """Only the changes with a few characters before and behind; what is left out shows as ……."""
    shown = []
    for piece in pieces:
        text = piece.text
        if piece.change == "same" and len(text) > 2 * around:
            text = f"{text[:around]}……{text[-around:]}"
        shown.append(Piece(piece.change, text))
    return tuple(shown)


def as_plain(pieces: Iterable[Piece]) -> str:
    """`[-old-]{+new+}`, for pipes and files."""
    marks = {"same": ("", ""), "del": ("[-", "-]"), "ins": ("{+", "+}")}
    return "".join(f"{marks[p.change][0]}{p.text}{marks[p.change][1]}" for p in pieces)


def as_rich(pieces: Iterable[Piece]) -> Text:
    """For a terminal: struck red and underlined green."""
    from rich.text import Text

    styles = {"same": "", "del": "red strike", "ins": "green underline"}
    return Text.assemble(*((p.text, styles[p.change]) for p in pieces))
