"""The offline writer: a model without key or network that fills copy templates from the rendered data blocks."""

from agent.models.offline.writer import OfflineModel

__all__ = ["OfflineModel"]
