"""The rows of the benchmark: their inputs, sides, and expected outputs."""

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path

from bench import checks
from bench.inputs import definitions, deployments, hosted, resource_lists, trees, workflows
from bench.processes import Call, run
from bench.sides import (
    GO,
    GO_PRINTS,
    IMPORTS,
    KPT,
    KUSTOMIZE,
    OURS,
    RUAMEL,
    SCAN,
    UNCOLLECTED,
    USUAL,
    Programs,
)

EDITORS = (USUAL, OURS, UNCOLLECTED, GO, SCAN)
"""The sides of most rows."""
SILENT = (SCAN, IMPORTS)
FLAGS = ("--secret", resource_lists.SECRET)


@dataclass(frozen=True)
class Workshop:
    """The folder in which inputs are made, their sources, and the programs to measure."""

    folder: Path
    programs: Programs
    crds: Path | None = None
    """A folder of CustomResourceDefinitions instead of generated ones."""
    corpus: Path | None = None
    """A folder of Workflows instead of generated ones."""
    shrink: int = 1
    """Divides the size of each input, for tests."""

    def sized(self, count: int) -> int:
        """A count, divided for tests."""
        return max(1, count // self.shrink)


@dataclass(frozen=True)
class Input:
    """The input of a row, and the calls that read it."""

    title: str
    size: int
    """Bytes."""
    resources: int
    """0 if they are not counted."""
    from_stdin: bool
    """Whether the sides read nothing else."""
    calls: dict[str, Call]
    check: Callable[[str, dict[str, Path]], None] | None = None
    """Exits if a side's output is wrong; gets the side, and the outputs of all sides up to it."""


@dataclass(frozen=True)
class Row:
    """A line of the report."""

    name: str
    prepare: Callable[[Workshop], Input]
    """Makes the input in the folder of the workshop."""
    times: float = 1
    """A factor for the number of runs."""
    needs: str = OURS
    """The side that is required for the row."""


def stream(
    workshop: Workshop, title: str, file: Path, resources: int, sides: Iterable[str], flags: tuple[str, ...] = ()
) -> Input:
    """A ResourceList that the sides read from stdin, krmfn with flags."""
    commands = workshop.programs.commands
    calls = {side: Call(commands[side] + flags * (side == OURS), file) for side in sides if side in commands}

    def check(side: str, outputs: dict[str, Path]) -> None:
        if side in SILENT:
            checks.silent(outputs[side], side)
        elif side == GO_PRINTS:
            # kyaml changes the line breaks of some folded scalars in real files.
            checks.same(file, outputs[side], side, only_pulls=bool(workshop.corpus))
        elif side != USUAL:
            checks.same(outputs.get(USUAL) or edited(workshop, file), outputs[side], side)

    return Input(title, file.stat().st_size, resources, True, calls, check)


def edited(workshop: Workshop, file: Path) -> Path:
    """The output of load-and-dump for a ResourceList, for rows in which it is not measured."""
    output = file.with_suffix(".expected")
    run(Call(workshop.programs.commands[USUAL], file), output, workshop.folder / "stderr")
    return output


def plain(count: int, sides: Iterable[str], workshop: Workshop) -> Input:
    """A ResourceList of `count` Deployments."""
    count = workshop.sized(count)
    file = resource_lists.write(workshop.folder / "deployments.yaml", deployments.deployments(count))
    return stream(workshop, f"{count:,} Deployment{'s' * (count > 1)}", file, count, sides)


def cold(settings: str, head: str, flags: tuple[str, ...], workshop: Workshop) -> Input:
    """Ten Deployments, to measure a cold start with settings in one form."""
    file = resource_lists.write(workshop.folder / "cold.yaml", deployments.deployments(10), head)
    return stream(workshop, f"10 Deployments, settings from {settings}", file, 10, (IMPORTS, OURS), flags)


def warnings(workshop: Workshop) -> Input:
    """Deployments, each of which gets a warning."""
    count = workshop.sized(4000)
    file = resource_lists.write(workshop.folder / "warnings.yaml", deployments.warned(count))
    return stream(workshop, f"{count:,} Deployments with a warning each", file, count, EDITORS)


def argo(workshop: Workshop) -> Input:
    """3 MB of Workflows; the function in Go only loads and prints them."""
    size = workshop.sized(3_000_000)
    corpus = workshop.corpus
    items = workflows.workflows_of(corpus, size) if corpus else workflows.workflows(size)
    file = resource_lists.write(workshop.folder / "argo.yaml", items)
    title = "Argo Workflows" + (" of a corpus" if corpus else "")
    return stream(workshop, title, file, 0, (USUAL, OURS, UNCOLLECTED, GO_PRINTS, SCAN))


CRDS, CRD_BYTES = 36, 12_000_000
"""The maximum number of definitions, and of their bytes."""


def crds_by_items(workshop: Workshop) -> Input:
    """Nine tenths of the items are CustomResourceDefinitions; they come first, as in kustomize's order."""
    count = sum(1 for _ in _definitions(workshop))
    return _crds(workshop, "nine tenths of the items", count, max(1, count // 9))


def crds_by_bytes(workshop: Workshop) -> Input:
    """Nine tenths of the bytes are CustomResourceDefinitions."""
    sizes = [len(item) for item in _definitions(workshop)]
    rest = max(1, sum(sizes) // 9 // len(deployments.DEPLOYMENT))
    return _crds(workshop, "nine tenths of the bytes", len(sizes), rest)


def _crds(workshop: Workshop, share: str, count: int, rest: int) -> Input:
    items = chain(_definitions(workshop), deployments.deployments(rest))
    file = resource_lists.write(workshop.folder / "crds.yaml", items)
    title = f"CRDs are {share}: {count} and {rest:,} Deployment{'s' * (rest > 1)}"
    return stream(workshop, title, file, count + rest, EDITORS)


def _definitions(workshop: Workshop) -> Iterator[str]:
    count, size = workshop.sized(CRDS), workshop.sized(CRD_BYTES)
    folder = workshop.crds
    for item in definitions.definitions_of(folder, count) if folder else definitions.definitions(count):
        yield item
        size -= len(item)
        if size <= 0:
            break


FILES = 20_000


def files(command: str, changed: bool, workshop: Workshop) -> Input:
    """A folder of many small files for `krmfn check` or `krmfn fix`, a quarter or none of which krmfn changes."""
    count = workshop.sized(FILES) // len(trees.FILES) * len(trees.FILES)
    # Each side has its own tree, because `fix` writes.
    name = f"{command}-{'changed' if changed else 'unchanged'}"
    roots = {side: workshop.folder / f"{name}-{side.replace(' ', '-')}" for side in (USUAL, OURS)}
    krmfn, peer = workshop.programs.commands[OURS], workshop.programs.commands[USUAL]
    for root in roots.values():
        trees.write(root, count)
        if not changed:
            run(Call((*krmfn, "fix", *FLAGS, str(root))), stderr=workshop.folder / "stderr")
    writes = changed and command == "fix"
    calls = {
        USUAL: Call((*peer, command, str(roots[USUAL]))),
        OURS: Call((*krmfn, command, *FLAGS, str(roots[OURS])), exit_code=int(changed and command == "check")),
    }
    if writes:
        calls = {
            side: Call(call.command, before=partial(trees.restore, roots[side], count)) for side, call in calls.items()
        }
    before = {side: checks.state(root) for side, root in roots.items()}

    def check(side: str, _: dict[str, Path]) -> None:
        if writes and side == OURS:
            checks.same_files(roots[USUAL], roots[OURS], side)
        elif not writes and checks.state(roots[side]) != before[side]:
            sys.exit(f"{side} is wrong: it should write no file")

    title = f"{count:,} files, {'a quarter changed' if changed else 'none changed'}: krmfn {command}"
    size = sum(file.stat().st_size for file in roots[OURS].rglob("*.yaml"))
    return Input(title, size, 0, False, calls, check)


HOSTED = 500


def kustomize(workshop: Workshop) -> Input:
    """A call of kustomize, and krmfn alone on the input that kustomize sends."""
    flags = ("--enable-alpha-plugins", "--enable-exec")
    return _hosted(workshop, KUSTOMIZE, hosted.kustomization, flags)


def kpt(workshop: Workshop) -> Input:
    """A call of kpt, and krmfn alone on the input that kpt sends."""
    return _hosted(workshop, KPT, hosted.package, ("--allow-exec", "--output", "unwrap"))


def _hosted(workshop: Workshop, host: str, write: Callable[[Path, int, str], None], flags: tuple[str, ...]) -> Input:
    count = workshop.sized(HOSTED)
    krmfn = workshop.programs.commands[OURS]
    folder = workshop.folder / host.replace(" ", "-")
    sent = workshop.folder / f"{folder.name}.sent.yaml"
    catcher = workshop.folder / f"{folder.name}.catcher"
    catcher.write_text(f"#!/bin/sh\ntee '{sent}' | '{krmfn[0]}'\n")
    catcher.chmod(0o755)
    function = workshop.folder / f"{folder.name}.function"
    function.symlink_to(catcher)
    write(folder, count, str(function))
    call = Call((*workshop.programs.commands[host], *flags, str(folder)))
    run(call, stderr=workshop.folder / "stderr")
    function.unlink()
    function.symlink_to(krmfn[0])

    def check(side: str, outputs: dict[str, Path]) -> None:
        checks.same(edited(workshop, sent), outputs[side], side)

    calls = {host: call, OURS: Call(krmfn, sent)}
    return Input(f"{host} with {count} Deployments", sent.stat().st_size, count, False, calls, check)


ROWS = (
    Row("cold-flags", partial(cold, "flags", resource_lists.BARE, FLAGS), times=4),
    Row("cold-configmap", partial(cold, "a ConfigMap", resource_lists.CONFIG_MAP, ()), times=4),
    Row("cold-imagepull", partial(cold, "an ImagePull", resource_lists.IMAGE_PULL, ()), times=4),
    Row("10", partial(plain, 10, EDITORS), times=2),
    Row("100", partial(plain, 100, (*EDITORS, RUAMEL)), times=2),
    Row("200", partial(plain, 200, EDITORS), times=2),
    Row("500", partial(plain, 500, EDITORS)),
    Row("1000", partial(plain, 1000, EDITORS)),
    Row("2000", partial(plain, 2000, EDITORS)),
    Row("10000", partial(plain, 10_000, EDITORS), times=0.6),
    Row("argo", argo),
    Row("crds-items", crds_by_items),
    Row("crds-bytes", crds_by_bytes),
    Row("warnings", warnings, times=0.6),
    Row("kustomize", kustomize, needs=KUSTOMIZE),
    Row("kpt", kpt, needs=KPT),
    Row("files-check-unchanged", partial(files, "check", False), times=0.6),
    Row("files-check-changed", partial(files, "check", True), times=0.6),
    Row("files-fix-unchanged", partial(files, "fix", False), times=0.6),
    Row("files-fix-changed", partial(files, "fix", True), times=0.6),
)
START = Row("start", partial(plain, 1, (*EDITORS, GO_PRINTS, RUAMEL)))
"""The row for the start of each side, with almost no input."""
