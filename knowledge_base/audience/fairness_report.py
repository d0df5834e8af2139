"""Who of a workspace's people is selected, by gender, age band and region."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from knowledge_base.audience.fairness import UNKNOWN, Policy, age_bands, audit
from knowledge_base.audience.privacy.pseudonyms import is_pseudonym
from knowledge_base.audience.propensity.keep import NAME, PREDICTIONS
from knowledge_base.errors import BadInputError

if TYPE_CHECKING:
    from knowledge_base.audience.store import AudienceStore


def fairness_report(store: AudienceStore, file: Path | None, top: float, policy: Policy) -> dict[str, Any]:
    """`file`: a list of selected people; else the `top` share by propensity. Plain JSON values."""
    users = store.users().collect()
    if not users.height:
        raise BadInputError("没有用户表，不知道性别、年龄和地区", hint="导入带这些列的用户表。")
    if file is None:
        path = store.folder / PREDICTIONS
        if not path.is_file():
            # A model that beat no plain rule foretells nothing, however often it is trained.
            card = store.cards().get(NAME)
            if card is not None and not card.get("use"):
                raise BadInputError(
                    "没有购买意向可看：训练过的模型没有赢过简单规则，没有用",
                    hint="给一份名单文件：wenan audience fairness 名单.csv，user 列是选中的人。",
                )
            raise BadInputError("没有购买意向可看", hint="先运行 wenan audience train propensity，或给一份名单文件。")
        scored = pl.read_parquet(path).join(users, on="user", how="inner")
        selected = (scored["percentile"] > 1 - top).to_numpy()
        people, what = scored, f"购买意向最高的 {top:.0%}"
    else:
        chosen = _chosen(store, file)
        people = users
        selected = people["user"].is_in(chosen.implode()).to_numpy()
        what = f"名单 {file.name}"
        if not selected.any():
            raise BadInputError("名单里没有一个认识的人", file=str(file), hint="user 列写导出文件里的用户号或假名。")
    groups = {
        "gender": _labels(people, "gender"),
        "age_band": age_bands(people["age"].cast(pl.Float64).fill_null(float("nan")).to_numpy()),
        "region": _labels(people, "region"),
    }
    return {"what": what, "people": people.height, **audit(selected, groups, policy=policy).as_dict()}


def _labels(people: pl.DataFrame, name: str) -> Any:
    return people[name].cast(pl.String).fill_null(UNKNOWN).to_numpy().astype(object)


def _chosen(store: AudienceStore, file: Path) -> pl.Series:
    if not file.is_file():
        raise BadInputError("没有这个文件", file=str(file), hint="核对路径。")
    try:
        # Ids are text: 007 is not 7.
        table = file.suffix.lower() == ".parquet"
        frame = pl.read_parquet(file) if table else pl.read_csv(file, infer_schema=False)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise BadInputError(
            f"读不了：{str(error).splitlines()[0]}", file=str(file), hint="存成 UTF-8 的 csv。"
        ) from error
    name = next((one for one in ("user", "用户ID", "用户") if one in frame.columns), None)
    if name is None:
        raise BadInputError("没有 user 这一列", file=str(file), field="user")
    ids = frame[name].cast(pl.String).drop_nulls().unique().to_list()
    return pl.Series([one if is_pseudonym(one) else store.pseudonyms.of_id(one) for one in ids], dtype=pl.String)
