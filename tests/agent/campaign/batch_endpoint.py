"""A platform on loopback that speaks the Batch API's wire (files, batches, results) and misbehaves when told to."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from aiohttp import web

from tests.agent.campaign.faulty_endpoint import FaultyEndpoint

TIMES = ("天刚亮", "雨停了", "下课铃响了", "午休还剩十分钟", "灯还亮着", "车还没来", "锅里水开了", "门刚带上")
PLACES = ("教室最后一排", "靠窗的座位", "小区门口", "厨房的桌边", "楼下的长椅", "楼梯口", "阳台上", "工位旁边")
ACTS = (
    "先坐一会儿",
    "慢慢吃一口",
    "把袋子拆开",
    "倒进碗里",
    "和同桌分着吃",
    "配一杯牛奶",
    "嚼着看完一页",
    "垫一垫再走",
)


class Writer(FaultyEndpoint):
    """Answers with plain sentences that every check lets pass, each unlike those before."""

    def _copy(self) -> str:
        self._written = getattr(self, "_written", -1) + 1
        number = self._written
        text = f"{TIMES[number % 8]}，{PLACES[number // 8 % 8]}，{ACTS[(number + number // 8) % 8]}。"
        return json.dumps({"angle": "场景", "text": text, "link_text": "了解更多", "image_brief": []})


class BatchEndpoint:
    """Each batch takes `looks` looks to end, in `ends` states in order (the last for ever).

    `errors` of its calls fail, `lapses` are never made, `empty` come back unreadable; counted from the file's first
    line. `strange` adds lines of nobody, `twice` repeats every line.
    """

    def __init__(self, *, ends: tuple[str, ...] = ("completed",), looks: int = 2) -> None:
        self.ends, self.looks = list(ends), looks
        self.errors = self.lapses = self.empty = 0
        self.strange = self.twice = self.cut = False
        self.refuse_create = 0
        """Status with which a batch is refused; 0: not at all."""
        self.lose_create = 0
        """So many times a batch is made and its answer lost."""
        self.bad_polls = 0
        self.files: dict[str, str] = {}
        self.batches: dict[str, dict[str, Any]] = {}
        self.made: Counter[str] = Counter()
        """How often each custom_id's call was made."""
        self.requests: Counter[str] = Counter()
        self.chat = Writer({"ok": 1})
        self._looked: Counter[str] = Counter()

    def routes(self, app: web.Application) -> None:
        self.chat.routes(app)
        app.router.add_post("/v1/files", self._upload)
        app.router.add_get("/v1/files/{id}/content", self._content)
        app.router.add_post("/v1/batches", self._create)
        app.router.add_get("/v1/batches", self._list)
        app.router.add_get("/v1/batches/{id}", self._get)

    async def _upload(self, request: web.Request) -> web.Response:
        self.requests["upload"] += 1
        form = await request.post()
        file: Any = form["file"]
        assert form["purpose"] == "batch"
        id = f"file-{len(self.files)}"
        self.files[id] = file.file.read().decode()
        return web.json_response(
            {"id": id, "object": "file", "bytes": len(self.files[id]), "created_at": 1, "filename": file.filename,
             "purpose": "batch", "status": "processed"}
        )  # fmt: skip

    async def _content(self, request: web.Request) -> web.Response:
        self.requests["content"] += 1
        return web.Response(text=self.files[request.match_info["id"]], content_type="application/octet-stream")

    async def _create(self, request: web.Request) -> web.StreamResponse:
        self.requests["create"] += 1
        body = await request.json()
        if self.refuse_create:
            return web.json_response({"error": {"message": "no batches here"}}, status=self.refuse_create)
        assert body["endpoint"] == "/v1/chat/completions"
        assert body["completion_window"] == "24h"
        id = f"batch_{len(self.batches)}"
        end = self.ends.pop(0) if len(self.ends) > 1 else self.ends[0]
        self.batches[id] = {
            "id": id, "object": "batch", "endpoint": body["endpoint"], "input_file_id": body["input_file_id"],
            "completion_window": "24h", "status": "validating", "created_at": 1, "metadata": body.get("metadata"),
            "request_counts": {"total": 0, "completed": 0, "failed": 0}, "_end": end,
        }  # fmt: skip
        if self.lose_create:
            self.lose_create -= 1
            assert request.transport is not None
            request.transport.abort()
        return web.json_response(self._shown(id))

    async def _list(self, request: web.Request) -> web.Response:
        self.requests["list"] += 1
        data = [self._shown(id) for id in reversed(self.batches)]
        return web.json_response({"object": "list", "data": data, "has_more": False})

    async def _get(self, request: web.Request) -> web.Response:
        self.requests["get"] += 1
        if self.bad_polls:
            self.bad_polls -= 1
            return web.json_response({"error": {"message": "overloaded"}}, status=503)
        id = request.match_info["id"]
        if id not in self.batches:
            return web.json_response({"error": {"message": "no such batch", "code": "not_found"}}, status=404)
        self._looked[id] += 1
        batch = self.batches[id]
        if self._looked[id] >= self.looks and batch["status"] in ("validating", "in_progress"):
            self._end(batch)
        elif batch["status"] == "validating":
            batch["status"] = "in_progress"
        return web.json_response(self._shown(id))

    def _shown(self, id: str) -> dict[str, Any]:
        return {key: value for key, value in self.batches[id].items() if not key.startswith("_")}

    def _end(self, batch: dict[str, Any]) -> None:
        batch["status"] = batch["_end"]
        asked = [json.loads(line) for line in self.files[batch["input_file_id"]].splitlines()]
        if batch["status"] == "failed":
            batch["errors"] = {"object": "list", "data": [{"code": "invalid", "message": "line 1 is broken"}]}
            return
        good, bad = [], []
        for i, line in enumerate(asked):
            entry = {"id": f"r{i}", "custom_id": line["custom_id"], "response": None, "error": None}
            if i < self.errors:
                body = {"error": {"message": "too long", "code": "context_length_exceeded"}}
                bad.append(entry | {"response": {"status_code": 400, "request_id": "x", "body": body}})
            elif i < self.errors + self.lapses:
                if batch["status"] != "completed":
                    bad.append(entry | {"error": {"code": "batch_expired", "message": "not made in time"}})
                continue
            else:
                text = "" if i < self.errors + self.lapses + self.empty else self.chat._copy()
                body = self.chat._completion(line["body"], text)
                good.append(entry | {"response": {"status_code": 200, "request_id": "x", "body": body}})
            self.made[line["custom_id"]] += 1
        if self.strange:
            good.insert(0, {"id": "s", "custom_id": "nobody", "response": {"status_code": 200, "body": {}}})
        for name, rows in (("output_file_id", good), ("error_file_id", bad)):
            lines = [json.dumps(row, ensure_ascii=False) for row in rows] * (2 if self.twice else 1)
            if rows:
                batch[name] = f"file-{len(self.files)}"
                text = "\n".join(lines) + "\n"
                self.files[batch[name]] = text[:-40] if self.cut else text
        batch["request_counts"] = {"total": len(asked), "completed": len(good), "failed": len(bad)}
