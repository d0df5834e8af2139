"""Orders of rows: by person and time, and by what the rows hold, whoever they belong to.

Pseudonyms sort as their key has it. What draws samples, folds or starting points from rows in that order finds
something else in each workspace; so rows are first put in an order that only their content decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

Ints = np.ndarray[Any, np.dtype[np.integer[Any]]]
Places = np.ndarray[Any, np.dtype[np.int64]]
Marks = np.ndarray[Any, np.dtype[np.uint64]]
Floats = np.ndarray[Any, np.dtype[np.float64]]

_ODD = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(29)


def by_person_and_second(code: Ints, seconds: Ints, rows: Ints) -> Ints:
    """`rows` (ascending) in order of code, then of second; rows of the same second stay in their own order.

    `code` and `seconds` have one place for every row there is.
    """
    if not len(rows):
        return rows
    key = code[rows].astype(np.int64)
    since = seconds[rows]
    since -= since.min()
    span, people, places = int(since.max()).bit_length(), int(key.max()).bit_length(), len(rows).bit_length()
    if people + span + places > 63:
        slowly: Ints = rows[np.lexsort((since, key))]
        return slowly
    # In place: pages of fresh arrays cost as much as the reckoning.
    key <<= span
    key |= since
    if (key[1:] >= key[:-1]).all():
        return rows
    # With its own place in the lowest bits each number says where it came from: sorting values is several times as
    # fast as sorting places by value.
    key <<= places
    key |= np.arange(len(rows))
    key.sort()
    key &= (1 << places) - 1
    ordered: Ints = rows[key]
    return ordered


def by_content(matrix: Floats, more: Sequence[Ints] = (), users: Ints | None = None) -> Places:
    """Places of the rows in an order that depends on nothing but their numbers.

    `matrix`: (rows, columns), NaN allowed; `more`: further columns of whole numbers. `users`: rows of the same person
    stand together, people in the order of all that their rows hold. Rows that are equal in everything keep their order,
    which changes nothing.
    """
    marks = _marks(matrix, more)
    if users is None or len(np.unique(users)) == len(users):
        return np.argsort(marks, kind="stable")
    # A sum does not ask in which order a person's rows came.
    person = np.zeros(int(users.max()) + 1, dtype=np.uint64)
    np.add.at(person, users, _mixed(marks))
    return np.lexsort((marks, person[users]))


def _marks(matrix: Floats, more: Sequence[Ints]) -> Marks:
    """64 bits that stand for each row."""
    found = np.full(len(matrix), _ODD)
    # Adding nought makes one zero of two; all gaps are the same gap.
    columns = [np.where(np.isnan(column), np.nan, column + 0.0).view(np.uint64) for column in matrix.T]
    for column in [*columns, *(np.ascontiguousarray(one, dtype=np.int64).view(np.uint64) for one in more)]:
        found = _mixed(found ^ column)
    return found


def _mixed(marks: Marks) -> Marks:
    mixed: Marks = marks * _ODD
    mixed ^= mixed >> _SHIFT
    return mixed
