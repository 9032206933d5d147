"""Where settings come from: files found and named, what they extend, and what is said of those that do not count."""

from collections.abc import Sequence

import pytest
from hosts import Finished, Workplace

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: n}\nspec:\n  containers: [{name: a, image: a}]\n"
HEAD = "apiVersion: krmfn.dev/v1alpha1\nkind: ImagePull\nmetadata: {name: x}\nspec:\n"


def config(*secrets: str, more: str = "") -> str:
    return f"{HEAD}  pullSecrets: [{', '.join(secrets)}]\n{more}"


@pytest.fixture
def place(tmp_path: Workplace) -> Workplace:
    made = Workplace(tmp_path)  # type: ignore[arg-type]
    made.write({".git/HEAD": "ref: refs/heads/main\n"})
    return made


def diff(place: Workplace, *arguments: str) -> Finished:
    return place.run(place.krmfn, "diff", *arguments)


def added(finished: Finished) -> Sequence[str]:
    """The secrets that a patch adds, in their order."""
    return [line.partition("name: ")[2] for line in finished.stdout.splitlines() if line.startswith("+  - name: ")]


@pytest.mark.parametrize("name", ["krmfn.yaml", "krmfn.yml", ".krmfn.yaml", ".krmfn.yml"])
def test_names_of_a_config(place: Workplace, name: str) -> None:
    place.write({name: config("mine"), "team/a.yaml": POD})
    assert added(diff(place, ".")) == ["mine"]


@pytest.mark.parametrize("target", ["..", "../krmfn.yaml", "./../../work/krmfn.yaml"])
def test_a_config_extends_another_one(tmp_path: Workplace, target: str) -> None:
    place = Workplace(tmp_path)  # type: ignore[arg-type]
    inner = config("team", "outer", more=f"  extends: {target}\n  pullPolicy: {{policy: Always}}\n")
    outer = config("outer", "last", more="  pullPolicy: {policy: Never, overwrite: true}\n")
    place.write({".git/HEAD": "x", "krmfn.yaml": outer, "team/krmfn.yaml": inner, "team/a.yaml": POD})
    found = diff(place, ".")
    assert (found.returncode, found.stderr.count("hides")) == (0, 0)
    assert added(found) == ["team", "outer", "last"]
    assert "imagePullPolicy: Always" in found.stdout


def test_rows_and_rules_of_the_inner_config_win(place: Workplace) -> None:
    row = "  kinds: [{{group: example.com, kind: Shop, podSpecs: [spec.{0}]}}]\n"
    rules = "  pullPolicy: {{rules: [{{images: [a], policy: {0}}}]}}\n"
    shop = "apiVersion: example.com/v1\nkind: Shop\nmetadata: {name: a}\nspec: {inner: {containers: [{image: a}]}}\n"
    place.write(
        {
            "krmfn.yaml": HEAD + row.format("outer") + rules.format("Never"),
            "team/krmfn.yaml": HEAD + "  extends: ..\n" + row.format("inner") + rules.format("Always"),
            "team/a.yaml": shop,
        }
    )
    assert "+spec: {inner: {containers: [{image: a, imagePullPolicy: Always}]}}" in diff(place, ".").stdout


def test_a_chain_of_configs(place: Workplace) -> None:
    place.write(
        {
            "krmfn.yaml": config("one"),
            "a/krmfn.yml": config("two", more="  extends: ..\n"),
            "a/b/.krmfn.yaml": config("three", more="  extends: ..\n"),
            "a/b/a.yaml": POD,
        }
    )
    assert added(diff(place, ".")) == ["three", "two", "one"]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"krmfn.yaml": config(more="  extends: .\n")}, "krmfn.yaml extends itself"),
        (
            {"krmfn.yaml": config(more="  extends: a\n"), "a/krmfn.yaml": config(more="  extends: ..\n")},
            "krmfn.yaml extends itself",
        ),
        ({"krmfn.yaml": config(more="  extends: a\n")}, "is not a file or folder"),
        ({"krmfn.yaml": config(more="  extends: a\n"), "a/b.yaml": POD}, "has no krmfn.yaml"),
        ({"krmfn.yaml": config(more="  extends: ../../../../../../etc/passwd\n")}, "outside of"),
        ({"krmfn.yaml": config(more="  extends: [a]\n")}, "spec.extends"),
        (
            {
                "krmfn.yaml": config(more="  extends: a\n"),
                "a/krmfn.yaml": "apiVersion: v1\nkind: ConfigMap\ndata: {imagePullSecrets: lost}\n",
            },
            "krmfn.yaml is a ConfigMap; expected ImagePull",
        ),
    ],
    ids=range(7),
)
def test_what_cannot_be_extended(place: Workplace, files: dict[str, str], said: str) -> None:
    place.write({**files, "a.yaml": POD})
    found = diff(place, ".")
    assert found.returncode == 1
    assert said in found.stderr
    assert not found.stdout


def test_only_files_extend() -> None:
    config_map = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems: []\nfunctionConfig:\n"
    text = config_map + "  apiVersion: krmfn.dev/v1alpha1\n  kind: ImagePull\n  spec: {extends: ..}\n"
    from krmfn import run

    (told,) = run(text.encode()).results
    assert told.severity == "error"
    assert "`spec.extends` works only in a settings file" in told.message


def test_pull_secrets_of_a_hidden_config_are_said(place: Workplace) -> None:
    place.write({"krmfn.yaml": config("outer", "both"), "a/krmfn.yaml": config("both"), "a/b/a.yaml": POD})
    for command in ("diff", "check", "explain", "fix"):
        found = place.run(place.krmfn, command, ".")
        said = (
            "a/krmfn.yaml hides krmfn.yaml: its pull secrets (outer) do not apply here; `extends: ..` adds its settings"
        )
        assert [line for line in found.stderr.splitlines() if "hides" in line] == [said], command
    assert "hides" not in place.run(place.krmfn, "diff", "--config", "krmfn.yaml", ".").stderr


@pytest.mark.parametrize("command", [(), ("check",), ("explain",), ("patches", "-")])
def test_a_config_that_is_not_read_for_stdin_is_said(place: Workplace, command: tuple[str, ...]) -> None:
    unread = "info: .krmfn.yml in this folder is not read for stdin"
    assert unread not in place.run(place.krmfn, *command, stdin=POD).stderr
    place.write({".krmfn.yml": config("mine")})
    assert unread in place.run(place.krmfn, *command, stdin=POD).stderr
    assert unread not in place.run(place.krmfn, *command, "--secret", "x", stdin=POD).stderr
    named = place.run(place.krmfn, *command, stdin=POD, KRMFN_CONFIG=".krmfn.yml")
    assert "mine" in named.stdout
    assert unread not in named.stderr
    # What is named on the command line goes before it.
    place.write({"other.yaml": config("other")})
    named = place.run(place.krmfn, *command, "--config", "other.yaml", stdin=POD, KRMFN_CONFIG=".krmfn.yml")
    assert "other" in named.stdout
    assert "mine" not in named.stdout


@pytest.mark.parametrize(
    ("spec", "place_of_it"),
    [
        ("  pullSecrets:\n  - name: a\n  - nam: b\n", "7:5"),
        ("  pullPolicy:\n    policy: Sometimes\n", "6:5"),
        ("  pullPolicys: {}\n", "5:3"),
        ("  kinds:\n  - {group: a.b, kind: C, podSpecs: ['*']}\n", "6:38"),
    ],
)
def test_errors_in_a_config_have_their_place(place: Workplace, spec: str, place_of_it: str) -> None:
    place.write({"own.yaml": HEAD + spec})
    found = place.run(place.krmfn, "own.yaml", stdin=POD)
    assert found.returncode == 1
    assert found.stderr.startswith(f"error: own.yaml:{place_of_it}: `spec.") or "unknown key" in found.stderr
    assert f"own.yaml:{place_of_it}: " in found.stderr


def test_errors_in_an_extended_config_have_their_place_there(place: Workplace) -> None:
    place.write({"own.yaml": HEAD + "  extends: outer.yaml\n", "outer.yaml": HEAD + "  pullPolicy: {policy: Any}\n"})
    found = place.run(place.krmfn, "own.yaml", stdin=POD)
    assert found.returncode == 1
    assert found.stderr.startswith("error: outer.yaml:5:16: `spec.pullPolicy.policy`")
