"""The key decides how pseudonyms sort, and nothing else: other keys, the same models, scores and groups."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge_base.audience.features.build import compute
from knowledge_base.audience.importing.importer import import_file
from knowledge_base.audience.importing.options import ImportOptions
from knowledge_base.audience.ordering import by_content
from knowledge_base.audience.propensity.choose import Trained, train
from knowledge_base.audience.propensity.examples import examples
from knowledge_base.audience.propensity.snapshots import OUTCOME, WHEN, snapshots
from knowledge_base.audience.segments.segment import Segments, segment
from knowledge_base.audience.store import AudienceStore
from knowledge_base.audience.synthetic.export import write_events
from knowledge_base.workspace import Workspace

DAYS = 14
TOLERANCE = 1e-9
"""Of scores. What is summed over people may be summed in another order; choices may not differ at all."""
KINDS = ("logistic", "tree", "boosting", "forest")


def under(folder: Path, events: Path) -> tuple[Trained, Segments, dict[str, int]]:
    """Model, segments, and each original id's segment, in a workspace with a key of its own."""
    with AudienceStore.open(Workspace(folder)) as store:
        import_file(store, events, ImportOptions(assume="test"))
        rows = examples(snapshots(store, DAYS), outcome=OUTCOME, when=WHEN, horizon=timedelta(days=DAYS))
        groups = segment(compute(store), events=store.events())
        place = dict(groups.users.rows())
        ids = pl.read_csv(events)["用户ID"].drop_nulls().unique().to_list()
        mine = {id: place[name] for id in ids if (name := store.pseudonyms.of_id(id)) in place}
    return train(rows, kinds=KINDS), groups, mine


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Trained, Segments, dict[str, int]]]:
    from datetime import datetime

    root = tmp_path_factory.mktemp("keys")
    events = root / "events.csv"
    write_events(events, users=700, per_user=30, seed=3, until=datetime(2026, 11, 20))  # noqa: DTZ001
    return [under(root / name, events) for name in ("one", "other")]


def test_the_same_model_with_the_same_scores(two: list[tuple[Trained, Segments, dict[str, int]]]) -> None:
    one, other = (trained.card for trained, _, _ in two)
    assert (one.kind, one.calibration, one.use) == (other.kind, other.calibration, other.use)
    assert one.compared == pytest.approx(other.compared, abs=TOLERANCE)
    for name, score in one.scores.items():
        assert score.as_dict() == pytest.approx(other.scores[name].as_dict(), abs=TOLERANCE), name
    assert [name for name, _ in one.importance] == [name for name, _ in other.importance]


def test_the_same_groups_of_the_same_people(two: list[tuple[Trained, Segments, dict[str, int]]]) -> None:
    (_, one, mine), (_, other, theirs) = two
    assert mine == theirs
    assert len(set(mine.values())) > 1
    assert one.clustering.sweep == other.clustering.sweep
    assert [group.differences for group in one.segments] == [group.differences for group in other.segments]


@settings(max_examples=40, deadline=None)
@given(
    rows=st.lists(st.tuples(st.sampled_from([0.0, -0.0, 1.5, np.nan]), st.integers(0, 2)), min_size=1, max_size=12),
    people=st.integers(1, 4),
    data=st.data(),
)
def test_rows_come_in_the_order_of_what_they_hold(
    rows: list[tuple[float, int]], people: int, data: st.DataObject
) -> None:
    values, more = np.array([[value] for value, _ in rows]), np.array([one for _, one in rows])
    users = np.array([data.draw(st.integers(0, people - 1)) for _ in rows])
    shuffled = np.array(data.draw(st.permutations(range(len(rows)))))
    renamed = np.array(data.draw(st.permutations(range(people))))[users]
    ordered = by_content(values, [more], users)
    again = shuffled[by_content(values[shuffled], [more[shuffled]], renamed[shuffled])]
    np.testing.assert_array_equal(values[ordered] + 0.0, values[again] + 0.0)
    np.testing.assert_array_equal(more[ordered], more[again])
