"""The build of a folder, with the settings for it."""

import argparse
from pathlib import Path

from krmfn.commands.check import builds, kustomize, program
from krmfn.errors import InputError
from krmfn.files.builds.kustomizations import NAMES
from krmfn.files.configs import Configs
from krmfn.imagepull.settings import Settings
from krmfn.krm.streams import say


def built(folder: Path, arguments: argparse.Namespace) -> tuple[bytes, Settings]:
    """What kustomize builds of a folder; raise `KrmfnError` when it cannot, or the settings are wrong."""
    if not str(arguments.dir):
        raise InputError("DIR is empty, as of a variable that is not set; `.` is the current folder")
    if not any((folder / name).is_file() for name in NAMES):
        raise InputError(
            f"{folder} has no kustomization to build: pipe manifests into `krmfn patches -`, "
            "or write one with `kustomize create --autodetect --recursive`"
        )
    real = folder.resolve()
    settings = Configs(arguments).settings_for(real)
    tool = kustomize.find()
    command = tool.command(real, kustomize.flags(tool, arguments))
    limits = program.Limits(arguments.timeout, arguments.max_output)
    with builds.threads(1) as (pool, stop):
        ended = pool.submit(program.run, command, tool.executable, limits, stop).result()
    if ended.trouble:
        raise InputError(f"{folder}: {kustomize.failure(tool, ended)}")
    if ended.said:
        say(f"{folder}: {tool}: {kustomize.shown(ended.said)}")
    return ended.output, settings
