"""A suite as the lab knows it: cases not yet resolved against knowledge, and how they are to be run and judged."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agent.brief import Form
from agent.options import FORMS, Wish
from evals.records import Expectation, Variant
from knowledge_base.errors import BadInputError
from knowledge_base.records import Channel
from knowledge_base.workspace import Workspace

SHIPPED = Path(__file__).resolve().parent / "suites"
SUFFIXES = (".yaml", ".yml", ".jsonl", ".json")


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteCase:
    """A case as written; `evals.snapshots` turns it into a `Case` with a resolved brief."""

    id: str
    channel: Channel
    wish: Wish
    expect: Expectation = field(default_factory=Expectation)
    tags: tuple[str, ...] = ()
    note: str = ""
    must_pass: bool = False
    documents: tuple[tuple[str, str], ...] = ()
    group: str = ""
    line: int | None = None

    @property
    def form(self) -> Form:
        return FORMS[self.channel][self.wish.form]


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    name: str
    path: Path
    file: str
    """The path as messages show it."""
    sha256: str
    """Of the file's bytes, 64 hex digits."""
    cases: tuple[SuiteCase, ...]
    knowledge: tuple[str, ...] = ("workspace",)
    variants: tuple[Variant, ...] = ()
    """Prompts x models; the model is empty where the suite leaves it to the command line."""
    samples: int = 1
    attempts: int = 1
    scorers: tuple[str, ...] = ()
    """Names; empty for the default set of the forms."""
    judges: tuple[Any, ...] = ()
    """As written; evals/judges reads them."""
    gates: tuple[str, ...] = ()
    seed: int = 1
    description: str = ""
    tags: tuple[str, ...] = field(default=())
    """Every tag of the cases, sorted."""

    @property
    def forms(self) -> frozenset[Form]:
        return frozenset(case.form for case in self.cases)


def load_suite(path: Path | str, workspace: Workspace) -> Suite:
    """The suite in a file, or the one of this name: see `namesakes`.

    Nothing is resolved against knowledge yet. Raises BadInputError naming file, line and field.
    """
    # Values alone are wanted where suites only travel: the schema library stays out of there.
    from evals.suite_parse import read_suite

    found = find_suite(path, workspace)
    return read_suite(found, shown_path(found, workspace))


def find_suite(wanted: Path | str, workspace: Workspace) -> Path:
    """The file that a path or name means. Raises BadInputError listing what there is."""
    if found := namesakes(wanted, workspace):
        return found[0]
    names = "、".join(
        sorted({file.stem for folder in (workspace.root / "evals", SHIPPED) for file in suite_files(folder)})
    )
    raise BadInputError(f"没有评测集「{wanted}」", hint=f"写文件路径，或用现有的：{names or '（一个也没有）'}。")


def namesakes(wanted: Path | str, workspace: Workspace) -> tuple[Path, ...]:
    """Every file that a name could mean; the first is taken.

    What is a file as typed is that file and no other. A name belongs to the workspace's `evals/`, whose suites `eval
    list` shows; then come its root and, after anything of the user's own, the shipped suites.
    """
    path = Path(wanted)
    if path.is_file():
        return (path.resolve(),)
    places = (workspace.root / "evals", workspace.root, SHIPPED)
    candidates = (folder / f"{wanted}{suffix}" for folder in places for suffix in ("", *SUFFIXES))
    return tuple(dict.fromkeys(file.resolve() for file in candidates if file.is_file()))


def suite_files(folder: Path) -> list[Path]:
    """Suite files directly in a folder, sorted."""
    if not folder.is_dir():
        return []
    return sorted(file for file in folder.iterdir() if file.suffix.lower() in SUFFIXES and file.is_file())


def shown_path(path: Path, workspace: Workspace) -> str:
    if path.is_relative_to(SHIPPED):
        return f"evals/suites/{path.relative_to(SHIPPED).as_posix()}"
    return workspace.relative(path)
