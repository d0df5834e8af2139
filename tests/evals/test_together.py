"""Groups are scored when the last of their answers is there, or at the end; either way once, and all together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from bench.stub_server import Stub, serve
from evals.records import Sampled, Score
from evals.scoring import Scoring
from evals.suite import SuiteCase
from knowledge_base.workspace import Workspace
from tests.evals.lab import run, suite_file, workspace_with


class Counting:
    """Compares answers about one product; remembers how many it saw together, after how many answers."""

    name, tier = "counting", "quality"

    def __init__(self) -> None:
        self.answers = 0
        self.seen: list[tuple[int, int]] = []

    def among(self, case: SuiteCase) -> str | None:
        return case.wish.products[0]

    def together(self, sampled: Sampled) -> str:
        self.answers += 1
        return sampled.case.brief.products[0]

    def score_group(self, rows: Sequence[Sampled]) -> Mapping[tuple[str, int], tuple[Score, ...]]:
        self.seen.append((len(rows), self.answers))
        return {(row.case.id, row.sample): (Score("counting", float(len(rows))),) for row in rows}


class ToldByAnswers(Counting):
    def among(self, case: SuiteCase) -> str | None:
        return None


@pytest.fixture(scope="module")
def stub() -> Iterator[Stub]:
    with serve() as one:
        yield one


@pytest.mark.parametrize(
    ("scorer", "samples", "seen"),
    [
        pytest.param(Counting, 1, [(8, 8), (2, 10)], id="as soon as whole"),
        pytest.param(Counting, 2, [(16, 16), (4, 20)], id="samples belong to it"),
        pytest.param(ToldByAnswers, 1, [(8, 10), (2, 10)], id="at the end where only answers tell"),
    ],
)
def test_a_group_is_scored_once_and_whole(
    scorer: type[Counting], samples: int, seen: list[tuple[int, int]], sample_dir: Path
) -> None:
    counting = scorer()
    path = suite_file(sample_dir, cases=10, samples=samples)
    ended = run(path, Workspace(sample_dir), scoring=Scoring(grouped=(counting,)), concurrency=1)
    assert counting.seen == seen
    values = [score.value for row in ended.run.rows for score in row.scores]
    assert values == [8.0 * samples] * 8 * samples + [2.0 * samples] * 2 * samples


def test_a_resumed_run_compares_new_answers_with_those_of_before(sample_dir: Path, stub: Stub) -> None:
    path = suite_file(sample_dir, cases=10, models=["stub"])
    workspace = workspace_with(sample_dir, stub.url)
    first = Counting()
    ended = run(path, workspace, scoring=Scoring(grouped=(first,)), concurrency=1, max_tokens=5000)
    assert 0 < len(ended.run.rows) < 8
    assert first.seen == []
    second = Counting()
    done = run(path, workspace, scoring=Scoring(grouped=(second,)), concurrency=1, resume=ended.run.id)
    assert [rows for rows, _ in second.seen] == [2, 8]
    assert [score.value for row in done.run.rows for score in row.scores] == [8.0] * 8 + [2.0] * 2


def test_a_failed_answer_does_not_keep_its_group_from_being_scored(sample_dir: Path) -> None:
    path = suite_file(sample_dir, cases=8, models=["stub"])
    counting = Counting()
    with serve(fail={3: 500}) as failing:
        workspace = workspace_with(sample_dir, failing.url)
        ended = run(path, workspace, scoring=Scoring(grouped=(counting,)), concurrency=1)
    assert counting.seen == [(7, 7)]
    assert sorted(len(row.scores) for row in ended.run.rows) == [0, *[1] * 7]
