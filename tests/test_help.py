"""Each command's --help: what it says, and that its examples do it."""

import os
import re
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

import hosts
import pytest

from krmfn.commands import COMMANDS

WIDTH = 100
WEB = """\
apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  containers:
  - name: web
    image: ghcr.io/team/web:1
"""
FILES = {
    "app.yaml": WEB,
    "deploy/web.yaml": WEB,
    "base/kustomization.yaml": "resources: [web.yaml]\n",
    "base/web.yaml": WEB,
    "kustomization.yaml": "resources: [base]\n",
    "krmfn.yaml": "apiVersion: krmfn.dev/v1alpha1\nkind: ImagePull\nspec: {pullSecrets: [{name: shop}]}\n",
    "crds/web.yaml": "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: webs}\n",
    "reports/1.json": "",
}
DOCKER_CONFIG = '{"auths": {"ghcr.io": {"auth": "dXNlcjpwYXNzd29yZA=="}}}'
# What examples pipe into or out of, that needs a cluster, a chart or a key: they take, or give, manifests.
STAND_INS = {
    "helm": "#!/bin/sh\ncat app.yaml\n",
    "kubeseal": "#!/bin/sh\ngrep -c '^kind: Secret$'\n",
    "kubectl": '#!/bin/sh\n[ "$1" = apply ] && exec grep -c "^kind: "\nexec KUBECTL "$@"\n',
}
WOULD_CHANGE = 1


def exit_code(example: str) -> int:
    """What the manifests above make of an example: `krmfn check` finds something to do in them."""
    return WOULD_CHANGE if re.search(r"krmfn check\b", example) else 0


HELPS: list[tuple[str, ...]] = [(), *((command,) for command in COMMANDS)]
each_command = pytest.mark.parametrize("command", HELPS, ids=lambda command: " ".join(command) or "krmfn")


@pytest.fixture
def workplace(tmp_path: Path) -> hosts.Workplace:
    return hosts.Workplace(tmp_path)


def help_of(workplace: hosts.Workplace, command: tuple[str, ...]) -> str:
    finished = workplace.run("krmfn", *command, "--help", COLUMNS=str(WIDTH))
    assert (finished.returncode, finished.stderr) == (0, "")
    return finished.stdout


def examples(text: str) -> list[str]:
    """The lines of the part with examples."""
    part = re.search(r"^examples:\n((?:  .*\n)+)", text, re.MULTILINE)
    return [line.strip() for line in part[1].splitlines()] if part else []


@each_command
def test_help_has_all_parts(workplace: hosts.Workplace, command: tuple[str, ...]) -> None:
    text = help_of(workplace, command)
    assert [line for line in text.splitlines() if len(line) > WIDTH] == []
    assert text.startswith(" ".join(["usage: krmfn", *command]))
    assert 2 <= len(examples(text)) <= 6
    assert re.search(r"^exit codes: 0 .*;\s2 wrong command line", text, re.MULTILINE | re.DOTALL)
    assert all(re.search(r"\bkrmfn\b", example) for example in examples(text))


def test_help_of_krmfn_names_all_commands(workplace: hosts.Workplace) -> None:
    text = help_of(workplace, ())
    assert re.findall(
        r"^  (\w+) +\w.*$", text.partition("commands, each")[2].partition("examples:")[0], re.MULTILINE
    ) == [*COMMANDS]
    assert [*COMMANDS][:5] == ["init", "diff", "explain", "fix", "check"]


@each_command
def test_examples_work(workplace: hosts.Workplace, command: tuple[str, ...], tmp_path: Path) -> None:
    """In their order, as a person would type them, in a repository with manifests."""
    for program in ("kubectl", "kustomize"):
        if program in help_of(workplace, command):
            hosts.require(program)
    workplace.write(FILES)
    if command == ("init",):
        (workplace.folder / "krmfn.yaml").unlink()
    workplace.commit()
    environment = prepared(workplace, tmp_path)
    for example in examples(help_of(workplace, command)):
        finished = workplace.run("bash", "-o", "pipefail", "-c", example, **environment)
        assert (finished.returncode, "error" in finished.stderr) == (exit_code(example), False), (example, finished)


def prepared(workplace: hosts.Workplace, folder: Path) -> Mapping[str, str]:
    """The environment of somebody who has logged in, and has the folders that shells complete from."""
    home = Path(workplace.environment["HOME"])
    for name in (".docker", ".zfunc", ".config/fish/completions"):
        (home / name).mkdir(parents=True)
    (home / ".docker" / "config.json").write_text(DOCKER_CONFIG)
    programs = folder / "stand-ins"
    programs.mkdir()
    for name, text in STAND_INS.items():
        (programs / name).write_text(text.replace("KUBECTL", str(hosts.find("kubectl"))))
        (programs / name).chmod(0o755)
    return {"PATH": os.pathsep.join([str(programs), workplace.environment["PATH"]])}


@each_command
def test_help_can_be_asked_for_by_its_word(workplace: hosts.Workplace, command: tuple[str, ...]) -> None:
    finished = workplace.run("krmfn", "help", *command, COLUMNS=str(WIDTH))
    assert (finished.returncode, finished.stdout) == (0, help_of(workplace, command))


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (["fxi", "."], ", did you mean `fix`?"),
        (["chek"], ", did you mean `check`?"),
        (["help", "shcema"], ", did you mean `schema`?"),
        (["frobnicate"], ""),
    ],
    ids=" ".join,
)
def test_unknown_command_is_answered_with_the_nearest(
    workplace: hosts.Workplace, arguments: list[str], meant: str
) -> None:
    finished = workplace.run("krmfn", *arguments)
    assert (finished.returncode, finished.stdout) == (2, "")
    unknown = arguments[-1] if arguments[0] == "help" else arguments[0]
    assert f"error: no command is named {unknown!r}{meant} (`krmfn help` lists them)\n" in finished.stderr


def test_file_with_the_name_of_a_word_is_a_config(workplace: hosts.Workplace) -> None:
    workplace.write({"settings": FILES["krmfn.yaml"]})
    finished = workplace.run("krmfn", "settings", stdin=WEB)
    assert finished.returncode == 0
    assert "shop" in finished.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_parser_of_each_command_is_there_for_completion(command: str) -> None:
    assert import_module(f"krmfn.commands.{command}").make_parser().prog == f"krmfn {command}"
