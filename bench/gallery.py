"""Opening a gallery of 1,000 drafts in headless Chromium against a plain HTML page of the same size, in one run."""

from __future__ import annotations

import html
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from agent.brief import Brief, Form
from agent.channels.browser import find_browser
from agent.channels.gallery import gallery_html
from agent.context import Context
from agent.copies import ArticleCopy, Copy, MomentsCopy, ReplyCopy, Section, plain_text
from agent.draft import Draft
from agent.finding import Finding
from agent.ids import new_id
from bench.typeset import article
from knowledge_base.records import Brand, Channel, Persona, Product

COUNT = 1000
RUNS = 5
TARGET_SECONDS = 2.0
_FORMS: tuple[tuple[Channel, Form], ...] = (
    ("article", "article"), ("moments", "ad"), ("moments", "post"), ("reply", "service"), ("reply", "comment"),
)  # fmt: skip
_WHEN = datetime(2026, 11, 22, tzinfo=UTC)
# When the page is loaded, laid out and painted: the second frame begins after the first one was shown.
_OPENED = "() => new Promise(r => requestAnimationFrame(() => requestAnimationFrame(() => r(performance.now()))))"


def drafts(count: int = COUNT) -> Iterator[Draft]:
    """Drafts of all forms in turn, articles of 800 to 1,200 字 among them, a third with findings."""
    text = article()
    for n in range(count):
        channel, form = _FORMS[n % len(_FORMS)]
        at = n * 37 % 3000
        piece = " ".join(text[at : at + 1000].split())
        finding = Finding(
            check="style",
            rule_id="style.x",
            severity="block" if n % 6 else "warn",
            status="violation",
            message=piece[:30],
        )
        context = Context(
            products=(Product(id=f"p{n % 12}", name=f"商品{n % 12}"),),
            persona=Persona(id=f"u{n % 8}", name=f"人设{n % 8}"),
            brand=Brand(id="b", name="云雾里", colours=("#3f7d5c",)),
        )
        yield Draft(
            id=new_id("d"),
            created_at=_WHEN,
            brief=Brief(channel=channel, form=form, today=date(2026, 11, 22), message=piece[:40]),
            context=context,
            copy=_copy(form, piece, n),
            findings=(finding,) if n % 3 == 0 else (),
            attempts=(),
            model="offline",
            offline=True,
        )


def _copy(form: Form, piece: str, n: int) -> Copy:
    if form == "article":
        sections = tuple(Section(f"第{i + 1}节：先说看得见的", piece[i * 250 : i * 250 + 250]) for i in range(4))
        return ArticleCopy(
            title=f"第{n}篇：{piece[:18]}", titles=(), digest=piece[:60], sections=sections, cta=piece[:20]
        )
    if form in ("ad", "post"):
        return MomentsCopy(text=piece[: 40 if form == "ad" else 160], link_text="了解更多" if form == "ad" else "")
    return ReplyCopy(text=piece[:90])


def plain_page(made: list[Draft], size: int) -> str:
    """The words alone, one paragraph a draft, repeated until the page is as large."""
    paragraphs = [f"<p>{html.escape(plain_text(d.copy))}</p>\n" for d in made if d.copy is not None]
    parts, length, i = ["<!doctype html><meta charset=utf-8><title>x</title>\n"], 0, 0
    while length < size:
        parts.append(paragraphs[i % len(paragraphs)])
        length += len(parts[-1].encode())
        i += 1
    return "".join(parts)


def opened(browser: Any, file: Path) -> float:
    """Seconds from the start of navigation until the page has been painted."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    try:
        page.goto(file.as_uri(), wait_until="load")
        return float(page.evaluate(_OPENED)) / 1000
    finally:
        page.close()


def main() -> None:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        print("skipped: playwright is not installed")
        return
    program = find_browser()
    if program is None:
        print("skipped: there is no Chromium, Chrome or Edge")
        return
    made = list(drafts())
    start = time.perf_counter()
    page = gallery_html(made)
    print(f"written in {time.perf_counter() - start:.2f} s, {len(page.encode()) / 1e6:.2f} MB, {len(made):,} drafts")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        ours, plain = Path(folder, "gallery.html"), Path(folder, "plain.html")
        ours.write_text(page, encoding="utf-8")
        plain.write_text(plain_page(made, len(page.encode())), encoding="utf-8")
        browser = playwright.chromium.launch(
            executable_path=str(program), args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        try:
            times: dict[Path, list[float]] = {ours: [], plain: []}
            for run in range(RUNS + 1):
                for file, taken in times.items():
                    seconds = opened(browser, file)
                    if run:
                        taken.append(seconds)
        finally:
            browser.close()
    gallery, reference = (statistics.median(times[file]) for file in (ours, plain))
    print(
        f"opened: gallery {gallery:.2f} s (target < {TARGET_SECONDS:g}), "
        f"plain page of the same size {reference:.2f} s, ratio {gallery / reference:.2f}"
    )


if __name__ == "__main__":
    main()
