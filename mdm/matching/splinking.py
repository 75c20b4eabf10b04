"""The same model in Splink on DuckDB: trained by it, and scored by it, for what one process in Python is too slow for.

Splink reads the standardised columns and the conditions of the levels in SQL. Its weights come back as a model of ours, whose
scores are the same; so it is needed where a model is trained, and not where it is used.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from mdm.matching.model import Columns, Comparison, Level, Model
from mdm.matching.records import Pair, Task

_QUIET: Final = 30
_SAMPLED: Final = 2_000_000


def settings(model: Model, task: Task = "dedupe", rules: Sequence[str] = ()) -> dict[str, Any]:
    """Write a model as the settings of Splink; ``rules`` are conditions in SQL under which pairs become candidates."""
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "place",
        "probability_two_random_records_match": model.prior,
        "blocking_rules_to_generate_predictions": [_rule(rule, task) for rule in rules],
        "comparisons": [_comparison(comparison, model.rarest) for comparison in model.comparisons],
        "retain_matching_columns": False,
        "retain_intermediate_calculation_columns": False,
    }


def _rule(rule: str, task: Task) -> str:
    return f"({rule}) and l.source <> r.source" if task == "link" else rule


def _comparison(comparison: Comparison, rarest: float) -> dict[str, Any]:
    missing = {"sql_condition": comparison.missing, "label_for_charts": "not known", "is_null_level": True}
    levels = [_level(level, rarest) for level in comparison.levels]
    return {"output_column_name": comparison.name.replace(" ", "_").replace("-", "_"), "comparison_levels": [missing, *levels]}


def _level(level: Level, rarest: float) -> dict[str, Any]:
    said = {
        "sql_condition": level.sql,
        "label_for_charts": level.name,
        "m_probability": level.m,
        "u_probability": level.u,
        "fix_m_probability": not level.learned,
        "fix_u_probability": not level.learned,
    }
    if level.common:
        said |= {
            "tf_adjustment_column": level.common,
            "tf_adjustment_weight": 1.0,
            "tf_minimum_u_value": rarest,
            "disable_tf_exact_match_detection": True,
        }
    return said


@dataclass(frozen=True, slots=True)
class Splinked:
    """A linker of Splink over standardised records, with the connection that it works on."""

    linker: Any
    api: Any
    model: Model

    def bits(self, pairs: Sequence[Pair]) -> dict[Pair, float]:
        """Let Splink weigh pairs, in bits."""
        import pyarrow as pa  # noqa: PLC0415  # large: loaded only when Splink is asked for

        table = {
            "join_key_l": [one for one, _ in pairs],
            "join_key_r": [other for _, other in pairs],
            "match_key": ["0"] * len(pairs),
        }
        blocked = self.api.register(pa.table(table))
        self.linker.table_management.register_blocked_pairs_for_predict(blocked)
        found = self.linker.inference.predict()
        said = f"select place_l, place_r, match_weight from {found.physical_name}"  # noqa: S608  # a name that Splink made
        rows = self.api.duckdb_con.execute(said).fetchall()
        return {(min(one, other), max(one, other)): float(weight) for one, other, weight in rows}

    def trained(self) -> Model:
        """Read back what Splink has learned."""
        learned = self.linker.misc.save_model_to_json()
        frequencies = {}
        for comparison, said in zip(self.model.comparisons, learned["comparisons"], strict=True):
            levels = [level for level in said["comparison_levels"] if not level.get("is_null_level")]
            frequencies[comparison.name] = [
                (found.get("m_probability", level.m), found.get("u_probability", level.u))
                for level, found in zip(comparison.levels, levels, strict=True)
            ]
        return self.model.with_frequencies(frequencies, learned["probability_two_random_records_match"])


def open_linker(model: Model, rows: Sequence[Columns], sources: Sequence[str], task: Task = "dedupe") -> Splinked:
    """Hand standardised records and a model over to Splink."""
    import duckdb  # noqa: PLC0415  # large: loaded only when Splink is asked for
    import pyarrow as pa  # noqa: PLC0415
    from splink import DuckDBAPI, Linker  # noqa: PLC0415

    logging.getLogger("splink").setLevel(_QUIET)
    api = DuckDBAPI(duckdb.connect())
    columns: dict[str, Any] = {name: [_plain(row[name]) for row in rows] for name in rows[0]}
    texts = {name: pa.array(values, _type(pa, rows, name)) for name, values in columns.items()}
    table = pa.table({"place": list(range(len(rows))), "source": list(sources), **texts})
    linker = Linker(api.register(table), settings(model, task), log_level=None)
    for name, shares in model.common.items():
        known = {
            name: pa.array(list(shares), pa.string()),
            f"tf_{name}": pa.array(list(shares.values()), pa.float64()),
        }
        lookup = pa.table(known)
        linker.table_management.register_term_frequency_lookup(api.register(lookup), name)
    return Splinked(linker, api, model)


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _type(arrow: Any, rows: Sequence[Mapping[str, Any]], name: str) -> Any:
    if isinstance(rows[0][name], tuple):
        return arrow.list_(arrow.string())
    return arrow.int64() if isinstance(rows[0][name], int) else arrow.string()


def train(linked: Splinked, rules: Sequence[str], seed: int = 1) -> Model:
    """Let Splink learn: u from random pairs, m by expectation and maximisation among the pairs that each rule brings up."""
    training = linked.linker.training
    training.estimate_u_using_random_sampling(max_pairs=_SAMPLED, seed=seed)
    for rule in rules:
        training.estimate_parameters_using_expectation_maximisation(rule)
    return linked.trained()
