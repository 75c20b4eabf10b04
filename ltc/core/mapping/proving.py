"""Everything that can be proven of a mapping: its examples, and its laws on records like them."""

from __future__ import annotations

from ltc.core.errors import Fault
from ltc.core.mapping.generated import generated
from ltc.core.mapping.laws import check_laws, run_examples
from ltc.core.mapping.made_up import made_up
from ltc.core.mapping.mapping import Mapping
from ltc.core.models.leaves import generic


def prove(mapping: Mapping) -> list[Fault]:
    """Run the examples, and check the laws on them and on variations; one fault per line that breaks them.

    A mapping without examples is tried on a record that is made up for it.
    """
    faults = run_examples(mapping)
    if not faults:  # what an example cannot show, its variations cannot either
        faults = check_laws(mapping, generated(mapping, () if mapping.examples else made_up(mapping)))
    blamed: dict[tuple[str, int, str], Fault] = {}
    for fault in faults:
        blamed.setdefault((fault.file, fault.line, generic(fault.path)), fault)
    return list(blamed.values())
