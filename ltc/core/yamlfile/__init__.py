"""The one strict reader of YAML that people write: safe to read, every value with its place, every fault at once."""

from ltc.core.yamlfile.into_model import WrongValue, to_model
from ltc.core.yamlfile.node import MAX_FAULTS, Node, Place, did_you_mean, overlay
from ltc.core.yamlfile.reader import load, parse
from ltc.core.yamlfile.writer import render, write_scalar

__all__ = [
    "MAX_FAULTS",
    "Node",
    "Place",
    "WrongValue",
    "did_you_mean",
    "load",
    "overlay",
    "parse",
    "render",
    "to_model",
    "write_scalar",
]
