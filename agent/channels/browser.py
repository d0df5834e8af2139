"""A local page as a PNG by a headless Chromium that is there already.

Nothing is downloaded, and nothing that was started outlives the call.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from knowledge_base.errors import WenanError

BROWSER_VARIABLE = "WENAN_BROWSER"
"""Names the program outright."""
_NAMES = (
    "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge",
    "microsoft-edge-stable", "msedge", "brave-browser",
)  # fmt: skip
_MAC = (
    "Google Chrome.app/Contents/MacOS/Google Chrome",
    "Chromium.app/Contents/MacOS/Chromium",
    "Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
_WINDOWS = ("Google/Chrome/Application/chrome.exe", "Microsoft/Edge/Application/msedge.exe")
_FLAGS = (
    "--headless", "--disable-gpu", "--hide-scrollbars", "--no-first-run", "--no-default-browser-check",
    "--disable-sync", "--disable-extensions", "--disable-background-networking", "--disable-component-update",
    "--disable-quic",
)  # fmt: skip
_HEIGHT = re.compile(r'data-height="(\d+)"')
MAX_HEIGHT = 16_000
"""Pixels; what Chromium can draw in one piece."""
SECONDS = 45.0


class BrowserError(WenanError):
    """There is no browser to draw with, or it did not draw."""


def find_browser() -> Path | None:
    """A Chromium, Chrome or Edge, from the environment, the PATH or the usual places."""
    if named := os.environ.get(BROWSER_VARIABLE):
        found = shutil.which(named) or named
        return Path(found) if Path(found).is_file() else None
    for name in _NAMES:
        if at := shutil.which(name):
            return Path(at)
    return next((path for path in _usual_places() if path.is_file()), None)


def screenshot(page: Path, picture: Path, *, width: int = 1280, dark: bool = False, seconds: float = SECONDS) -> None:
    """Draws a page, whole, `width` CSS pixels wide and twice as many sharp. The page must say its height, see page.js.

    Raises BrowserError when there is no browser, or when it fails or takes longer than `seconds`.
    """
    browser = find_browser()
    if browser is None:
        raise BrowserError(
            "没有找到能截图的浏览器",
            hint=f"装 Chromium、Chrome 或 Edge；装在别处就用环境变量 {BROWSER_VARIABLE} 写明程序的位置。"
            "网页已经写好，可以直接打开。",
        )
    address = page.resolve().as_uri()
    mode = ("--blink-settings=preferredColorScheme=0",) if dark else ()
    with tempfile.TemporaryDirectory(prefix="wenan-", ignore_cleanup_errors=True) as folder:
        base = (str(browser), *_FLAGS, *mode, f"--user-data-dir={folder}")
        said = _run((*base, f"--window-size={width},900", "--dump-dom", address), seconds)
        found = _HEIGHT.search(said)
        height = min(int(found[1]) if found else 2400, MAX_HEIGHT)
        drawn = Path(folder) / "page.png"
        # Sharp pictures of very long pages would be larger than Chromium can draw.
        scale = 2 if height * 2 <= MAX_HEIGHT else 1
        size = (f"--window-size={width},{height}", f"--force-device-scale-factor={scale}")
        _run((*base, *size, f"--screenshot={drawn}", address), seconds)
        if not drawn.is_file():
            raise BrowserError("浏览器没有画出图", hint=f"直接用浏览器打开 {page}，用它自己的截图。")
        from agent.storage.files import write_bytes

        write_bytes(picture, [drawn.read_bytes()])


def _run(command: Sequence[str], seconds: float) -> str:
    """Standard output. Without a sandbox only where the system gives none, which is no harm: the page is ours."""
    code, said, complaint = _attempt(command, seconds, sandbox=_may_have_sandbox())
    if code and "sandbox" in complaint.lower():
        code, said, complaint = _attempt(command, seconds, sandbox=False)
    if code:
        last = next((line for line in reversed(complaint.splitlines()) if line.strip()), "")
        raise BrowserError(f"浏览器出错（{code}）", hint=last[:200] or "换一个浏览器试试。")
    return said


def _attempt(command: Sequence[str], seconds: float, *, sandbox: bool) -> tuple[int, str, str]:
    program, *rest = command
    whole = [program, *(() if sandbox else ("--no-sandbox",)), *rest]
    flags = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
    try:
        process = subprocess.Popen(
            whole, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
            errors="replace", start_new_session=sys.platform != "win32", creationflags=flags,
        )  # fmt: skip
    except OSError as error:
        raise BrowserError(f"打不开浏览器 {program}", hint=str(error)) from error
    try:
        said, complaint = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired as error:
        raise BrowserError(
            f"浏览器 {seconds:g} 秒没有画完", hint="网页已经写好，可以直接打开；稿子多就分几次截图。"
        ) from error
    finally:
        _end(process)
    return process.returncode, said, complaint


def _end(process: subprocess.Popen[str]) -> None:
    """Ends the browser and every child it has left behind."""
    if sys.platform == "win32":
        if process.poll() is None:
            subprocess.run(["taskkill", "/F", "/T", "/PID", str(process.pid)], capture_output=True, check=False)
    else:
        # Its own session: the group's number is the process's, also after that has ended.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    for stream in (process.stdout, process.stderr):
        if stream is not None:
            stream.close()
    process.wait()


def _may_have_sandbox() -> bool:
    return sys.platform == "win32" or os.geteuid() != 0


def _usual_places() -> list[Path]:
    if sys.platform == "darwin":
        roots = (Path("/Applications"), Path.home() / "Applications")
        return [root / name for root in roots for name in _MAC]
    if sys.platform == "win32":
        roots = tuple(
            Path(os.environ[name])
            for name in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA")
            if name in os.environ
        )
        return [root / name for root in roots for name in _WINDOWS]
    return [Path("/snap/bin/chromium"), Path("/opt/google/chrome/chrome"), Path("/usr/lib/chromium/chromium")]
