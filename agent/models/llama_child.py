"""The child process that holds a local model: llama.cpp's own server, through xllamacpp. Run as a script, not imported.

Talks to its parent over pipes: one JSON line of settings in, one JSON line out ({"url"} or {"error"}), then it serves
until its standard input closes. So it ends when the parent does, however the parent ends. A process of its own, because
llama.cpp can abort the whole process on a damaged file and keeps threads of its own.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any


def main() -> None:
    # llama.cpp writes its log to file descriptor 1; the parent's line must not drown in it.
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    settings: dict[str, Any] = json.loads(sys.stdin.buffer.readline())
    try:
        server = _start(settings)
    except Exception as error:  # xllamacpp raises bare RuntimeError and more; the parent explains
        print(json.dumps({"error": f"{type(error).__name__}: {error}"}), file=answer, flush=True)
        os._exit(1)
    print(json.dumps({"url": server.listening_address}), file=answer, flush=True)
    sys.stdin.buffer.read()
    # No clean-up: the memory goes with the process, and the server's threads cannot hold the exit up.
    os._exit(0)


def _start(settings: dict[str, Any]) -> Any:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = settings["path"]
    # One name in older releases, a set of names in newer ones.
    alias = settings["alias"]
    params.model_alias = alias if isinstance(params.model_alias, str) else {alias}
    params.hostnames = [settings["host"]]
    params.port = 0
    params.api_keys = [settings["key"]]
    params.n_ctx = settings["context_window"]
    params.n_parallel = 1
    params.ui = False
    params.endpoint_slots = False
    if settings["threads"]:
        params.cpuparams.n_threads = settings["threads"]
    return xllamacpp.Server(params)


if __name__ == "__main__":
    main()
