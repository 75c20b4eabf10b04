"""The two-way mapping: one YAML file per object, compiled to Python, with every fault found at load."""

from ltc.core.mapping.cel import condition
from ltc.core.mapping.editor import editor_schema
from ltc.core.mapping.generated import generated
from ltc.core.mapping.laws import apply, check_laws, run_examples
from ltc.core.mapping.loading import build, load
from ltc.core.mapping.mapping import Example, Mapping
from ltc.core.mapping.normal_form import explains
from ltc.core.mapping.proving import prove
from ltc.core.mapping.rules import Line, RefLine
from ltc.core.mapping.shadow import ShadowReader, shadow, shadow_reader

__all__ = [
    "Example",
    "Line",
    "Mapping",
    "RefLine",
    "ShadowReader",
    "apply",
    "build",
    "check_laws",
    "condition",
    "editor_schema",
    "explains",
    "generated",
    "load",
    "prove",
    "run_examples",
    "shadow",
    "shadow_reader",
]
