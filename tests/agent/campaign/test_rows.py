"""Putting a plan into the ledger, against the sets it stands for."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from agent.campaign.plan_file import CampaignPlan
from agent.campaign.rows import PlanChange, put_plan_rows
from agent.campaign.units import Unit
from agent.storage.connection import connect

PLAN = CampaignPlan.model_validate({"name": "甲", "channels": ["post"], "products": "all"})


def unit(variant: int, turn: int = 0) -> Unit:
    return Unit(
        campaign="甲", channel="post", form="post", product="p", persona="u", angle=None, variant=variant,
        day="2026-11-22", turn=turn,
    )  # fmt: skip


def put(connection: sqlite3.Connection, units: list[Unit]) -> PlanChange:
    connection.execute("BEGIN")
    change = put_plan_rows(connection, "甲", PLAN, units)
    connection.execute("COMMIT")
    return change


@settings(max_examples=40, deadline=None)
@given(plans=st.lists(st.lists(st.integers(0, 9), max_size=14), min_size=1, max_size=5))
def test_plans_add_keep_retire_and_revive(plans: list[list[int]]) -> None:
    """The same unit may come twice in a plan; another campaign's units are never touched."""
    with closing(connect(Path(":memory:"))[0]) as connection:
        put_plan_rows(connection, "乙", PLAN.model_copy(update={"name": "乙"}), [unit(100)])
        active: set[int] = set()
        retired: set[int] = set()
        for plan in plans:
            wanted = set(plan)
            change = put(connection, [unit(n) for n in plan])
            assert change == PlanChange(
                added=len(wanted - active - retired),
                kept=len(wanted & active),
                retired=len(active - wanted),
                revived=len(wanted & retired),
            )
            active, retired = wanted, (active | retired) - wanted
            rows = connection.execute("SELECT values_json, retired, number FROM units WHERE campaign = '甲'").fetchall()
            assert {row["retired"] for row in rows} <= {0, 1}
            assert sum(not row["retired"] for row in rows) == len(active)
            assert sum(row["retired"] for row in rows) == len(retired)
        assert connection.execute("SELECT retired FROM units WHERE campaign = '乙'").fetchall()[0][0] == 0


def test_units_follow_the_order_of_the_last_plan() -> None:
    with closing(connect(Path(":memory:"))[0]) as connection:
        put(connection, [unit(1), unit(2), unit(3)])
        assert put(connection, [unit(3), unit(2), unit(1)]).kept == 3
        rows = connection.execute("SELECT values_json FROM units ORDER BY number").fetchall()
        assert ['"variant":3' in row[0] for row in rows] == [True, False, False]


def test_whose_turn_it_is_does_not_make_another_unit() -> None:
    with closing(connect(Path(":memory:"))[0]) as connection:
        put(connection, [unit(1)])
        assert put(connection, [unit(1, turn=4)]) == PlanChange(added=0, kept=1, retired=0, revived=0)
