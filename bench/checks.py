"""Checks on one core: Moments texts/s and 2,000-字 articles/s, growth to 1 MB, planted errors found, false alarms."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from agent.brief import Brief
from agent.checks import CHECKS, check
from agent.checks.facts import check_facts
from agent.checks.promotion import check_promotion
from agent.context import Context
from agent.copies import ArticleCopy, Copy, MomentsCopy, Section
from agent.finding import blocking
from tests.agent.checks.shops import brief_of, context_of, planted, true_copies, true_sentences

Job = tuple[Copy, Brief, Context]
SECONDS = 2.0
ARTICLE_CHARS = 2000
SIZES = (10_000, 100_000, 1_000_000)


def main() -> None:
    texts = [(MomentsCopy(text=text), brief_of(id), _gathered(id)) for id, text in true_sentences()]
    articles = _articles()
    for name, run in (("all checks", check), ("facts alone", check_facts)):
        short, long = _rate(run, texts), _rate(run, articles)
        print(f"{name}: {short:.0f} Moments texts/s, {long:.1f} articles of {ARTICLE_CHARS} 字/s")
    for one in CHECKS:
        print(f"  {one.__name__}: {_rate(one, texts, 0.5):.0f} texts/s, {_rate(one, articles, 0.5):.1f} articles/s")
    _growth(articles[0])
    _quality()


def _gathered(id: str) -> Context:
    """As `agent.gather` does it: no policies for Moments."""
    return replace(context_of(id), policies=())


def _articles() -> list[Job]:
    """The sample's articles, repeated up to the length asked for."""
    jobs: list[Job] = []
    for id, channel, copy in true_copies():
        if channel == "article" and isinstance(copy, ArticleCopy):
            text = "\n\n".join(section.text for section in copy.sections)
            text = (text * (ARTICLE_CHARS // len(text) + 1))[:ARTICLE_CHARS]
            jobs.append((_article(text), brief_of(id, channel), context_of(id, channel)))
    return jobs


def _article(text: str) -> ArticleCopy:
    return ArticleCopy(title="图书馆的早上", titles=(), digest="", sections=(Section("", text),), cta="")


def _rate(run: Callable[[Copy, Brief, Context], object], jobs: Sequence[Job], seconds: float = SECONDS) -> float:
    """Drafts a second of processor time, after one warm-up; copies are new each time, so that no ledger is cached."""
    for job in jobs:
        run(*job)
    done, start = 0, time.process_time()
    while (spent := time.process_time() - start) < seconds:
        for copy, brief, context in jobs:
            run(replace(copy), brief, context)
        done += len(jobs)
    return done / spent


def _growth(job: Job) -> None:
    copy, brief, context = job
    assert isinstance(copy, ArticleCopy)
    text = copy.sections[0].text
    for name, run in (("all checks", check), ("facts alone", check_facts)):
        cells = []
        for size in SIZES:
            long = _article((text * (size // len(text) + 1))[:size])
            start = time.process_time()
            run(long, brief, context)
            cells.append(f"{size:,}: {(time.process_time() - start) / size * 1e6:.2f}")
        print(f"{name}, microseconds a character by length: {', '.join(cells)} (level = linear)")


def _quality() -> None:
    def blocked(copy: Copy, brief: Brief, context: Context) -> bool:
        return bool(blocking((*check_facts(copy, brief, context), *check_promotion(copy, brief, context))))

    errors = [error for seed in range(1, 4) for error in planted(seed)]
    kinds = sorted({error.kind for error in errors})
    for kind in kinds:
        some = [error for error in errors if error.kind == kind]
        hit = sum(blocked(MomentsCopy(text=e.wrong), brief_of(e.product.id), context_of(e.product.id)) for e in some)
        print(f"  {kind}: {hit} of {len(some)} found")
    hit = sum(blocked(MomentsCopy(text=e.wrong), brief_of(e.product.id), context_of(e.product.id)) for e in errors)
    copies = list(true_copies())
    alarms = sum(blocked(copy, brief_of(id, channel), context_of(id, channel)) for id, channel, copy in copies)
    print(f"planted errors found: {hit} of {len(errors)} = {hit / len(errors):.1%} (target >= 98 %)")
    print(f"false alarms on untouched copy: {alarms} of {len(copies)} = {alarms / len(copies):.1%} (target <= 2 %)")


if __name__ == "__main__":
    main()
