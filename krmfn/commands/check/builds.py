"""`krmfn check --build`: build each root with the real kustomize and check its output as a stream."""

import argparse
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import NamedTuple

from krmfn import flags
from krmfn.errors import InputError
from krmfn.files import building, kustomize, plan, program, report_lines, work
from krmfn.files.build_output import OutputExaminer
from krmfn.files.builds.roots import BuildRoot, Roots
from krmfn.files.configs import Configs
from krmfn.files.discovery import refuse_empty
from krmfn.files.kustomize import Tool
from krmfn.files.program import Ended
from krmfn.files.reasons import Reason
from krmfn.files.report import FileReport, Remark, Status
from krmfn.imagepull.causes import FAILED_BUILD
from krmfn.imagepull.settings import Settings
from krmfn.krm.results import Severity
from krmfn.krm.streams import progress, say


class Built(NamedTuple):
    """A folder that kustomize built or could not build.

    Attributes:
        report: the report of its kustomization.
        is_root: whether the folder is a root; false when it was built because its root failed.
        has_failed: whether the build failed.
        said: what kustomize printed to stderr although it succeeded, such as a warning.
    """

    report: FileReport
    is_root: bool
    has_failed: bool
    said: str = ""


def add_to(parser: argparse.ArgumentParser) -> None:
    """Give a parser `--build` and the flags for it."""
    group = parser.add_argument_group(
        "builds", "kustomize or kubectl must be on PATH; --jobs limits how many builds run at once"
    )
    group.add_argument(
        "--build",
        action="store_true",
        help="check what kustomize builds at and below each PATH; default: the current folder",
    )
    building.add_flags_to(group)
    group.add_argument(
        "--allow-failed-builds",
        action="store_true",
        help="report a failed build as a warning, which does not change the exit code",
    )


def refuse_misuse(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> None:
    """End with a usage error when flags cannot be combined."""
    if arguments.stdin_filename is not None and (arguments.build or arguments.merge):
        parser.error("--stdin-filename needs stdin, and --build and --merge do not read stdin")
    if arguments.build:
        if arguments.merge or arguments.shard:
            parser.error("--build cannot be combined with --merge or --shard: name each machine's folders instead")
        if "-" in arguments.paths:
            parser.error("--build takes folders; to check a build on stdin, leave --build out")
        return
    building.refuse_flags(parser, arguments, "--build", "allow_failed_builds")


def check(arguments: argparse.Namespace) -> list[Built]:
    """Build and check the folders that the arguments name.

    If a root fails, the kustomizations that it lists are built instead.

    Raises:
        KrmfnError: there is nothing to build, or neither kustomize nor kubectl is on PATH.
    """
    given = [Path(path) for path in arguments.paths or ["."]]
    refuse_empty(arguments.paths)
    found = Roots(given, arguments.exclude)
    roots = found.all
    if not roots:
        raise InputError(
            f"there is no kustomization to build at or below {', '.join(map(str, given))}: "
            "without --build, `krmfn check` checks the files there"
        )
    tool = kustomize.find()
    checking = _Checking(arguments, given, tool, found)
    with building.threads(checking.jobs) as (pool, stop):
        done = list(progress(checking.built(roots, pool, stop), len(roots), "builds", is_quiet=arguments.quiet))
    if arguments.verbose:
        say(f"builds: {tool.executable} {tool.words[1]}")
        for note in plan.notes(checking.configs):
            say(note)
        for one in done:
            if one.said:
                say(f"{report_lines.shown(one.report.path)}: {tool}: {one.said}")
    return done


def last_line(done: Sequence[Built]) -> str:
    """The last line: `2 of 14 roots could not be built` and how many others were, or `14 roots were built`."""
    roots = [one for one in done if one.is_root]
    failed = sum(one.has_failed for one in roots)
    if not failed:
        return f"{_counted(len(roots), 'root')} built"
    instead = sum(not one.is_root and not one.has_failed for one in done)
    told = f"; {_counted(instead, 'kustomization')} built instead" if instead else ""
    return f"{failed} of {len(roots)} root{'s' * (len(roots) != 1)} could not be built{told}"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun} was" if number == 1 else f"{number} {noun}s were"


class _Checking:
    """What stays the same from root to root."""

    def __init__(self, arguments: argparse.Namespace, given: Sequence[Path], tool: Tool, found: Roots) -> None:
        self.jobs: int = arguments.jobs or work.processors()
        self.configs: dict[Path | None, None] = {}
        """The configs that count somewhere, in the order of their first use."""
        self._tool = tool
        self._found = found
        self._flags = kustomize.flags(tool, arguments)
        self._limits = building.limits(arguments)
        self._allows_failures = arguments.allow_failed_builds
        self._given = [(path, path.resolve()) for path in given]
        self._settings = Configs(arguments)
        self._examiner = OutputExaminer(flags.definitions(arguments))

    def built(self, roots: Sequence[BuildRoot], pool: ThreadPoolExecutor, stop: threading.Event) -> Iterator[Built]:
        """Yield each root once it is built and checked, and the children of roots that failed, each once."""
        waiting = deque(roots)
        own = {root.folder for root in roots}
        known = set(own)
        for root in roots:
            self._settings_for(root.folder)  # reports a wrong config before the first build
        running: dict[Future[Ended], BuildRoot] = {}
        while waiting or running:
            # More builds at once would only fill the memory with outputs.
            while waiting and len(running) < 2 * self.jobs:
                root = waiting.popleft()
                command = self._tool.command(root.folder, self._flags)
                running[pool.submit(program.run, command, self._tool.executable, self._limits, stop)] = root
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                root, ended = running.pop(future), future.result()
                if ended.trouble:
                    children = [child for child in root.children if child not in known]
                    known.update(children)
                    waiting.extend(map(self._found.at, children))
                yield self._checked(root, ended, root.folder in own)

    def _checked(self, root: BuildRoot, ended: Ended, is_root: bool) -> Built:
        path = self._shown(root.file)
        if ended.trouble:
            return Built(self._failed(path, kustomize.failure(self._tool, ended)), is_root, has_failed=True)
        report = self._examiner.examine(path, ended.output, self._settings_for(root.folder))
        return Built(report, is_root, has_failed=False, said=kustomize.shown(ended.said))

    def _failed(self, path: str, message: str) -> FileReport:
        if self._allows_failures:
            warning = Remark(Severity.WARNING.value, message, rule=FAILED_BUILD)
            return FileReport(path, Status.SKIPPED, ((Reason.UNBUILT, 0),), (warning,))
        return FileReport(path, Status.FAILED, remarks=(Remark(Severity.ERROR.value, message, rule=FAILED_BUILD),))

    def _settings_for(self, folder: Path) -> Settings:
        self.configs[self._settings.file_for(folder)] = None
        return self._settings.settings_for(folder)

    def _shown(self, file: Path) -> str:
        """A path below a PATH given as the user wrote it, else relative to the current folder."""
        for path, real in (*self._given, (Path(), Path.cwd())):
            if file.is_relative_to(real):
                return str(path / file.relative_to(real))
        return str(file)
