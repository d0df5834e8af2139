"""`kb add`: files -> records -> knowledge base. Good rows go in, bad ones are told; re-adding changes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Protocol

from knowledge_base.errors import BadInputError
from knowledge_base.ingest.build import Wanted, read_file
from knowledge_base.ingest.files import OLD, READABLE, Found, expand, stored_name
from knowledge_base.ingest.plan import check_mapping
from knowledge_base.ingest.privacy import Hiding
from knowledge_base.ingest.report import AddReport, MappingNote, Problem
from knowledge_base.ingest.synonyms import header_key
from knowledge_base.records import Kind, Record

if TYPE_CHECKING:
    from knowledge_base.base import UpsertReport

BATCH = 5000
"""Records held at once, unless `strict` has to see them all first."""

Progress = Callable[[int, int | None], None]
"""Told (done, total) records; the total is None while files are still being read."""


class Shelf(Protocol):
    """What adding needs of the knowledge base."""

    def get(self, id: str) -> Record | None: ...

    def upsert(self, records: Sequence[Record], *, progress: Callable[[int], None] | None = None) -> UpsertReport: ...

    def remove(self, ids: Iterable[str]) -> int: ...

    def files(self) -> Mapping[str, tuple[str, ...]]: ...


class StrictError(BadInputError):
    """`--strict` and something was wrong: nothing was written. `report` says what."""

    def __init__(self, report: AddReport) -> None:
        self.report = report
        super().__init__(f"有 {len(report.bad)} 处问题，按 --strict 什么都没写入", hint="改好上面列出的行再试。")


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
    hiding: Hiding | None = None,
    progress: Progress | None = None,
) -> AddReport:
    """Reads every file and writes its good records, batch by batch; each batch is complete in itself.

    `root` makes stored file names relative. A document that is read again loses chunks it no longer has. With `sync`,
    records of these files and folders whose row or file is gone are removed too (restorable), except those of files
    with anything bad in them, which prove nothing. Personal data is hidden unless `hiding` gives a reason to keep it.
    Raises BadInputError for a missing path (with `sync` it may be gone
    when records came from it), UsageError for a bad mapping, StrictError.
    """
    mapping = mapping or {}
    check_mapping(mapping)
    before = kb.files()
    if sync:
        _refuse_strangers(paths, root, before)
    run = _Run(kb, Wanted(kind, brand, mapping, hiding or Hiding()), strict, progress)
    for file in expand(paths, root, missing_ok=sync):
        run.read(file)
    if mapping:
        run.check_columns(mapping)
    if strict and run.bad:
        raise StrictError(run.report(0))
    run.write()
    gone = [id for file in run.documents for id in before.get(file, ())]
    if sync:
        gone += _vanished(paths, root, before, run.doubtful)
    return run.report(kb.remove(id for id in dict.fromkeys(gone) if id not in run.seen))


@dataclass(slots=True)
class _Run:
    """The state of one `add`."""

    kb: Shelf
    wanted: Wanted
    strict: bool
    progress: Progress | None
    seen: dict[str, tuple[str, int | None]] = field(default_factory=dict)
    """Id -> file and row it first stood in."""
    waiting: list[Record] = field(default_factory=list)
    bad: list[Problem] = field(default_factory=list)
    mappings: list[MappingNote] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    documents: list[str] = field(default_factory=list)
    """Files whose passages were all read."""
    doubtful: set[str] = field(default_factory=set)
    """Files with anything bad in them."""
    kinds: Counter[Kind] = field(default_factory=Counter)
    files: int = 0
    done: int = 0
    counts: Counter[str] = field(default_factory=Counter)

    def read(self, file: Found) -> None:
        suffix = file.path.suffix.lower()
        if suffix not in READABLE:
            self._unread(file, suffix)
            return
        passages = False
        for item in read_file(file, self.wanted, self.mappings):
            if isinstance(item, Problem):
                self._fail(file.name, item)
                continue
            passages = passages or item.kind == "passage"
            self._keep(item)
        self.files += 1
        if passages and file.name not in self.doubtful:
            self.documents.append(file.name)

    def _unread(self, file: Found, suffix: str) -> None:
        if suffix in OLD:
            self._fail(file.name, Problem(file.name, None, f"读不了 {suffix} 格式", f"打开后另存为 {OLD[suffix]}。"))
        elif file.outright:
            hint = f"能读：{'、'.join(sorted(one.lstrip('.') for one in READABLE))}。"
            self._fail(file.name, Problem(file.name, None, f"读不了{suffix or '没有扩展名'}的文件", hint))
        else:
            self.skipped.append(file.name)

    def _fail(self, file: str, problem: Problem) -> None:
        self.doubtful.add(file)
        self.bad.append(problem)

    def _keep(self, record: Record) -> None:
        source = record.source
        if record.id in self.seen:
            file, row = self.seen[record.id]
            place = f"{file}:{row}" if row else file
            reason = f"编号「{record.id}」在 {place} 已经有了，这一行没有放进去"
            self._fail(source.file, Problem(source.file, source.row, reason))
            return
        self.seen[record.id] = (source.file, source.row)
        self.kinds[record.kind] += 1
        self.waiting.append(record)
        if not self.strict and len(self.waiting) >= BATCH:
            self.write(more=True)

    def write(self, *, more: bool = False) -> None:
        """Writes what waits. An id that belongs to another kind of record makes its row bad, not the batch."""
        total = None if more else self.done + len(self.waiting)
        while self.waiting:
            try:
                report = self.kb.upsert(self.waiting, progress=self._teller(total))
            except BadInputError as error:
                culprit = next((one for one in self.waiting if _is_place(one, error)), None)
                if culprit is None or self.strict:
                    raise
                self.waiting.remove(culprit)
                self.kinds[culprit.kind] -= 1
                self._fail(culprit.source.file, Problem.of(error, culprit.source.file, culprit.source.row))
                continue
            self.done += len(self.waiting)
            self.counts.update(added=len(report.added), changed=len(report.changed), unchanged=len(report.unchanged))
            self.waiting = []

    def check_columns(self, mapping: Mapping[str, str]) -> None:
        """A column named in `--map` that no table has is a typing mistake worth telling."""
        present = {header_key(column) for note in self.mappings for column in (*note.used, *note.ignored)}
        for column in mapping:
            if self.mappings and header_key(column) not in present:
                self.bad.append(
                    Problem("--map", None, f"没有一张表有列「{column}」", "检查列名；上面列出了每张表的列。")
                )

    def _teller(self, total: int | None) -> Callable[[int], None] | None:
        if self.progress is None:
            return None
        progress, done = self.progress, self.done

        def tell(more: int) -> None:
            nonlocal done
            done += more
            progress(done, total)

        return tell

    def report(self, removed: int) -> AddReport:
        return AddReport(
            added=self.counts["added"],
            changed=self.counts["changed"],
            unchanged=self.counts["unchanged"],
            removed=removed,
            files=self.files,
            kinds={kind: count for kind, count in self.kinds.items() if count},
            bad=tuple(self.bad),
            mappings=tuple(self.mappings),
            skipped=tuple(self.skipped),
            hidden=dict(self.wanted.hiding.counts),
            kept_because=self.wanted.hiding.keep_reason,
        )


def _is_place(record: Record, error: BadInputError) -> bool:
    return (record.source.file, record.source.row) == (error.file, error.row) and record.id in error.message


def _refuse_strangers(paths: Sequence[Path], root: Path | None, before: Mapping[str, tuple[str, ...]]) -> None:
    """A path that is gone is fine for `--sync` only when records came from it; otherwise it is a typing mistake."""
    for path in paths:
        if not path.exists() and not any(_under(file, [path], root) for file in before):
            raise BadInputError("没有这个文件或文件夹", file=str(path), hint="检查路径；带空格的路径要加引号。")


def _vanished(
    paths: Sequence[Path], root: Path | None, before: Mapping[str, tuple[str, ...]], doubtful: set[str]
) -> list[str]:
    return [id for file, ids in before.items() if file not in doubtful and _under(file, paths, root) for id in ids]


def _under(file: str, paths: Sequence[Path], root: Path | None) -> bool:
    """Both sides as stored names, so that a file that is gone can be compared too."""
    stored = PurePosixPath(file)
    places = [PurePosixPath(stored_name(path, root)) for path in paths]
    return any(place == stored or place in stored.parents for place in places)
