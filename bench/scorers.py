"""Default scorers on one core: microseconds a Moments draft and an article, each scorer; growth to 1 MB; imports.

Reference in the same run: the agent's own checks of the same draft. Copies are new each time, so nothing is cached but
what a run also keeps: the records of its context.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from agent.brief import Form
from agent.checks import check
from agent.copies import ArticleCopy, Copy, Section
from evals.records import Sampled
from evals.scorers import AnyScorer, Options, scorers_for
from knowledge_base.records import Persona
from tests.agent.checks.shops import true_sentences
from tests.evals.scorers.answers import article, moments, personas, sampled

SECONDS = 0.5
SIZES = (10_000, 100_000, 1_000_000)
HEAVY = ("openai", "chromadb", "langchain", "langchain_core", "numpy", "scipy", "sacrebleu", "opencc", "jsonschema")


def main() -> None:
    _speed("Moments", "ad", _moments())
    _speed("article", "article", _articles())
    _growth()
    _imports()


def _moments() -> list[Sampled]:
    return [moments(text, product=id, persona=persona.id) for id, text, persona in _texts()]


def _texts() -> Iterable[tuple[str, str, Persona]]:
    cast = personas()
    known = {"p-coffee", "p-oat", "p-porridge", "p-soup", "p-cream", "p-handcream"}
    for i, (id, text) in enumerate(pair for pair in true_sentences() if pair[0] in known):
        yield id, text, cast[i % len(cast)]


def _articles() -> list[Sampled]:
    return [article(product="p-coffee", persona=persona.id) for persona in personas()]


def _speed(name: str, form: Form, rows: Sequence[Sampled]) -> None:
    scorers = scorers_for((), forms={form}, options=Options(personas=personas()))
    checks = _each(lambda row: check(_copy(row), row.draft.brief, row.context), rows)
    parts = {scorer.name: _each(_run(scorer), rows) for scorer in scorers}
    together = _each(lambda row: [_run(scorer)(row) for scorer in scorers], rows)
    print(
        f"{name} ({len(rows)} drafts): {len(scorers)} scorers {together:.0f} us a draft, "
        f"{together / checks:.2f}x the checks ({checks:.0f} us); goal < 1,000 us for Moments"
    )
    for scorer, spent in sorted(parts.items(), key=lambda part: -part[1]):
        print(f"  {scorer:<16} {spent:7.1f} us alone")


def _run(scorer: AnyScorer) -> Callable[[Sampled], object]:
    one = getattr(scorer, "score", None)
    return one if one is not None else lambda row: scorer.score_group([row])  # type: ignore[union-attr]


def _each(run: Callable[[Sampled], object], rows: Sequence[Sampled]) -> float:
    """Microseconds of processor time a draft; each time with a copy that nothing has seen."""
    for row in rows:
        run(row)
    done, spent = 0, 0.0
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        fresh = [replace(row, draft=replace(row.draft, copy=replace(_copy(row)))) for row in rows]
        start = time.process_time()
        for row in fresh:
            run(row)
        spent += time.process_time() - start
        done += len(rows)
    return spent / done * 1e6


def _copy(row: Sampled) -> Copy:
    assert row.draft.copy is not None
    return row.draft.copy


def _growth() -> None:
    base = article(product="p-coffee", persona="u-kaoyan")
    copy = base.draft.copy
    assert isinstance(copy, ArticleCopy)
    text = "\n\n".join(section.text for section in copy.sections)
    scorers = scorers_for((), forms={"article"}, options=Options(personas=personas()))
    for scorer in scorers:
        cells = []
        for size in SIZES:
            body = (text * (size // len(text) + 1))[:size]
            long = sampled(replace(copy, sections=(Section("长", body),)), base.draft.brief, base.context)
            start = time.process_time()
            _run(scorer)(long)
            cells.append((time.process_time() - start) / size * 1e6)
        print(f"  {scorer.name:<16} us a character at {SIZES[0]:,}, {SIZES[1]:,}, {SIZES[2]:,}: "
              + ", ".join(f"{cell:.3f}" for cell in cells))  # fmt: skip


def _imports() -> None:
    """What a warm replay would load besides the agent."""
    code = (
        "import sys, time; import agent.checks, agent.draft; start = time.perf_counter(); import evals.scorers; "
        f"print(round((time.perf_counter() - start) * 1000), 'ms', [m for m in {HEAVY!r} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    print(f"import evals.scorers after the agent: {done.stdout.strip()} (heavy modules loaded)")
