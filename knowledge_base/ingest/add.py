"""`kb add`: files -> records -> knowledge base. Good rows go in, bad ones are told; re-adding changes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Protocol

from knowledge_base.base import UpsertReport
from knowledge_base.errors import BadInputError
from knowledge_base.ingest.build import Wanted, read_file
from knowledge_base.ingest.files import READABLE, expand
from knowledge_base.ingest.plan import check_mapping
from knowledge_base.ingest.report import AddReport, MappingNote, Problem
from knowledge_base.records import Kind, Record

Progress = Callable[[int, int], None]
"""Told (done, total) records while they are written."""


class Shelf(Protocol):
    """What adding needs of the knowledge base."""

    def upsert(self, records: Sequence[Record], *, progress: Callable[[int], None] | None = None) -> UpsertReport: ...

    def remove(self, ids: Iterable[str]) -> int: ...

    def files(self) -> Mapping[str, tuple[str, ...]]: ...


class StrictError(BadInputError):
    """`--strict` and something was wrong: nothing was written. `report` says what."""

    def __init__(self, report: AddReport) -> None:
        self.report = report
        super().__init__(f"有 {len(report.problems)} 处问题，按 --strict 什么都没写入", hint="改好上面列出的行再试。")


def add(
    kb: Shelf,
    paths: Sequence[Path],
    *,
    root: Path | None = None,
    kind: Kind | None = None,
    brand: str = "",
    mapping: Mapping[str, str] | None = None,
    strict: bool = False,
    sync: bool = False,
    progress: Progress | None = None,
) -> AddReport:
    """Reads every file, then writes all good records.

    `root` makes stored file names relative. With `sync`, records of these files or folders that are no longer there
    are removed (restorable). Raises BadInputError for a missing path, UsageError for a bad mapping, StrictError.
    """
    mapping = mapping or {}
    check_mapping(mapping)
    wanted = Wanted(kind, brand, mapping)
    records: dict[str, Record] = {}
    problems: list[Problem] = []
    mappings: list[MappingNote] = []
    skipped: list[str] = []
    seen: list[str] = []
    for path, outright in expand(paths):
        name = stored_name(path, root)
        if path.suffix.lower() not in READABLE:
            if outright:
                problems.append(Problem(name, None, "不是能读的格式", f"能读：{'、'.join(sorted(READABLE))}。"))
            else:
                skipped.append(name)
            continue
        result = read_file(path, name, wanted)
        problems += result.problems
        mappings += result.mappings
        seen.append(name)
        for record in result.records:
            earlier = records.get(record.id)
            if earlier is not None and earlier.source.sha256 != record.source.sha256:
                place = f"{earlier.source.file}:{earlier.source.row or ''}".rstrip(":")
                problems.append(
                    Problem(name, record.source.row, f"编号「{record.id}」已在 {place} 出现，这一行没有放进去")
                )
                continue
            records[record.id] = record
    counts = Counter(record.kind for record in records.values())
    report = AddReport(
        files=len(seen), kinds=counts, problems=tuple(problems), mappings=tuple(mappings), skipped=tuple(skipped)
    )
    if strict and problems:
        raise StrictError(report)
    written = kb.upsert(list(records.values()), progress=_progress(progress, len(records)))
    removed = kb.remove(_gone(kb, paths, root, seen, records, problems)) if sync else 0
    return AddReport(
        added=len(written.added),
        changed=len(written.changed),
        unchanged=len(written.unchanged),
        removed=removed,
        files=report.files,
        kinds=counts,
        problems=report.problems,
        mappings=report.mappings,
        skipped=report.skipped,
    )


def stored_name(path: Path, root: Path | None) -> str:
    """Relative to `root` where the file lies inside, with forward slashes on every system."""
    absolute = path.resolve()
    if root is not None and absolute.is_relative_to(root.resolve()):
        return absolute.relative_to(root.resolve()).as_posix()
    return absolute.as_posix()


def _gone(
    kb: Shelf,
    paths: Sequence[Path],
    root: Path | None,
    seen: Sequence[str],
    records: Mapping[str, Record],
    problems: Sequence[Problem],
) -> list[str]:
    """Ids whose row or file vanished. A file that could not be read in full proves nothing, so its records stay."""
    doubtful = {problem.file for problem in problems}
    folders = [PurePosixPath(stored_name(path, root)) for path in paths]
    gone = []
    for file, ids in kb.files().items():
        under = any(folder == PurePosixPath(file) or folder in PurePosixPath(file).parents for folder in folders)
        if file not in doubtful and (file in seen or under):
            gone += [id for id in ids if id not in records]
    return gone


def _progress(progress: Progress | None, total: int) -> Callable[[int], None] | None:
    if progress is None:
        return None
    done = 0

    def tell(more: int) -> None:
        nonlocal done
        done += more
        progress(done, total)

    return tell
