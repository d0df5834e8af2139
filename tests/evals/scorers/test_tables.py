"""How often scorers wrong good copy (false alarms) and let bad copy pass (misses), on tables of hand-written copy.

The ceilings are what was measured when the tables were written. `unseen` halves were never tuned on, so their figures
are the ones to believe; before the scorers were mended they were 7/12 and 3/11 (refusal), 5/10 and 1/10 (answers).
"""

from __future__ import annotations

import pytest

from tests.evals.scorers.table_rows import JUDGES, halves, lines, verdict

CEILINGS = {
    ("refusal", "seen"): (0, 1),
    ("refusal", "second"): (0, 0),
    ("refusal", "unseen"): (1, 3),
    ("answers", "seen"): (0, 0),
    ("answers", "second"): (1, 0),
    ("answers", "third"): (0, 2),
    ("answers", "unseen"): (2, 2),
    ("answers", "unseen_too"): (1, 5),
    ("structure", "seen"): (0, 0),
    ("structure", "second"): (0, 0),
    ("structure", "third"): (0, 0),
    ("structure", "fourth"): (1, 0),
    ("structure", "unseen"): (8, 2),
    ("persona", "seen"): (1, 0),
    ("persona", "unseen"): (0, 0),
}
"""(table, half): (false alarms, misses)."""


@pytest.mark.parametrize(("table", "half"), CEILINGS, ids=lambda part: part)
def test_alarms_and_misses_stay_below_what_was_measured(table: str, half: str) -> None:
    wrong: dict[bool, list[str]] = {True: [], False: []}
    for line in lines(table, half):
        passed, why = verdict(line)
        if passed is not line.good:
            wrong[line.good].append(f"{line.text}｜{why}")
    alarms, misses = CEILINGS[table, half]
    assert (len(wrong[True]) <= alarms, len(wrong[False]) <= misses) == (True, True), wrong


def test_every_table_is_measured_and_large_enough() -> None:
    assert {(table, half) for table in JUDGES for half in halves(table)} == set(CEILINGS)
    for table in JUDGES:
        found = [line for half in halves(table) for line in lines(table, half)]
        assert sum(line.good for line in found) >= 20
        assert sum(not line.good for line in found) >= 20
