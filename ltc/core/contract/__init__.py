"""What a connector is: the contract between the engine and a vendor's dialect."""

from ltc.core.contract.connector import Connector
from ltc.core.contract.cursors import read_cursor
from ltc.core.contract.hooks import Ear, Hint
from ltc.core.contract.json_number import JsonNumber, decode_json
from ltc.core.contract.keys import begun_anew, begun_as, is_spent, key_number, key_since, next_key
from ltc.core.contract.kit import Call, Clock, Kit, SystemClock
from ltc.core.contract.limits import Limits, Reserve
from ltc.core.contract.memory import Memory
from ltc.core.contract.objects import ObjectSpec, SettleRule, Step
from ltc.core.contract.records import (
    FieldSchema,
    Finding,
    Health,
    Journal,
    ObjectSchema,
    Outcome,
    Page,
    Presence,
    Raw,
    RawRecord,
    Settled,
    Verb,
    WriteItem,
    WriteResult,
)

__all__ = [
    "Call",
    "Clock",
    "Connector",
    "Ear",
    "FieldSchema",
    "Finding",
    "Health",
    "Hint",
    "Journal",
    "JsonNumber",
    "Kit",
    "Limits",
    "Memory",
    "ObjectSchema",
    "ObjectSpec",
    "Outcome",
    "Page",
    "Presence",
    "Raw",
    "RawRecord",
    "Reserve",
    "SettleRule",
    "Settled",
    "Step",
    "SystemClock",
    "Verb",
    "WriteItem",
    "WriteResult",
    "begun_anew",
    "begun_as",
    "decode_json",
    "is_spent",
    "key_number",
    "key_since",
    "next_key",
    "read_cursor",
]
