"""What differs between the four kinds of files: preparing, cleaning a bucket, finishing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import polars as pl

from knowledge_base.audience.importing import times, words
from knowledge_base.audience.importing.categories import check_names
from knowledge_base.audience.importing.columns import Mapped
from knowledge_base.audience.importing.events import EventRules, clean_events, key_hash
from knowledge_base.audience.importing.options import ImportOptions
from knowledge_base.audience.importing.report import Tally
from knowledge_base.audience.importing.rows import RowRules, clean_messages, clean_orders, row_hash
from knowledge_base.audience.importing.users import clean_users, consent_answers
from knowledge_base.audience.privacy.consent import remember
from knowledge_base.audience.schemas import ACTIONS, Table
from knowledge_base.audience.store import now
from knowledge_base.errors import UsageError
from knowledge_base.pii import find

if TYPE_CHECKING:
    from knowledge_base.audience.store import AudienceStore

Changes = dict[str, list[dict[str, Any]]]
PERSONAL_SHARE = 0.2
"""Share of cells with personal data from which a further column of users counts as personal."""
LOOK = 200
SHOWN_CHARS = 20


class Cleaner(Protocol):
    """One file's work. `clean` is called for each bucket, then `finish` once."""

    changes: Changes
    notes: list[str]
    personal: list[str]

    def clean(self, bucket: pl.DataFrame, tally: Tally) -> pl.DataFrame:
        """Rows of the table."""
        ...

    def finish(self, file: str) -> int:
        """What is left to do before the import is recorded; returns how many people's data were withdrawn."""
        ...


def cleaner(store: AudienceStore, staged: pl.LazyFrame, mapped: Mapped, wish: ImportOptions) -> Cleaner:
    """The cleaner for a kind of file."""
    match mapped.kind:
        case "events":
            return EventsCleaner(store, staged, wish)
        case "users":
            return UsersCleaner(store, staged, mapped, wish)
        case _:
            return RowsCleaner(store, staged, mapped.kind, wish)


class EventsCleaner:
    def __init__(self, store: AudienceStore, staged: pl.LazyFrame, wish: ImportOptions) -> None:
        self._store = store
        self.changes: Changes = {}
        self.notes: list[str] = []
        self.personal: list[str] = []
        actions = self._actions(staged, wish)
        categories = self._categories(staged, wish)
        forms = time_formats(staged, "time")
        before = key_hash(store.events(), by_day=times.date_only(forms))
        self._rules = EventRules(
            forms, wish.timezone, now(), actions, categories, bool(wish.assume), wish.keep_bots, before
        )

    def clean(self, bucket: pl.DataFrame, tally: Tally) -> pl.DataFrame:
        return clean_events(self._store, bucket, self._rules, tally)

    def finish(self, file: str) -> int:
        return 0

    def _actions(self, staged: pl.LazyFrame, wish: ImportOptions) -> dict[str, str]:
        chosen = {words.word_key(word): action for word, action in wish.actions.items()}
        for word, action in wish.actions.items():
            if action not in ACTIONS:
                raise UsageError(
                    f"--action {word}={action}：没有动作「{action}」", hint=f"可选：{'、'.join(ACTIONS)}。"
                )
        known = {**words.actions(), **chosen}
        found: dict[str, str] = {}
        rows: list[dict[str, Any]] = []
        for word, count in _counts(staged, "action"):
            meant = known.get(words.word_key(word))
            if meant is not None:
                found[word] = meant
            if meant != word:
                rows.append({"from": word[:SHOWN_CHARS], "to": meant, "rows": count})
        if rows:
            self.changes["行为"] = rows
        return found

    def _categories(self, staged: pl.LazyFrame, wish: ImportOptions) -> dict[str, str]:
        if "category" not in staged.collect_schema():
            return {}
        counts = dict(_counts(staged, "category"))
        names = check_names(counts)
        changed = {**names.fixed, **{name: wish.categories[name] for name in counts if name in wish.categories}}
        changed = {name: meant for name, meant in changed.items() if name != meant}
        if changed:
            self.changes["类目"] = [
                {"from": name, "to": meant, "rows": counts[name]} for name, meant in sorted(changed.items())
            ]
        for rare, like in sorted(names.doubtful.items()):
            if rare not in wish.categories:
                self.notes.append(f"类目「{rare}」像是「{like}」写错，没有改；要改就加 --category {rare}={like}")
        return changed


class RowsCleaner:
    """Orders and messages."""

    def __init__(self, store: AudienceStore, staged: pl.LazyFrame, kind: Table, wish: ImportOptions) -> None:
        self._store, self._kind = store, kind
        self.changes: Changes = {}
        self.notes: list[str] = []
        self.personal: list[str] = []
        # Overlapping exports come in once.
        before = row_hash(store.read(kind), kind)
        self._rules = RowRules(time_formats(staged, "time"), wish.timezone, now(), bool(wish.assume), before)

    def clean(self, bucket: pl.DataFrame, tally: Tally) -> pl.DataFrame:
        clean = clean_orders if self._kind == "orders" else clean_messages
        return clean(self._store, bucket, self._rules, tally)

    def finish(self, file: str) -> int:
        return 0


class UsersCleaner:
    def __init__(self, store: AudienceStore, staged: pl.LazyFrame, mapped: Mapped, wish: ImportOptions) -> None:
        self._store, self._mapped, self._wish = store, mapped, wish
        self.changes: Changes = {}
        self.notes: list[str] = []
        self.personal = _personal(staged, mapped.kept)
        self._kept = tuple(name for name in mapped.kept if name not in self.personal)
        forms = time_formats(staged, "joined") if "joined" in mapped.used else ()
        self._rules = RowRules(forms, wish.timezone, now(), bool(wish.assume), pl.Series("key", [], dtype=pl.UInt64))
        self._answers: list[pl.DataFrame] = []

    def clean(self, bucket: pl.DataFrame, tally: Tally) -> pl.DataFrame:
        column = self._mapped.used.get("consent", "")
        answers, strange = consent_answers(bucket, self._wish.purpose, column)
        for word in strange:
            tally.note(f"同意列里的「{word[:SHOWN_CHARS]}」看不懂，当作没有回答")
        if answers is None and not self._wish.assume:
            tally.note(f"文件里没有对「{self._wish.purpose}」的同意列")
        done = clean_users(self._store, bucket, self._kept, answers, self._rules, tally)
        self._answers.append(done.answers)
        return done.frame

    def finish(self, file: str) -> int:
        """Keeps the answers; who refuses loses what was imported before."""
        from knowledge_base.audience.privacy.erase import erase_people

        if not self._answers:
            return 0
        answers = pl.concat(self._answers)
        remember(self._store, answers, file)
        refused = answers.filter(~pl.col("granted"))["user"]
        return erase_people(self._store, refused) if len(refused) else 0


def time_formats(staged: pl.LazyFrame, column: str) -> tuple[str, ...]:
    """Formats found in a sample spread over the whole file."""
    rows = int(staged.select(pl.len()).collect().item())
    step = max(1, rows // 20_000)
    return times.formats(staged.select(pl.col(column).gather_every(step)).collect()[column])


def _counts(staged: pl.LazyFrame, column: str) -> list[tuple[str, int]]:
    """Values with their rows, most frequent first."""
    counted = staged.select(pl.col(column).drop_nulls()).group_by(column).len().collect(engine="streaming")
    counted = counted.with_columns(pl.col(column).cast(pl.String))
    return [(str(name), int(count)) for name, count in counted.sort("len", column, descending=[True, False]).rows()]


def _personal(staged: pl.LazyFrame, columns: tuple[str, ...]) -> list[str]:
    """Further columns whose cells hold phone numbers and the like, whatever they are called."""
    sample = staged.select(columns).head(LOOK).collect() if columns else pl.DataFrame()
    found = []
    for name in sample.columns:
        cells = sample[name].drop_nulls().to_list()
        if cells and sum(bool(find(f"{name}：{cell}")) for cell in cells) >= PERSONAL_SHARE * len(cells):
            found.append(name)
    return found
