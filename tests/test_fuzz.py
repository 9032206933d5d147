"""Manifests made by chance obey the four laws, and Kubernetes' parsers read the edits as they are meant.

`tools/fuzz.py` does the same with as many seeds as one likes.
"""

import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from itertools import islice
from pathlib import Path

import hosts
import kubernetes
import laws
import pytest
import yaml

from krmfn.splice import parsing

sys.path.insert(0, str(hosts.REPOSITORY / "tools"))

import fuzz
from fuzzing import cases
from fuzzing.campaign import Tally, verdicts
from fuzzing.data import Chance
from fuzzing.judging import Fate, Objection, judge
from fuzzing.samples import Sample, sample
from fuzzing.shrinking import shrunk
from fuzzing.writing import escaped

SEEDS = 2_000
"""Seeds from 0 on are judged here; `make fuzz` of a night takes more."""
PARTS = 4


@pytest.fixture
def conversation(monkeypatch: pytest.MonkeyPatch) -> Iterator[kubernetes.Conversation | None]:
    """The judge of Kubernetes' parsers; None where no host is wanted or it is missing. Restores the parser in use."""
    monkeypatch.setattr(parsing, "parser_class", parsing.parser_class)
    is_there = os.environ.get("KRMFN_HOSTS") != "none" and hosts.find(kubernetes.JUDGE)
    wanted = is_there or os.environ.get("KRMFN_REQUIRE_HOSTS") == "1"
    with kubernetes.Conversation("yaml") if wanted else nullcontext() as found:
        yield found


@pytest.mark.parametrize("part", range(PARTS))
def test_seeds(part: int, conversation: kubernetes.Conversation | None, tell: Callable[[str], None]) -> None:
    seeds = range(part * SEEDS // PARTS, (part + 1) * SEEDS // PARTS)
    tally = Tally()
    for seed, verdict in verdicts(seeds, conversation):
        tally.add(verdict)
        assert not verdict.objections, (
            f"seed {seed} (`make fuzz FIRST={seed} SEEDS=1` shrinks it): {verdict.objections[0]}"
        )
    tell(f"seeds {seeds.start} to {seeds.stop - 1}: {tally}")
    assert all(tally.fates[fate] > 50 for fate in (Fate.UNCHANGED, Fate.EDITED, Fate.REFUSED))


def test_a_seed_makes_the_same_sample_again() -> None:
    assert [sample(seed) for seed in range(20)] == [sample(seed) for seed in range(20)]
    assert len({sample(seed).text for seed in range(50)}) > 45


def test_most_samples_are_yaml() -> None:
    assert sum(is_yaml(sample(seed).text) for seed in range(200)) > 150


def is_yaml(text: str) -> bool:
    try:
        laws.parse(text.encode())
    except yaml.YAMLError:
        return False
    return True


@pytest.mark.parametrize("text", ["é", "😀", "\x85", "a\nb", '"', "\ufeff"])
def test_escapes_are_those_of_yaml(text: str) -> None:
    assert yaml.safe_load(escaped(text)) == text
    assert escaped(text).isascii()


def test_a_sample_is_shrunk_to_what_fails() -> None:
    text = "kind: Pod\nspec:\n  containers:\n  - {name: a, image: x, command: [b, BAD]}\n---\nkind: Job\n"
    spec = {"pullSecrets": [{"name": "a"}, {"name": "b", "images": ["x"]}], "embedded": True}

    def fails(candidate: Sample) -> bool:
        return "BAD" in candidate.text and "b" in str(candidate.spec)

    assert shrunk(Sample(text, spec), fails) == Sample("BAD", {"embedded": True})


def test_a_failing_seed_becomes_a_case(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(parsing, "parser_class", parsing.parser_class)
    monkeypatch.setattr("krmfn.krm.function.add_results", lambda *_: [])
    assert fuzz.main(["60", "--without-kubernetes", "--most", "1", "--cases", str(tmp_path)]) == 1
    out = capsys.readouterr().out
    assert re.search(r"identity: the results are not in the ResourceList|truth: document 0: \.results should be", out)
    (case,) = (path for path in tmp_path.iterdir() if not path.name.endswith(".config.yaml"))
    assert f"shrunk to {case}" in out
    assert len(case.read_bytes()) < 200


def test_settings_stand_beside_a_case_unless_the_default_ones_do(tmp_path: Path) -> None:
    objection = Objection("truth", "a\nb")
    assert cases.write(Sample("a: b\n", cases.DEFAULT_SPEC), 1, objection, tmp_path).name == "seed-1.yaml"
    assert [path.name for path in tmp_path.iterdir()] == ["seed-1.yaml"]
    assert cases.write(Sample("a: b\r\n", {"embedded": True}), 2, objection, tmp_path).name == "seed-2.bin"
    assert (tmp_path / "seed-2.config.yaml").read_text() == "# truth: a\n# b\nembedded: true\n"


def test_an_error_that_nobody_expects_is_objected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsing, "parser_class", parsing.parser_class)
    monkeypatch.setattr("krmfn.krm.documents.of_input", lambda *_: 1 / 0)
    verdict = judge(Sample("a: b\n", None))
    assert verdict.fate is Fate.FAILED
    assert verdict.objections[0].who == "no error"


def test_chance_is_fixed_by_its_seed() -> None:
    assert [Chance(3).below(100) for _ in range(2)] == [Chance(3).below(100)] * 2


@pytest.mark.parametrize("target", ["run", "images"])
def test_bytes(target: str) -> None:
    pytest.importorskip("atheris", reason="atheris is not installed; `make fuzz-bytes` installs it")
    import fuzz_bytes

    for data in islice(fuzz_bytes.first_inputs(target), 40):
        fuzz_bytes.TARGETS[target](data)
