"""What is in a tree does not command those who show what krmfn says of it: CI servers, terminals, and JSON in a log."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import hosts
import pytest

from krmfn.commands.check import formats as check
from krmfn.commands.explain import formats as explain

POD = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {name}\nspec:\n  containers:\n  - name: a\n    image: {image}\n"
BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
CONTROLS = "\x07\x1b\x7f\x85\x9b\u200b\u2028\ufeff"
NAMES = [
    "::error::a.yaml",
    "  ::error::a.yaml",
    "##[error]a.yaml",
    "###[error]a.yaml",
    "a ##vso[task.complete result=Succeeded]b.yaml",
    "#\ufe00#vso[task.complete result=Succeeded]b.yaml",
    "\ufe00::error::a.yaml",
    "a\n::error::b.yaml",
    "a\r::error::b.yaml",
    f"a{BIDI}{CONTROLS}.yaml",
]
# Whatever a text of a manifest may hold, in a place of which krmfn speaks.
TEXTS = [r"\n::error::b", r"\r::error::b", "##[error]b", "##vso[task.complete]b", r"\u202E\u2066\u200F\e[31m\x85"]


@pytest.fixture
def workplace(tmp_path: Path) -> hosts.Workplace:
    workplace = hosts.Workplace(tmp_path)
    (workplace.folder / ".git").mkdir()
    return workplace


def obeyed(data: str | bytes, own: tuple[str, ...] = ()) -> list[str]:
    """What is in an output for people that somebody would obey; lines that begin with `own` are krmfn's commands."""
    text = data if isinstance(data, str) else data.decode("utf-8", "surrogateescape")
    return list(_obeyed(text, own))


def _obeyed(text: str, own: tuple[str, ...]) -> Iterator[str]:
    # As the runner of GitHub and the agent of Azure cut lines, and compare: some characters count for nothing.
    for line in re.split(r"\r\n|\r|\n", text):
        compared = re.sub("[\ufe00-\ufe0f\u034f\u00ad\u200b-\u200f\u2060]", "", line)
        if compared.lstrip().startswith("::") and not line.startswith(own):
            yield f"GitHub obeys {line!r}"
        if any("##[" in part or "##vso[" in part for part in [compared[1:] if line.startswith(own) else compared]):
            yield f"an agent obeys {line!r}"
        if not line.replace("\t", "").isprintable():
            yield f"a terminal obeys {line!r}"


def run(workplace: hosts.Workplace, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [workplace.krmfn, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        cwd=workplace.folder,
        env=workplace.environment,
        timeout=hosts.PATIENCE,
        check=False,
    )


OWN = {
    "github": ("::error file=", "::warning file=", "::notice title=krmfn::"),
    "azure": ("##vso[task.logissue type=error;", "##vso[task.logissue type=warning;"),
}
"""How krmfn's own commands begin, by the run below."""
COMMANDS = {
    "check": ("check", "-v"),
    "github": ("check", "--format", "github"),
    "gitlab": ("check", "--format", "gitlab"),
    "azure": ("check", "--format", "azure"),
    "junit": ("check", "--format", "junit"),
    "json": ("check", "--format", "json"),
    "sarif": ("check", "--format", "sarif"),
    "explain": ("explain", "-v"),
    "explain overview": ("explain", "--format", "overview"),
    "explain csv": ("explain", "--format", "csv"),
    "explain json": ("explain", "--format", "json"),
    "diff": ("diff", "-v"),
    "fix": ("fix", "-v"),
}


def test_every_format_is_among_them() -> None:
    for command, formats in (("check", check.FORMATS), ("explain", explain.FORMATS)):
        assert {line[-1] for line in COMMANDS.values() if line[0] == command} >= {*formats} - {"human", "table"}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("paths", [(".",), ("each",)], ids=["the folder", "each file"])
def test_no_name_of_a_file_is_obeyed(workplace: hosts.Workplace, command: str, paths: tuple[str, ...]) -> None:
    workplace.write({name: POD.format(name="a", image="nginx") for name in NAMES})
    workplace.write({f"bad {name}": "a: [\n" for name in NAMES})
    workplace.write({f"{name}/values.yaml": "a: b\n" for name in ("::error::", "##[error]")})
    arguments = NAMES if paths == ("each",) else ["."]
    finished = run(workplace, *COMMANDS[command], "--", *arguments)
    assert finished.returncode in (0, 1), finished.stderr
    assert obeyed(finished.stderr) == []
    assert obeyed(finished.stdout, OWN.get(command, ())) == []


@pytest.mark.parametrize("command", COMMANDS)
def test_no_text_of_a_manifest_is_obeyed(workplace: hosts.Workplace, command: str) -> None:
    if command == "diff":
        pytest.skip("a patch has the lines of the files as they are, or it would not apply")
    for i, text in enumerate(TEXTS):
        workplace.write({f"{i}.yaml": POD.format(name=f'"{text}"', image=f'"{text}"')})
        workplace.write({f"{i}-policy.yaml": POD.format(name="a", image=f'a\n    imagePullPolicy: "{text}"')})
        workplace.write({f"{i}-key.yaml": f'"{text}": a\n"{text}": b\n'})
        workplace.write({f"{i}/krmfn.yaml": "apiVersion: krmfn.dev/v1alpha1\nkind: ImagePull\n"})
    finished = run(workplace, *COMMANDS[command], ".")
    assert finished.returncode == 1, finished.stderr
    assert obeyed(finished.stderr) == []
    assert obeyed(finished.stdout, OWN.get(command, ())) == []


@pytest.mark.parametrize("text", TEXTS)
def test_no_text_of_the_settings_is_obeyed(workplace: hosts.Workplace, text: str) -> None:
    head = "apiVersion: krmfn.dev/v1alpha1\nkind: ImagePull\nspec: "
    for spec in (f'{{"{text}": 1}}', f'{{pullPolicy: {{set: "{text}"}}}}', f'{{pullSecrets: [{{name: "{text}"}}]}}'):
        workplace.write({"krmfn.yaml": head + spec + "\n", "a.yaml": POD.format(name="a", image="a")})
        finished = run(workplace, "check", ".")
        assert finished.returncode == 1
        assert obeyed(finished.stderr) == []


@pytest.mark.parametrize("name", ["--a\n::error::b", "--##[error]b"])
def test_no_argument_is_obeyed(workplace: hosts.Workplace, name: str) -> None:
    for command in ((), ("check",), ("cmp", "generate")):
        finished = run(workplace, *command, name)
        assert finished.returncode == 2, finished.stderr
        usage, _, error = finished.stderr.decode().rpartition("error: ")
        assert usage
        assert obeyed(error.removesuffix("\n")) == []


def test_control_and_bidi_characters_are_shown(workplace: hosts.Workplace) -> None:
    shown = "".join(repr(char)[1:-1] for char in BIDI)
    escapes = "".join(f"\\u{ord(char):04X}" for char in BIDI)
    workplace.write({"a.yaml": POD.format(name=f'"a{escapes}"', image="nginx")})
    for form in ("human", "github", "sarif", "junit"):
        text = run(workplace, "check", "--format", form, ".").stdout.decode()
        if form == "sarif":
            (result,) = json.loads(text)["runs"][0]["results"]
            (where,) = result["locations"][0]["logicalLocations"]
            assert where["fullyQualifiedName"].startswith(f"Pod a{shown}: ")
            text = result["message"]["text"]
        if form == "junit":
            text = "".join(ET.fromstring(text).itertext())
        assert f"Pod a{shown}" in text, form


def test_json_has_names_as_they_are(workplace: hosts.Workplace) -> None:
    workplace.write({name: POD.format(name="a", image="nginx") for name in NAMES})
    for command in ("check", "explain"):
        files = json.loads(run(workplace, command, "--format", "json", ".").stdout)["files"]
        assert sorted(file["path"] for file in files) == sorted(NAMES)


def test_git_applies_a_patch_of_names_that_nobody_obeys(workplace: hosts.Workplace) -> None:
    workplace.write({name: POD.format(name="a", image="nginx") for name in NAMES})
    patch = run(workplace, "diff", ".").stdout
    (workplace.folder / ".git").rmdir()
    workplace.run("git", "init", "--quiet").check_returncode()
    applied = subprocess.run(
        ["git", "apply"], input=patch, cwd=workplace.folder, env=workplace.environment, capture_output=True, check=False
    )
    assert applied.returncode == 0, applied.stderr
    assert all("imagePullPolicy: Always" in (workplace.folder / name).read_text() for name in NAMES)


def test_a_path_that_begins_like_a_command_is_still_a_path(workplace: hosts.Workplace) -> None:
    workplace.write({"::a.yaml": POD.format(name="a", image="nginx")})
    (line,) = run(workplace, "check", ".").stdout.decode().splitlines()
    assert line.startswith("./::a.yaml:7:5: change: Pod a: ")
