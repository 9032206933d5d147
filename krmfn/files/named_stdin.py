"""Examine stdin as the file that `--stdin-filename` names, for editors with unsaved content."""

import argparse
import os
from pathlib import Path

from krmfn import flags
from krmfn.errors import InputError
from krmfn.files import ignoring
from krmfn.files.configs import Configs
from krmfn.files.discovery import FoundFile
from krmfn.files.examining import Examined, Examiner, Product
from krmfn.files.reasons import Reason
from krmfn.files.report import FileReport, Status
from krmfn.files.survey import survey
from krmfn.krm import opening


def examined(data: bytes, arguments: argparse.Namespace, wanted: Product) -> Examined:
    """The result for the file if it had this data, with the settings of its folder and with its siblings.

    The file need not exist. `.krmignore` and `--exclude` apply, as for any named file.

    Raises:
        InputError: its folder does not exist, or something in the folder cannot be read.
        SettingsError: the settings are wrong.
    """
    path = Path(arguments.stdin_filename)
    real = Path(os.path.realpath(path))
    if not path.name or opening.is_folder(real) or not opening.is_folder(real.parent):
        raise InputError(f"--stdin-filename {arguments.stdin_filename}: a file in a folder that exists is expected")
    file = FoundFile(path, real, len(data), is_named=True)
    excluded = ignoring.exclusions(getattr(arguments, "exclude", ()), [real.parent])
    if ignoring.excludes(excluded, real, is_folder=False):
        return _left_out(file, Reason.EXCLUDED)
    if ignoring.krmignores(real, is_folder=False):
        return _left_out(file, Reason.KRMIGNORE)
    settings = Configs(arguments).settings_for(real.parent)
    examiner = Examiner(survey([file], flags.definitions(arguments), excluded), wanted)
    return examiner.examine(file, settings, data)


def _left_out(file: FoundFile, why: Reason) -> Examined:
    return Examined(FileReport(str(file.path), Status.SKIPPED, ((why, 0),)))
