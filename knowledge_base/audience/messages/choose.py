"""Which classifier a workspace uses: its own when it was trained and won, the untrained one otherwise."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from knowledge_base.audience.messages.labels import Task
from knowledge_base.audience.messages.verdict import Classifier

if TYPE_CHECKING:
    from knowledge_base.embedding import Embedder
    from knowledge_base.workspace import Workspace


def model_path(workspace: Workspace, task: Task) -> Path:
    """Where a workspace's own classifier is kept."""
    return workspace.data / "audience" / "models" / f"text-{task}.npz"


def classifier(workspace: Workspace, task: Task, embedder: Embedder | None = None) -> Classifier:
    """Loads nothing heavy before it is asked, except a trained model. `embedder` overrides the workspace's."""
    from knowledge_base.audience.messages.trained import load
    from knowledge_base.audience.messages.untrained import ExampleClassifier
    from knowledge_base.audience.privacy.lockbox import need_unlocked

    # A trained model that cannot be read must not silently give way to the untrained one.
    need_unlocked(workspace.data)
    own = load(model_path(workspace, task))
    if own is not None and own.card.used:
        return own
    if embedder is None:
        from knowledge_base.embedders import open_embedder

        embedder = open_embedder(workspace)
    return ExampleClassifier(task, embedder, remembering=examples_embedder(workspace, embedder))


def examples_embedder(workspace: Workspace, embedder: Embedder) -> Embedder:
    """Remembers our examples' vectors on disk: embedding them takes four seconds, everything else one."""
    from knowledge_base.embedders.cached import CachedEmbedder

    return CachedEmbedder(embedder, workspace.data / "cache" / "examples.db")
