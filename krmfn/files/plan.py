"""Plan a command on files: which files to examine, with which settings, and what they must know of each other."""

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
    """A file, and the index of its settings in the plan."""

    file: FoundFile
    settings: int


class Plan(NamedTuple):
    """All that is decided before the first file is examined.

    Attributes:
        jobs: the files to examine, by path.
        passed_over: the reports of skipped files and folders, by path, and of PATHs that do not exist.
        settings: the settings of the files, each once.
        survey: what the files must know of each other.
        controllers: Argo's workflow controllers in the files, as they are before any file is written.
        notes: lines for people on where settings come from.
        hints: lines for people on the selection and the settings, which are not only for `--verbose`.
        whole: the config of each of the settings, if the jobs include all its files; else empty.
        is_shard: whether the jobs are those of one shard; then `whole` means all shards together.
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
        help="skip a path, or what matches like a line of a .krmignore in the current folder; repeatable",
    )
    parser.add_argument(
        "--jobs", metavar="N", type=_positive, help="number of processes; default: as many as save time"
    )
    parser.add_argument(
        "--shard",
        metavar="I/N",
        type=_shard,
        help="process only the I-th of N parts, split by size; each machine needs the same checkout and PATHs",
    )
    amount = parser.add_mutually_exclusive_group()
    amount.add_argument(
        "-v", "--verbose", action="store_true", help="list each skipped file, and where settings come from"
    )
    amount.add_argument(
        "-q", "--quiet", action="store_true", help="print only findings: no summary, no advice, no progress"
    )


def default_path(parser: argparse.ArgumentParser, arguments: argparse.Namespace, *, reads_stdin: bool) -> None:
    """If there is no PATH: on a terminal, use the current folder; otherwise read stdin, or end with a usage error."""
    if arguments.paths:
        return
    if stdin_is_terminal():
        arguments.paths = ["."]
    elif not reads_stdin:
        parser.error("the following arguments are required: PATH")


def refuse_paths_beside_stdin(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> None:
    """End with a usage error when `--stdin-filename` is combined with a PATH or `--shard`."""
    if arguments.paths not in ([], ["-"]) or arguments.shard:
        parser.error("--stdin-filename needs stdin, and cannot be combined with PATH or --shard")


def plan(arguments: argparse.Namespace, *, is_merged: bool = False) -> Plan:
    """The plan for the parsed arguments; raise `KrmfnError` for a wrong folder or config.

    A PATH that does not exist becomes a failed report; if no PATH exists, the error is raised.
    `is_merged`: whether the reports of shards will be merged.
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
            f"warning: no file is selected in {', '.join(paths)}: krmfn reads *.yaml, *.yml and *.json files that"
            " neither Git, .krmignore nor --exclude ignores, and skips hidden folders (-v lists what was skipped)"
        )


def _hints(configs: Configs, numbers: Iterable[Path | None]) -> Iterator[str]:
    for config in numbers:
        if config and (hidden := configs.lost_secrets(config.parent)):
            own, outer, names = (*map(str, hidden[:2]), ", ".join(hidden[2]))
            own, outer = (repository.path_in(path) for path in (own, outer))
            yield f"{own} hides {outer}: its pull secrets ({names}) do not apply here; `extends: ..` adds its settings"


def _whole(paths: Sequence[str], arguments: argparse.Namespace, config: Path | None) -> str:
    """The path of a config, as the user can write it, if the PATHs contain all files that it applies to; else ""."""
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
    """A warning for each unreadable file that other files depend on; it is not an error of those files."""
    for file, message in surveyed.unread.items():
        yield FileReport(repository.path_in(str(file)), Status.SKIPPED, (), (Remark(Severity.WARNING, message),))


def notes(configs: Iterable[Path | None]) -> Iterator[str]:
    """A line for people on each config that applies to a file."""
    for config in configs:
        yield (
            f"settings: {config}"
            if config
            else "settings: found no krmfn.yaml, so krmfn writes policies and no secrets"
        )


def _positive(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"must be a number, at least 1, not {text!r}")
    return int(text)


def _shard(text: str) -> Shard:
    try:
        return Shard.read(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
