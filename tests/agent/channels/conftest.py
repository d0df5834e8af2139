"""A headless Chromium for the tests of a module; they are skipped, with the reason, where there is none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from agent.channels.browser import find_browser

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser a module, the system's own: nothing is downloaded."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright 没有安装")
    program = find_browser()
    if program is None:
        pytest.skip("没有 Chromium、Chrome 或 Edge")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(
            executable_path=str(program), args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        yield browser
        browser.close()
