"""What tests of the runner share: small suites over the sample brand, a stub endpoint, a stand-in scorer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.copies import plain_text
from evals.cassette import Cassette
from evals.database import EvalsDb
from evals.records import Run, Sampled, Score
from evals.runner import Ended, Options, run_suite
from evals.scoring import Scoring
from evals.suite import load_suite
from knowledge_base.workspace import Workspace

PERSONAS = ("u-kaoyan", "u-mama", "u-designer", "u-breakfast", "u-teacher", "u-nurse", "u-coder", "u-camper")
PRODUCTS = ("p-coffee", "p-oat", "p-handcream", "p-cup")


class Length:
    """Characters of the copy; nothing of the agent's own checks."""

    name, tier = "length.chars", "cost"

    def score(self, sampled: Sampled) -> tuple[Score, ...]:
        copy = sampled.draft.copy
        return (Score(self.name, None if copy is None else float(len(plain_text(copy)))),)


class Broken:
    name, tier = "broken", "quality"

    def score(self, sampled: Sampled) -> tuple[Score, ...]:
        raise RuntimeError("this scorer has a bug")


PLAIN = Scoring(single=(Length(),))


def suite_file(folder: Path, *, cases: int = 6, name: str = "小测", **head: Any) -> Path:
    """A JSONL suite of Moments ads over the workspace's sample brand."""
    lines: list[dict[str, Any]] = [
        {
            "name": name,
            "today": "2026-11-22",
            "defaults": {"channel": "moments", "form": "ad"},
            "models": ["offline"],
            **head,
        }
    ]
    for i in range(cases):
        product, persona = PRODUCTS[i // len(PERSONAS) % len(PRODUCTS)], PERSONAS[i % len(PERSONAS)]
        lines.append({"id": f"c{i:02}", "brief": {"product": product, "persona": persona}, "tags": [product]})
    path = folder / "小测.jsonl"
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    return path


def workspace_with(folder: Path, url: str, **profile: Any) -> Workspace:
    """A workspace whose profile `stub` talks to `url`; also written to wenan.toml for other processes."""
    settings = {
        "base_url": url,
        "model": "stub-1",
        "api_key_env": "NO_SUCH_KEY",
        "input_price": "1",
        "output_price": "2",
        "retries": 0,
        **profile,
    }
    text = "[models.stub]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in settings.items())
    (folder / "wenan.toml").write_text(text, encoding="utf-8")
    return Workspace.find(folder)


@dataclass(frozen=True)
class Done:
    """How a run ended, and its rows without drafts."""

    ended: Ended
    run: Run

    def __getattr__(self, name: str) -> Any:
        return getattr(self.ended, name)


def run(
    path: Path, workspace: Workspace, *, scoring: Scoring | None = PLAIN, resume: str | None = None, **options: Any
) -> Done:
    suite = load_suite(path, workspace)
    with EvalsDb.open(workspace) as db, Cassette.open(workspace) as cassette:
        ended = asyncio.run(
            run_suite(
                suite,
                workspace=workspace,
                db=db,
                cassette=cassette,
                options=Options(**options),
                resume=resume,
                scoring=scoring,
            )
        )
        return Done(ended, db.run(ended.run_id, drafts=False))


def figures(ended: Done, *, latency: bool = True) -> Sequence[tuple[Any, ...]]:
    """Everything of a run's rows that must not depend on how it was interrupted."""
    return [
        (row.key, row.outcome, row.scores, row.input_tokens, row.output_tokens, row.cost, row.latency * latency)
        for row in ended.run.rows
    ]
