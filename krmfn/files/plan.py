"""What a command on files is going to do: which files, with which settings, knowing what of each other."""

import argparse
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from krmfn import flags
from krmfn.errors import InputError
from krmfn.files import discovery, repository, workflow_controllers
from krmfn.files.configs import Configs
from krmfn.files.discovery import Found, FoundFile, find
from krmfn.files.report import FileReport, Remark, Status, failed
from krmfn.files.shards import Shard
from krmfn.files.survey import Survey, survey
from krmfn.files.workflow_controllers import Controllers
from krmfn.imagepull.settings import Settings
from krmfn.krm.results import Severity
from krmfn.krm.streams import stdin_is_terminal


class Job(NamedTuple):
    """A file, and the number of its settings in the plan."""

    file: FoundFile
    settings: int


class Plan(NamedTuple):
    """All that is decided before the first file is examined.

    Attributes:
        jobs: by path.
        passed_over: reports of what is not looked at, by path, and of the PATHs that are not there.
        settings: those that any file has.
        survey: what the files have to know of each other.
        controllers: Argo's workflow controllers in the files, as they are before any is written.
        notes: where settings come from, for people.
        hints: what is worth a line about the selection and the settings in any case.
        whole: for each of the settings its config, where all files that it counts for are among the jobs; else empty.
        is_shard: whether they are so together with those of other shards.
    """

    jobs: tuple[Job, ...]
    passed_over: tuple[FileReport, ...]
    settings: tuple[Settings, ...]
    survey: Survey
    controllers: Controllers
    notes: tuple[str, ...]
    hints: tuple[str, ...]
    whole: tuple[str, ...]
    is_shard: bool


def add_to(parser: argparse.ArgumentParser, paths: str) -> None:
    """Give a parser PATH (`nargs` is `paths`), the flags for settings, `--jobs`, `--shard` and `--verbose`."""
    parser.add_argument(
        "paths",
        metavar="PATH",
        nargs=paths,
        help="files and folders, which are searched recursively; on a terminal the default is the current folder",
    )
    flags.add_to(parser)
    parser.add_argument(
        "--exclude",
        metavar="PATTERN",
        action="append",
        default=[],
        help="leave out what matches, as a line of a .krmignore in the current folder would; repeatable",
    )
    parser.add_argument("--jobs", metavar="N", type=_positive, help="number of processes; default: as many as pay off")
    parser.add_argument(
        "--shard",
        metavar="I/N",
        type=_shard,
        help="only the I-th of N parts, even in size; give each machine the same checkout, since sizes decide",
    )
    amount = parser.add_mutually_exclusive_group()
    amount.add_argument(
        "-v", "--verbose", action="store_true", help="list each skipped file, and where settings come from"
    )
    amount.add_argument(
        "-q", "--quiet", action="store_true", help="say only what is wrong: no summary, no advice, no progress"
    )


def default_path(parser: argparse.ArgumentParser, arguments: argparse.Namespace, *, reads_stdin: bool) -> None:
    """Without a PATH on a terminal the current folder counts; elsewhere stdin does, or a PATH is missing."""
    if arguments.paths:
        return
    if stdin_is_terminal():
        arguments.paths = ["."]
    elif not reads_stdin:
        parser.error("the following arguments are required: PATH")


def refuse_paths_beside_stdin(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> None:
    """End with a usage error when there are files or a part of them beside `--stdin-filename`."""
    if arguments.paths not in ([], ["-"]) or arguments.shard:
        parser.error("--stdin-filename names what is on stdin, and takes no PATH and no --shard beside it")


def plan(arguments: argparse.Namespace, *, is_merged: bool = False) -> Plan:
    """What the parsed arguments ask for; raise `KrmfnError` for a folder or a config that is wrong.

    A PATH that is not there is the error of its report, and the others are looked at; without others it is raised.
    `is_merged`: whether the reports of shards become one.
    """
    absent = discovery.unreachable(path for path in arguments.paths if path)
    paths = [path for path in arguments.paths if path not in absent]
    if not paths:
        raise InputError("; ".join(absent.values()))
    excluded = discovery.exclusions(arguments.exclude, paths)
    found = find(paths, excluded)
    files = [one for one in found if isinstance(one, FoundFile)]
    surveyed = survey(files, flags.definitions(arguments), excluded)
    configs = Configs(arguments)
    own = arguments.shard.of(found) if arguments.shard else found
    numbers: dict[Path | None, int] = {}
    settings: list[Settings] = []
    jobs: list[Job] = []
    for file in (one for one in own if isinstance(one, FoundFile)):
        config = configs.file_for(file.real.parent)
        if config not in numbers:
            numbers[config] = len(settings)
            settings.append(configs.settings_for(file.real.parent))
        jobs.append(Job(file, numbers[config]))
    is_first = arguments.shard is None or arguments.shard.number == 1
    reports = (*(_absent(absent) if is_first else ()), *_passed_over(own), *_unread(surveyed))
    is_part = arguments.shard is not None and not is_merged
    whole = ["" if is_part else _whole(paths, arguments, config) for config in numbers]
    is_shard = arguments.shard is not None
    return Plan(
        tuple(jobs),
        reports,
        tuple(settings),
        surveyed,
        workflow_controllers.read(
            surveyed, {one.workflow_controller.config_map for one in settings}, configs.settings_for
        ),
        tuple(notes(numbers)),
        (*_nothing_selected(paths, files), *(() if arguments.quiet else _hints(configs, numbers))),
        tuple(whole),
        is_shard,
    )


def _nothing_selected(paths: Sequence[str], files: Sequence[FoundFile]) -> Iterator[str]:
    if not files:
        yield (
            f"warning: no file is selected in {', '.join(paths)}: krmfn looks at *.yaml, *.yml and *.json files that"
            " neither Git, .krmignore nor --exclude ignores, and not into hidden folders (-v names what is passed over)"
        )


def _hints(configs: Configs, numbers: Iterable[Path | None]) -> Iterator[str]:
    for config in numbers:
        if config and (hidden := configs.lost_secrets(config.parent)):
            own, outer, names = (*map(str, hidden[:2]), ", ".join(hidden[2]))
            own, outer = (repository.path_in(path) for path in (own, outer))
            yield f"{own} hides {outer}: its pull secrets ({names}) do not apply here; `extends: ..` adds its settings"


def _whole(paths: Sequence[str], arguments: argparse.Namespace, config: Path | None) -> str:
    """The path of a config, as the user can write it, if the folders given hold all files that it counts for."""
    for path in map(Path, paths):
        folder = path.resolve()
        if config is None or not folder.is_dir():
            continue
        if arguments.config is not None:
            if repository.tree_of(folder).is_relative_to(folder):
                return str(config)
        elif config.is_relative_to(folder):
            return str(path / config.relative_to(folder))
    return ""


def _absent(paths: Mapping[str, str]) -> Iterator[FileReport]:
    for path, error in paths.items():
        yield failed(path, error.removeprefix(f"{path}: "))


def _passed_over(found: list[Found]) -> Iterator[FileReport]:
    for one in found:
        if not isinstance(one, FoundFile):
            yield FileReport(str(one.path), Status.SKIPPED, ((one.why, 0),))


def _unread(surveyed: Survey) -> Iterator[FileReport]:
    """A warning for each file that others were to learn from and that cannot be read: it is no error of theirs."""
    for file, message in surveyed.unread.items():
        yield FileReport(repository.path_in(str(file)), Status.SKIPPED, (), (Remark(Severity.WARNING, message),))


def notes(configs: Iterable[Path | None]) -> Iterator[str]:
    """A line for people on each config that counts somewhere."""
    for config in configs:
        yield (
            f"settings: {config}"
            if config
            else "settings: no krmfn.yaml was found: policies are written, and no secrets"
        )


def _positive(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 up")
    return int(text)


def _shard(text: str) -> Shard:
    try:
        return Shard.read(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
