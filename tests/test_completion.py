"""`krmfn completion`: what the shells themselves offer once they have loaded it."""

import os
import pty
import re
import select
import signal
from collections.abc import Callable
from pathlib import Path

import hosts
import pytest

from krmfn.commands import COMMANDS
from krmfn.commands.check.formats import FORMATS
from krmfn.imagepull.settings import POLICY_SETTINGS

Complete = Callable[[str], list[str]]


@pytest.fixture
def workplace(tmp_path: Path) -> hosts.Workplace:
    made = hosts.Workplace(tmp_path)
    made.write({"deploy/web.yaml": "", "crds/shop.yaml": "", "report.json": ""})
    return made


# The line is typed in by the variables and functions that bash itself calls on a tab.
BASH = """
source "$SCRIPT"
read -ra COMP_WORDS <<< "$LINE"
[[ $LINE == *" " ]] && COMP_WORDS+=("")
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
COMP_LINE=$LINE COMP_POINT=${#LINE}
[[ $(complete -p krmfn) =~ -F\\ ([^ ]+) ]]
"${BASH_REMATCH[1]}" krmfn "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
printf '%s\\n' "${COMPREPLY[@]}"
"""
FISH = """
source "$SCRIPT"
complete --do-complete "$LINE"
"""


@pytest.fixture(scope="module", params=["bash", "fish"])
def script(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that a shell loads, named after the shell."""
    hosts.require(request.param)
    folder = tmp_path_factory.mktemp("completion")
    made = hosts.Workplace(folder).run("krmfn", "completion", request.param)
    assert (made.returncode, made.stderr) == (0, "")
    path = folder / str(request.param)
    path.write_text(made.stdout, encoding="utf-8")
    return path


@pytest.fixture
def complete(workplace: hosts.Workplace, script: Path) -> Complete:
    """The words that a shell offers behind a line; fish has a description behind each."""

    def run(line: str) -> list[str]:
        code = {"bash": BASH, "fish": FISH}[script.name]
        finished = workplace.run(script.name, "-c", code, LINE=line, SCRIPT=str(script))
        assert finished.stderr == ""
        return [offered.split("\t")[0].strip() for offered in finished.stdout.splitlines()]

    return run


def test_commands_are_offered(complete: Complete) -> None:
    assert set(complete("krmfn ")) >= set(COMMANDS)
    assert complete("krmfn comp") == ["completion"]


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("krmfn fix --", {"--config", "--secret", "--policy", "--crds", "--jobs", "--shard", "--verbose", "--help"}),
        ("krmfn check --f", {"--format"}),
        ("krmfn check --format ", set(FORMATS)),
        ("krmfn diff --color ", {"auto", "always", "never"}),
        ("krmfn check --e", {"--exclude", "--explain", "--exit-zero", "--enable-helm", "--enable-exec"}),
        ("krmfn --stdin-filename ", {"report.json"}),
        ("krmfn --a", {"--allow-empty"}),
        ("krmfn schema --output rep", {"report.json"}),
        ("krmfn secret --reg", {"--registry"}),
        ("krmfn init --policy ", set(POLICY_SETTINGS)),
        ("krmfn cmp ", {"generate", "parameters", "discover"}),
        ("krmfn cmp generate --po", {"--policy"}),
        ("krmfn completion ", {"bash", "zsh", "fish"}),
        ("krmfn fix dep", {"deploy"}),
        ("krmfn fix --crds c", {"crds"}),
        ("krmfn check --merge rep", {"report.json"}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_flags_choices_and_paths_are_offered(complete: Complete, line: str, offered: set[str]) -> None:
    assert {word.rstrip("/") for word in complete(line)} >= offered


def test_folders_only_where_a_folder_is_wanted(complete: Complete) -> None:
    assert "report.json" not in complete("krmfn fix --crds ")


def test_zsh_completes_on_a_terminal(workplace: hosts.Workplace) -> None:
    hosts.require("zsh")
    terminal = Terminal(workplace, "zsh", "-f", "-i")
    terminal.type("mkdir ~/.zfunc && krmfn completion zsh > ~/.zfunc/_krmfn && fpath+=~/.zfunc\n")
    terminal.type("autoload -Uz compinit && compinit -u -D && PS1='rea''dy> '\n")
    terminal.read_until("ready> ")
    terminal.type("krmfn compl\t")
    terminal.read_until("krmfn completion ")
    terminal.type("z\t")
    terminal.read_until("zsh ")
    terminal.type("\n")
    terminal.read_until("#compdef krmfn")
    terminal.close()


class Terminal:
    """A program on a terminal of its own."""

    def __init__(self, workplace: hosts.Workplace, program: str, *arguments: str) -> None:
        found = hosts.find(program)
        assert found
        self._process, self._descriptor = pty.fork()
        if not self._process:
            os.chdir(workplace.folder)
            os.execve(found, [program, *arguments], {**workplace.environment, "TERM": "vt100"})

    def type(self, text: str) -> None:
        os.write(self._descriptor, text.encode())

    def read_until(self, text: str) -> None:
        """Read what is shown, until the text is; what moves the cursor or makes colours is left out."""
        shown = ""
        while text not in shown:
            ready, _, _ = select.select([self._descriptor], [], [], hosts.PATIENCE)
            assert ready, f"{text!r} is not in {shown!r}"
            raw = os.read(self._descriptor, 4096).decode(errors="replace")
            shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]|[\r\0]|.\x08", "", shown + raw)

    def close(self) -> None:
        os.kill(self._process, signal.SIGKILL)
        os.waitpid(self._process, 0)
        os.close(self._descriptor)
