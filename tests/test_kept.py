"""What is kept of files that were read, and that a run reads each file once."""

import pickle
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from krmfn.errors import InputError
from krmfn.files.kept import Kept

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: a}]}\n"
COUNTING = """\
import sys
from krmfn.cli import main
def count(event, arguments):
    if event == "open" and str(arguments[0]).endswith(".yaml"):
        print(arguments[0], file=sys.stderr)
sys.addaudithook(count)
sys.exit(main(sys.argv[1:]))
"""


def test_a_file_stays_as_it_was_first_read(tmp_path: Path) -> None:
    kept, file = Kept(), tmp_path / "a"
    file.write_bytes(b"1")
    assert kept.read(file)[0] == b"1"
    file.write_bytes(b"2")
    assert kept.read(file)[0] == b"1"
    kept.forget()
    assert kept.read(file)[0] == b"2"
    assert kept.read(file)[1].status.st_size == 1


def test_so_much_is_kept_and_the_rest_is_read_again(tmp_path: Path) -> None:
    kept, files = Kept(most=5), [tmp_path / name for name in "abc"]
    for file, text in zip(files, (b"123", b"456", b"78"), strict=True):
        file.write_bytes(text)
        kept.read(file)
        file.write_bytes(b"new")
    assert [kept.read(file)[0] for file in files] == [b"123", b"new", b"78"]
    kept.forget()
    assert [kept.read(file)[0] for file in files] == [b"new"] * 3


def test_another_process_reads_for_itself(tmp_path: Path) -> None:
    kept, file = Kept(most=9), tmp_path / "a"
    file.write_bytes(b"1")
    kept.read(file)
    file.write_bytes(b"2")
    assert pickle.loads(pickle.dumps(kept)).read(file)[0] == b"2"


def test_what_cannot_be_read_is_told_each_time(tmp_path: Path) -> None:
    kept = Kept()
    for _ in range(2):
        with pytest.raises(InputError, match="cannot be read"):
            kept.read(tmp_path / "absent")


@pytest.mark.parametrize("command", ["check", "diff", "explain"])
def test_a_run_reads_each_file_once(tmp_path: Path, command: str) -> None:
    account = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: default}\nimagePullSecrets: [{name: own}]\n"
    definition = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: a}\n"
    files = {"a/pod.yaml": POD, "a/account.yaml": account, "b/pod.yaml": POD, "b/definition.yaml": definition}
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    arguments = (sys.executable, "-c", COUNTING, command, "--secret", "regcred", ".")
    done = subprocess.run(arguments, cwd=tmp_path, capture_output=True, encoding="utf-8", check=False)
    opened = Counter(line for line in done.stderr.splitlines() if line.startswith(str(tmp_path)))
    assert opened == {str(tmp_path / name): 1 for name in files}
