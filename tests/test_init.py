"""`krmfn init`: what it writes is valid as it is and with every comment taken away, and nothing is overwritten."""

import errno
import io
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import hosts
import pytest
import yaml

from krmfn import Settings
from krmfn.commands.init import main
from krmfn.errors import InputError
from krmfn.imagepull.settings import POLICY_SETTINGS, describe

Init = Callable[..., hosts.Finished]


@pytest.fixture
def workplace(tmp_path: Path) -> hosts.Workplace:
    return hosts.Workplace(tmp_path)


@pytest.fixture
def init(workplace: hosts.Workplace) -> Init:
    return lambda *arguments: workplace.run("krmfn", "init", *arguments)


def uncommented(text: str) -> str:
    """With every key that is a comment made one that counts."""
    return re.sub(r"^( *)#(?! )", r"\1", text, flags=re.MULTILINE)


def settings(text: str) -> Settings:
    config = yaml.safe_load(text)
    config["spec"].pop("extends", None)  # only of a file
    return Settings.from_function_config(config)


def test_the_file_has_only_the_default_policy(init: Init, workplace: hosts.Workplace) -> None:
    finished = init()
    assert (finished.returncode, finished.stdout) == (0, "")
    text = workplace.read()["krmfn.yaml"]
    assert settings(text) == Settings()
    assert yaml.safe_load(text)["spec"] == {"pullPolicy": {"policy": "Defaulted"}}
    assert "\n# yaml-language-server" not in f"\n{text}"
    assert yaml.safe_load(text)["metadata"]["annotations"] == {"config.kubernetes.io/local-config": "true"}


def test_a_schema_that_is_there_is_named(init: Init, workplace: hosts.Workplace) -> None:
    workplace.write({"krmfn.schema.json": "{}"})
    assert init().returncode == 0
    assert workplace.read()["krmfn.yaml"].startswith("# yaml-language-server: $schema=krmfn.schema.json\n")


@pytest.mark.parametrize("policy", POLICY_SETTINGS)
@pytest.mark.parametrize("secrets", [[], ["regcred"], ["a", "1e3"]], ids=str)
def test_policy_and_secrets_are_set(init: Init, policy: str, secrets: list[str]) -> None:
    flags = [f"--secret={secret}" for secret in secrets]
    text = init("--output", "-", "--policy", policy, *flags).stdout
    for form in (text, uncommented(text)):
        made = settings(form)
        assert made.pull_policy.policy == policy
        assert [secret.name for secret in made.pull_secrets] == (secrets or ["regcred"] * (form != text))


def test_every_key_is_there_with_its_description(init: Init) -> None:
    text = init("--output", "-").stdout
    prose = " ".join(line.strip().removeprefix("# ") for line in text.splitlines() if line.lstrip().startswith("# "))
    for key in describe():
        assert " ".join(key.description.split()) in prose
    spec = yaml.safe_load(uncommented(text))["spec"]
    for key in describe():
        value = spec
        for part in key.path.split("."):
            value = value[part.removesuffix("[]")]
            value = value[0] if part.endswith("[]") else value
        if key.value is None:
            assert isinstance(value, dict | list)
        else:
            assert value == (list(key.value) if isinstance(key.value, tuple) else key.value)


def test_lines_are_not_long_and_have_no_blanks_at_their_end(init: Init) -> None:
    for line in init("--output", "-").stdout.splitlines():
        assert len(line) <= 110
        assert line == line.rstrip()


@pytest.mark.parametrize("name", ["krmfn.yaml", "other.yaml"])
def test_file_that_is_there_stays_as_it_is(init: Init, workplace: hosts.Workplace, name: str) -> None:
    workplace.write({name: "mine\n"})
    finished = init("--output", name)
    assert (finished.returncode, finished.stdout) == (1, "")
    assert finished.stderr == (
        f"error: {name} exists already and was not changed; `krmfn init --output -` prints a new one\n"
    )
    assert workplace.read() == {name: "mine\n"}


def test_link_to_nothing_is_not_followed(init: Init, workplace: hosts.Workplace) -> None:
    (workplace.folder / "krmfn.yaml").symlink_to("elsewhere.yaml")
    assert init().returncode == 1
    assert not (workplace.folder / "elsewhere.yaml").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["--secret", "Reg_Cred"], "lower-case"), (["--output", "no/such/krmfn.yaml"], "no/such/krmfn.yaml: No such")],
    ids=["secret", "folder"],
)
def test_errors_name_what_is_wrong(init: Init, workplace: hosts.Workplace, arguments: list[str], words: str) -> None:
    finished = init(*arguments)
    assert finished.returncode == 1
    assert words in finished.stderr
    assert workplace.read() == {}


def test_full_disk_leaves_no_file(workplace: hosts.Workplace) -> None:
    limited = f"ulimit -f 1; trap '' XFSZ; exec {workplace.krmfn} init"
    finished = workplace.run("bash", "-c", limited)
    assert finished.returncode == 1
    assert "krmfn.yaml: File too large" in finished.stderr
    assert workplace.read() == {}


def test_error_that_comes_when_it_is_closed_leaves_no_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    class Late(io.BytesIO):
        def close(self) -> None:
            if not self.closed:
                super().close()
                raise OSError(errno.EDQUOT, os.strerror(errno.EDQUOT))

    def late(file: Path, _: str) -> Late:
        file.touch()
        return Late()

    with monkeypatch.context() as context:
        context.setattr(Path, "open", late)
        with pytest.raises(InputError, match=os.strerror(errno.EDQUOT)):
            main(["--output", str(tmp_path / "krmfn.yaml")])
    assert list(tmp_path.iterdir()) == []


def test_the_other_commands_find_and_skip_it(init: Init, workplace: hosts.Workplace) -> None:
    init("--secret", "regcred").check_returncode()
    schema = workplace.run("krmfn", "schema").stdout
    workplace.write(
        {
            "krmfn.schema.json": schema,
            "pod.yaml": "apiVersion: v1\nkind: Pod\nspec: {containers: [{name: a, image: b}]}\n",
        }
    )
    before = workplace.read()
    fixed: subprocess.CompletedProcess[str] = workplace.run("krmfn", "fix", "-v", ".")
    assert fixed.returncode == 0, fixed.stderr
    assert "krmfn.yaml: skipped: krmfn config" in fixed.stderr
    assert "krmfn.schema.json: skipped: without apiVersion and kind" in fixed.stderr
    after = workplace.read()
    assert "regcred" in after.pop("pod.yaml")
    assert after.items() < before.items()


def test_empty_name_is_refused(init: Init) -> None:
    finished = init("--output", "")
    assert (finished.returncode, finished.stdout) == (1, "")
    assert "--output is empty" in finished.stderr
