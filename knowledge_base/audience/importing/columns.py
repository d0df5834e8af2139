"""Which kind of data a file holds, and which of its columns is which field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from knowledge_base.audience.importing import words
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
    columns: Sequence[str], path: Path, *, kind: Table | None = None, chosen: Mapping[str, str] | None = None
) -> Mapped:
    """Finds the kind (unless told) and the fields. `chosen`: column -> field, stronger than names.

    Raises BadInputError naming the fields that are missing, and UsageError for a choice that cannot be.
    """
    chosen = dict(chosen or {})
    found = kind or _kind(columns, path, chosen)
    used = _fields(found, columns, chosen)
    lacking = [group for group in words.required(found) if not any(field in used for field in group)]
    if lacking:
        raise BadInputError(
            f"当作{TABLE_NAMES[found]}来读，缺少 {'、'.join('或'.join(group) for group in lacking)} 列；"
            f"文件里有：{'、'.join(columns)}",
            file=str(path),
            field=lacking[0][0],
            hint="用 --map 列名=字段 指明，例如 --map 会员号=user；或用 --kind 指明是哪一种文件。",
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
            hint="用 --kind events、orders、users 或 messages 指明，列名对不上的用 --map 列名=字段。",
        )
    return best


def _known_fields(kind: Table) -> set[str]:
    return {*SCHEMAS[kind], *(("consent", "purpose") if kind == "users" else ())}


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
