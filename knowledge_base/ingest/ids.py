"""Ids for rows and documents that bring none: made from what the thing is called, so that re-adding finds them again.

| kind | id | made from |
|---|---|---|
| persona, brand | its name | name |
| product | `product-` and a hash | brand and name |
| policy | `policy-` and a hash | brand and question |
| coupon | `coupon-` and a hash | brand and code, else name |
| asset | `asset-` and a hash | path |
| exemplar | `exemplar-` and a hash | channel and title, else text |
| passage | `passage-` and a hash | file and number of the chunk; in a table its text |

Changing anything else about a record keeps its id; renaming it makes a new one (`--sync` then prunes the old).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from knowledge_base.records import Kind

HEX = 12
"""Digits of a derived id: 48 bits, so 100,000 records have one collision with odds of 1 in 50,000."""

_SCOPE: dict[Kind, str] = {"product": "brand", "policy": "brand", "coupon": "brand", "exemplar": "channel"}
_CALLED: dict[Kind, tuple[str, ...]] = {
    "product": ("name",),
    "policy": ("question",),
    "coupon": ("code", "name"),
    "asset": ("path",),
    "exemplar": ("title", "text"),
    "passage": ("text",),
}


def natural_id(kind: Kind, data: Mapping[str, Any]) -> str | None:
    """None when the data does not say what the record is called, which makes it no record anyway."""
    if kind in ("persona", "brand"):
        return str(data["name"]) if data.get("name") else None
    called = next((str(data[field]) for field in _CALLED[kind] if data.get(field)), None)
    if called is None:
        return None
    return derived_id(kind, f"{data.get(_SCOPE.get(kind, ''), '')}\0{called}")


def derived_id(kind: Kind, key: str) -> str:
    """`kind-` and a hash of what makes the record itself."""
    return f"{kind}-{hashlib.sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()[:HEX]}"
