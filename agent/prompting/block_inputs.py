"""What a data block is made of, so that the same records are not rendered again for every draft of a campaign.

A block is a function of the values its body names: templates have no side effects, and records are frozen.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from jinja2 import Environment, meta, nodes

Made = TypeVar("Made")

KEPT = 4096
"""Rendered blocks held, at about a kilobyte each."""
_BY_VALUE = (str, bool, int, float, Decimal, date, type(None))


def inputs_of(body: list[nodes.Node], environment: Environment) -> list[nodes.Expr] | None:
    """Expressions for all that the body depends on; None when that cannot be told, as with an include inside.

    A name that is used for one attribute only counts as this attribute: `brief.today` is the same for a whole day,
    the brief is another for each draft.
    """
    template = nodes.Template(body)
    template.set_environment(environment)
    if next(template.find_all((nodes.Include, nodes.Import, nodes.FromImport, nodes.Block)), None):
        return None
    free = meta.find_undeclared_variables(template)
    attributes: dict[str, set[str]] = defaultdict(set)
    bare = set[str]()
    for name, attribute in _uses(template):
        if attribute is None:
            bare.add(name)
        else:
            attributes[name].add(attribute)
    found: list[nodes.Expr] = []
    for name in sorted(free):
        own = attributes[name]
        value = nodes.Name(name, "load")
        found.append(nodes.Getattr(value, own.pop(), "load") if name not in bare and len(own) == 1 else value)
    return found


def _uses(node: nodes.Node) -> Iterator[tuple[str, str | None]]:
    """(name, attribute or None) for every place where a name is read."""
    for child in node.iter_child_nodes():
        if isinstance(child, nodes.Getattr) and isinstance(child.node, nodes.Name):
            yield child.node.name, child.attr
        elif isinstance(child, nodes.Name):
            yield child.name, None
        else:
            yield from _uses(child)


class Kept:
    """The last results by their inputs: plain values by what they are, records by which object they are."""

    def __init__(self) -> None:
        self._made: dict[Hashable, tuple[object, Any]] = {}

    def get(self, inputs: tuple[Any, ...], make: Callable[[], Made]) -> Made:
        key = _key(inputs)
        found = self._made.get(key)
        if found is None:
            if len(self._made) >= KEPT:
                self._made.pop(next(iter(self._made)), None)
            # The inputs are held too: an id is another object's as soon as its own is gone.
            found = self._made[key] = (inputs, make())
        made: Made = found[1]
        return made


def _key(value: Any) -> Hashable:
    if type(value) is str:
        return value
    if type(value) is tuple:
        return tuple([_key(one) for one in value])
    return (type(value), value) if isinstance(value, _BY_VALUE) else (None, id(value))
