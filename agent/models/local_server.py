"""Starts and stops the child process that serves a GGUF file on loopback. Blocking; call it in a thread."""

from __future__ import annotations

import importlib.util
import json
import secrets
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import IO

from agent.errors import LocalModelError, LocalModelMissingError

_CHILD = Path(__file__).with_name("llama_child.py")
_GGUF_MAGIC = b"GGUF"
_STOP_SECONDS = 5.0


class LocalServer:
    """One GGUF file, one child process. `start` and `stop` may be called again and again."""

    def __init__(
        self, path: Path, *, context_window: int = 8192, threads: int = 0, start_seconds: float = 180.0
    ) -> None:
        """`context_window` in tokens, prompt and answer together; `threads` 0 lets llama.cpp choose."""
        self.path = path
        self.url = ""
        self.key = ""
        """A fresh secret for every start, so that no other program on this machine can use the server."""
        self._settings = {"path": str(path), "alias": path.stem, "host": "127.0.0.1", "threads": threads}
        self._settings["context_window"] = context_window
        self._start_seconds = start_seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._log: IO[bytes] | None = None

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def exit_code(self) -> int | None:
        """None while the child runs or when it was never started."""
        return self._process.poll() if self._process else None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Returns when the model is loaded and answers. Raises LocalModelError with llama.cpp's own last words."""
        self.stop()
        if importlib.util.find_spec("xllamacpp") is None:
            raise LocalModelMissingError("没有安装本地模型的运行库 xllamacpp")
        with self.path.open("rb") as file:
            if file.read(len(_GGUF_MAGIC)) != _GGUF_MAGIC:
                raise LocalModelError(
                    f"{self.path.name} 不是 GGUF 模型文件", hint="换一个 .gguf 文件；下载中断的要重新下载。"
                )
        self.key = secrets.token_urlsafe(24)
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  it lives as long as the child does
        self._process = subprocess.Popen(
            # -P: the folder of the script must not shadow standard modules.
            [sys.executable, "-P", str(_CHILD)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        try:
            self.url = self._shake_hands(self._process)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Ends the child and waits for it. Safe to call at any time."""
        process, self._process = self._process, None
        self.url = ""
        if process is not None:
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self._log is not None:
            self._log.close()
            self._log = None

    def last_words(self, lines: int = 3) -> str:
        """The end of llama.cpp's log, errors first when there are any."""
        if self._log is None:
            return ""
        self._log.seek(0)
        said = [line.strip() for line in self._log.read().decode("utf-8", "replace").splitlines() if line.strip()]
        errors = [line for line in said if " E " in line or "error" in line.lower()]
        return " / ".join((errors or said)[-lines:])

    def _shake_hands(self, process: subprocess.Popen[bytes]) -> str:
        assert process.stdin is not None
        assert process.stdout is not None
        late = threading.Event()

        def give_up() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(self._start_seconds, give_up)
        timer.start()
        try:
            process.stdin.write(json.dumps(self._settings | {"key": self.key}).encode() + b"\n")
            process.stdin.flush()
            line = process.stdout.readline()
        except BrokenPipeError:
            line = b""
        finally:
            timer.cancel()
            timer.join()
        if late.is_set():
            raise LocalModelError(f"{self._start_seconds:g} 秒内没能载入 {self.path.name}", detail=self.last_words())
        try:
            answer = json.loads(line)
        except ValueError:
            answer = {}
        if url := answer.get("url"):
            return str(url)
        reason = self.last_words() or str(answer.get("error", ""))
        raise LocalModelError(f"llama.cpp 载入不了 {self.path.name}", detail=reason)
