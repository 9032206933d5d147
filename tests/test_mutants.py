"""`make mutants`: which mutants are tested, and what is said of those that no test notices."""

import sys
from pathlib import Path

import hosts
import pytest

sys.path.insert(0, str(hosts.REPOSITORY / "tools"))

import mutants
import uncached
from mutants import Mutant

from krmfn.imagepull.kinds import catalogue

NAMES = [f"krmfn.krm.globs.x_{letter}__mutmut_{number}" for letter in "abcdefghij" for number in range(5)]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[list[str]]]:
    """The names of the mutants that were tested, for `quick` and `slow` tests. mutmut is not run: each 5th survives."""
    rounds: dict[str, list[list[str]]] = {"quick": [], "slow": []}

    def mutate(folder: Path, names: list[str], _: int) -> None:
        rounds[folder.name.rpartition("-")[2]].append(names)

    def exit_codes(folder: Path) -> dict[str, int | None]:
        return {name: 1 if "slow" in folder.name and "_a_" in name else int(name[-1] != "0") for name in NAMES}

    monkeypatch.setattr(mutants, "prepared", lambda name, *_: Path(name))
    monkeypatch.setattr(mutants, "run_mutmut", lambda *_: 1)
    monkeypatch.setattr(mutants, "mutate", mutate)
    monkeypatch.setattr(mutants, "exit_codes", exit_codes)
    monkeypatch.setattr(mutants, "run_at_import", lambda _: set())
    monkeypatch.setattr(mutants, "shown", lambda _, name: Mutant("krmfn/krm/globs.py", f"old {name}", f"new {name}"))
    return rounds


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["mutants.py", "krm", *arguments])
    return mutants.main()


def test_each_layer_has_tests_that_are_there() -> None:
    assert mutants.QUICK.keys() == mutants.SLOW.keys()
    for layer, quick in mutants.QUICK.items():
        modules = [*quick, *mutants.SLOW[layer]]
        assert len(set(modules)) == len(modules), layer
        for module in modules:
            assert (hosts.REPOSITORY / "tests" / f"test_{module}.py").exists(), module


def test_ids_of_their_tests_stay_what_they_are(request: pytest.FixtureRequest) -> None:
    """Those that are run now, which may be all.

    pytest escapes `ids=` once more when it collects again in one process, and mutmut has it do that. Where there is
    something to escape, mutmut does not find the test again.
    """
    modules = {module for layer in mutants.QUICK for module in (*mutants.QUICK[layer], *mutants.SLOW[layer])}
    assert [
        item.nodeid
        for item in request.session.items
        if isinstance(item, pytest.Function) and item.path.stem.removeprefix("test_") in modules
        if any("ids" in mark.kwargs for mark in item.iter_markers("parametrize"))
        if "\\" in item.callspec.id
    ] == []


def test_slow_tests_run_for_survivors_only(
    monkeypatch: pytest.MonkeyPatch, told: dict[str, list[list[str]]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch) == 1
    assert told == {"quick": [NAMES], "slow": [[name for name in NAMES if name.endswith("_0")]]}
    first, whole, *others = capsys.readouterr().out.splitlines()
    assert first == "krmfn/krm/globs.py: 82.0 % of 50 mutants (41 killed, 9 survived, 0 argued)"
    assert whole == "all: 82.0 % of 50 mutants (41 killed, 9 survived, 0 argued)"
    assert others[:3] == [NAMES[5], f"- old {NAMES[5]}", f"+ new {NAMES[5]}"]


def test_what_runs_at_import_is_tested_in_a_process_of_its_own(
    monkeypatch: pytest.MonkeyPatch, told: dict[str, list[list[str]]], capsys: pytest.CaptureFixture[str]
) -> None:
    anew = []

    def tested_anew(_: Path, name: str, tests: tuple[str, ...]) -> int:
        assert {"config_schema", "cases"} <= set(tests)
        anew.append(name)
        return len(anew) == 1

    monkeypatch.setattr(mutants, "run_at_import", lambda _: {f"krmfn.krm.globs.x_{letter}" for letter in "abc"})
    monkeypatch.setattr(mutants, "tested_anew", tested_anew)
    run(monkeypatch)
    assert len(told["slow"][0]) == 10
    assert anew == [f"krmfn.krm.globs.x_{letter}__mutmut_0" for letter in "bc"]
    assert "all: 84.0 % of 50 mutants (42 killed, 8 survived, 0 argued)" in capsys.readouterr().out


def test_a_sample_says_that_it_is_one_and_can_be_had_again(
    monkeypatch: pytest.MonkeyPatch, told: dict[str, list[list[str]]], capsys: pytest.CaptureFixture[str]
) -> None:
    for seed in ("0", "0", "1"):
        run(monkeypatch, "--sample", "20", "--seed", seed)
    once, again, other = told["quick"]
    assert once == again != other
    assert len(set(once)) == 20
    assert {*once, *other} <= set(NAMES)
    assert all(name in once for name in told["slow"][0])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "A sample of 20 of 50 mutants (--seed 0):"
    assert "of 20 mutants" in lines[1]


def test_a_sample_has_no_more_mutants_than_there_are(
    monkeypatch: pytest.MonkeyPatch, told: dict[str, list[list[str]]], capsys: pytest.CaptureFixture[str]
) -> None:
    run(monkeypatch, "--sample", "51")
    assert told["quick"] == [sorted(NAMES)]
    assert capsys.readouterr().out.startswith("A sample of 50 of 50 mutants")


def test_argued_mutants_do_not_count(
    monkeypatch: pytest.MonkeyPatch, told: dict[str, list[list[str]]], capsys: pytest.CaptureFixture[str]
) -> None:
    argued = [mutants.shown(Path(), name) for name in NAMES if name.endswith("_0")]
    monkeypatch.setattr(mutants, "read_argued", lambda: iter(argued))
    assert run(monkeypatch) == 0
    assert told["slow"]
    assert capsys.readouterr().out.endswith("all: 100.0 % of 50 mutants (41 killed, 0 survived, 9 argued)\n")


def test_caches_are_emptied_before_a_mutant_is_tested() -> None:
    catalogue.is_known_name("Deployment")
    uncached.pytest_configure()
    assert catalogue.is_known_name.cache_info().currsize == 0


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("krmfn.krm.globs.x_compiled__mutmut_1", "krmfn/krm/globs.py"),
        ("krmfn.splice.lines.xǁLinesǁat__mutmut_12", "krmfn/splice/lines.py"),
        ("krmfn.imagepull.settings.xǁSettingsǁof__mutmut_1", "krmfn/imagepull/settings/__init__.py"),
    ],
)
def test_a_mutant_belongs_to_the_file_that_it_changes(name: str, file: str) -> None:
    assert mutants.file_of(name) == file
    assert (hosts.REPOSITORY / file).exists()


def test_failure_of_mutmut_names_its_log(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(mutants, "mutmut", lambda *_: [sys.executable, "-c", "raise SystemExit('no tests')"])
    with pytest.raises(SystemExit, match=r"mutmut\.log says why$"):
        mutants.mutate(tmp_path, ["krmfn.krm.globs.x_a__mutmut_1"], 1)
    assert (tmp_path / "mutmut.log").read_text() == "no tests\n"
