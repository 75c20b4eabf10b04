"""What would cost time or memory is refused before it does: all of it together within a few seconds and little memory.

Everything is tried in one process of its own, which the system ends if it takes more than it may.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ltc.core.errors import Misconfigured
from ltc.core.mapping import load

CPU_SECONDS = 30
MEGABYTES = 400
LAUGHS = "a0: &a0 [lol]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 60))
MAPPING = "system: s\nobject: O\nentity: customer\nkey: Id\nfields:\n  name: Name\n"

BOMBS = {
    "a billion laughs": (LAUGHS, "yaml.anchor"),
    "ten megabytes": ("a: " + "x" * 10_000_000, "yaml.too_large"),
    "brackets": ("[" * 900_000, "yaml.too_deep"),
    "braces": ("{a: " * 200_000, "yaml.too_deep"),
    "dashes": ("- " * 400_000, "yaml.too_deep"),
    "questions": ("? " * 400_000, "yaml."),
    "stairs": ("".join(f"{' ' * n}a:\n" for n in range(1_200)), "yaml.too_deep"),
    "very many values": ("[" + "1," * 450_000 + "1]", "yaml.too_many"),
    "very many keys": ("".join(f"k{n}: 1\n" for n in range(90_000)), "yaml.too_many"),
    "one key again and again": ("k: 1\n" * 150_000, "yaml.duplicate_key"),
    "aliases": ("[" + "*a," * 300_000 + "*a]", "yaml.alias"),
    "tags": ("[" + "!x a," * 180_000 + "a]", "yaml.tag"),
    "merge keys": ("<<: 1\n" * 150_000, "yaml.merge"),
    "documents": ("---\na\n" * 150_000, "yaml.documents"),
    "a huge text": ("a: '" + "x" * 900_000 + "'", "yaml.too_long"),
    "a huge number": ("a: " + "9" * 900_000, "yaml.too_long"),
    "a huge key": ("'" + "k" * 900_000 + "': 1", "yaml."),
    "lines and lines": ("a: '" + "x\n" * 400_000 + "'", "yaml.too_long"),
    "only remarks": ("# nothing\n" * 90_000, "mapping.bad_file"),
    "thousands of unknown paths": (MAPPING + "".join(f"  nam{n}: A\n" for n in range(20_000)), "mapping.unknown_path"),
    "thousands of strange options": (
        MAPPING + "  phone: {from: P, " + ", ".join(f"o{n}: 1" for n in range(20_000)) + "}\n", "mapping.unknown_key",
    ),
    "thousands of wrong codes": (
        MAPPING + "  rating: {from: R, codes: {" + ", ".join(f"k{n}: v{n}" for n in range(15_000)) + "}, preferred: ["
        + ", ".join(f"z{n}" for n in range(9_000)) + "]}\n", "mapping.bad_option",
    ),
    "a long expression": (MAPPING + 'when: "' + "true && " * 2_000 + 'true"\n', "mapping.bad_cel"),
    "a deep expression": (MAPPING + 'when: "' + "(" * 500 + "true" + ")" * 500 + '"\n', "mapping.bad_cel"),
    "a wide field": (MAPPING + "  number: {from: N, pad: 1000000000}\n", "mapping.bad_option"),
}  # fmt: skip

PROGRAM = """
import json, resource, sys
resource.setrlimit(resource.RLIMIT_CPU, (int(sys.argv[2]), int(sys.argv[2])))
from pathlib import Path
from ltc.core.errors import Misconfigured
from ltc.core.mapping import load
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
found = {}
for path in sorted(Path(sys.argv[1]).glob("*.yaml")):
    try:
        load([path])
        found[path.stem] = []
    except Misconfigured as refusal:
        found[path.stem] = [[fault.code, fault.line, fault.column, fault.remedy] for fault in refusal.faults]
print(json.dumps({"found": found, "megabytes": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024}))
"""


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bombs")
    for name, (text, _) in BOMBS.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    command = [sys.executable, "-c", PROGRAM, str(folder), str(CPU_SECONDS)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[3])
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", BOMBS)
def test_it_is_refused_with_a_place_and_a_remedy(outcome, name):
    found = outcome["found"][name]
    assert 1 <= len(found) <= 100
    code, line, column, remedy = found[0]
    assert code.startswith(BOMBS[name][1])
    assert line >= 1
    assert column >= 1
    assert remedy


def test_all_of_it_takes_little_memory(outcome):
    assert outcome["megabytes"] < MEGABYTES


@pytest.mark.parametrize(
    ("content", "code", "line"),
    [
        (b"\xff\xfea\x00:\x00 \x001\x00", "yaml.not_utf8", 1),
        ("a: 1\nb: Köln\n".encode("latin-1"), "yaml.not_utf8", 2),
        (b"a: 1\nb: \x00\n", "yaml.character", 2),
        (b"a: 1\n\xef\xbb\xbfb: 2\n", "yaml.character", 2),
        (b"", "mapping.bad_file", 1),
        (b"---\n...\n", "mapping.bad_file", 2),
        (b"\n\n# nothing\n", "mapping.bad_file", 1),
    ],
)
def test_files_in_strange_bytes(tmp_path, content, code, line):
    path = tmp_path / "m.yaml"
    path.write_bytes(content)
    with pytest.raises(Misconfigured) as caught:
        load([path])
    assert [(fault.code, fault.line) for fault in caught.value.faults] == [(code, line)]


def test_a_mark_of_bytes_at_the_beginning_is_no_news(tmp_path):
    path = tmp_path / "m.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + MAPPING.encode())
    assert load([path]).object == "O"
