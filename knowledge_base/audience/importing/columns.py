"""Which kind of data a file holds, and which of its columns is which field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from knowledge_base.audience.importing import words
from knowledge_base.audience.importing.hints import lacking_hint, strange_hint
from knowledge_base.audience.schemas import SCHEMAS, TABLE_NAMES, TABLES, Table
from knowledge_base.errors import BadInputError, UsageError
from knowledge_base.ingest.synonyms import header_key


@dataclass(frozen=True, slots=True)
class Mapped:
    """How one file's columns were understood."""

    kind: Table
    used: Mapping[str, str]
    """Field -> column."""
    kept: tuple[str, ...]
    """Further columns of a list of users, kept under their own names."""
    personal: tuple[str, ...]
    """Columns left out because they hold personal data."""
    ignored: tuple[str, ...]
    """Columns left out because no field is meant by them."""


def map_columns(
    columns: Sequence[str],
    path: Path,
    *,
    kind: Table | None = None,
    chosen: Mapping[str, str] | None = None,
    every: str = "",
) -> Mapped:
    """Finds the kind (unless told) and the fields. `chosen`: column -> field, stronger than names. `every`: the action
    of all rows, which makes them events and a column of actions needless.

    Raises BadInputError naming the fields that are missing, and UsageError for a choice that cannot be.
    """
    chosen = dict(chosen or {})
    found = kind or ("events" if every else _kind(columns, path, chosen))
    used = _fields(found, columns, chosen)
    given = {"action"} if every and found == "events" else set[str]()
    lacking = [group for group in words.required(found) if not any(field in used or field in given for field in group)]
    if lacking:
        raise BadInputError(
            f"当作{TABLE_NAMES[found]}来读，缺少 {'、'.join('或'.join(group) for group in lacking)} 列；"
            f"文件里有：{'、'.join(columns)}",
            file=str(path),
            field=lacking[0][0],
            hint=lacking_hint(columns, path, found, lacking),
        )
    rest = [name for name in columns if name not in used.values()]
    personal = tuple(name for name in rest if header_key(name) in words.personal_headers())
    others = tuple(name for name in rest if name not in personal)
    kept = others if found == "users" else ()
    return Mapped(found, used, kept, personal, () if found == "users" else others)


def headless(columns: Sequence[str]) -> bool:
    """Whether the first row is data: no cell is a known name, and some cell is a number."""
    known = any(header_key(name) in words.all_headers() for name in columns)
    return not known and any(name.replace(".", "", 1).replace("-", "", 1).isdigit() for name in columns)


def _kind(columns: Sequence[str], path: Path, chosen: Mapping[str, str]) -> Table:
    """The kind whose required fields are all there; the file's name, then the number of fields found, break ties."""
    scores: list[tuple[bool, bool, int, Table]] = []
    for kind in TABLES:
        fitting = {column: field for column, field in chosen.items() if field in _known_fields(kind)}
        used = _fields(kind, columns, fitting, strict=False)
        complete = all(any(field in used for field in group) for group in words.required(kind))
        named = any(word in path.stem.lower() for word in words.file_words(kind))
        scores.append((complete, named, len(used), kind))
    # Every file of rows about people could be a list of users; one that says nothing else of them, and is complete as
    # something else, is none, whatever its name.
    others = any(full for full, _, _, kind in scores if kind != "users")
    scores = [one for one in scores if not (others and one[3] == "users" and one[2] < 3)]
    complete, named, count, best = max(scores, key=lambda score: score[:3])
    # Everything with a user column is complete as a list of users; only its name or its fields make it one.
    if best == "users" and not named and count < 2:
        hinted = [kind for _, said, _, kind in scores if said]
        if hinted:
            return hinted[0]
        count = 0
    if not count:
        raise BadInputError(
            f"看不出是行为、订单、用户还是消息；列有：{'、'.join(columns)}",
            file=str(path),
            hint=strange_hint(columns, path),
        )
    return best


def _known_fields(kind: Table) -> set[str]:
    more = {"users": ("consent", "purpose"), "orders": ("price",)}
    return {*SCHEMAS[kind], *more.get(kind, ())}


def _fields(kind: Table, columns: Sequence[str], chosen: Mapping[str, str], *, strict: bool = True) -> dict[str, str]:
    known = _known_fields(kind)
    used: dict[str, str] = {}
    for column, field in chosen.items():
        if column not in columns:
            if strict:
                raise UsageError(
                    f"--map {column}={field}：文件里没有列「{column}」", hint=f"列有：{'、'.join(columns)}"
                )
            continue
        if field not in known:
            raise UsageError(
                f"--map {column}={field}：{TABLE_NAMES[kind]}没有字段「{field}」",
                hint=f"可选：{'、'.join(sorted(known))}",
            )
        used[field] = column
    best: dict[str, int] = {field: -1 for field in used}
    names = words.fields(kind)
    for column in columns:
        field, rank = names.get(header_key(column), ("", 0))
        if not field or column in chosen:
            continue
        if field not in best or rank < best[field]:
            best[field], used[field] = rank, column
    return used
