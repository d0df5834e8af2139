"""Who decides something about people says why: rooms register their reasons, and `audience why` shows all of them.

from knowledge_base.audience.privacy import explainers
explainers.register("购买意向", reasons_for_propensity)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from knowledge_base.audience.privacy.erasers import Person
    from knowledge_base.audience.store import AudienceStore

Explainer = Callable[["AudienceStore", str], Sequence[str]]
"""(store, pseudonym) -> sentences in Chinese: what was decided, and the main reasons. Empty: nothing was decided."""

PersonExplainer = Callable[["AudienceStore", "Person"], Sequence[str]]
"""The same for reasons that are found by the id in the shop's exports, too."""

_REGISTERED: dict[str, Explainer] = {}
_BY_PERSON: dict[str, PersonExplainer] = {}


def register(name: str, explainer: Explainer) -> None:
    """Adds a kind of decision under a Chinese name; the same name again replaces it."""
    _REGISTERED[name] = explainer


def register_by_person(name: str, explainer: PersonExplainer) -> None:
    """`register` for an explainer that wants the original id as well."""
    _BY_PERSON[name] = explainer


def registered_by_person() -> Mapping[str, PersonExplainer]:
    """All kinds that want the original id."""
    return MappingProxyType(_BY_PERSON)


def registered() -> Mapping[str, Explainer]:
    """All kinds, in the order they were registered."""
    return MappingProxyType(_REGISTERED)
