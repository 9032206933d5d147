"""Call krmfn for the playground in the browser: function mode with the flags of the command.

This module is beside krmfn in the archive that `playground` makes, and runs nowhere else.
"""

import contextlib
import difflib
import json
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from krmfn import KrmfnError, flags, run
from krmfn.errors import InputError, VerificationError
from krmfn.krm.results import visible_line

SETTINGS = "krmfn.yaml"


def answer(asked: str) -> str:
    """Answer a request in JSON with what the command would do, in JSON.

    The request has `manifest`, the text on stdin; `secrets`, a list of names; `policy` and `overwrite`, empty or as the
    flags; and `settings`, the text of a settings file, or empty. The answer has `output`, null if the command prints
    none; `diff`, lines; `results`, each with `severity` and `text`; and `code`, the exit code.
    """
    given = json.loads(asked)
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        return json.dumps(_answered(given))


def _answered(given: Mapping[str, Any]) -> dict[str, Any]:
    parser = flags.new_parser("krmfn", "")
    flags.add_to(parser)
    results: list[dict[str, str]] = []
    output, code = None, 0
    try:
        settings = flags.settings_for_stdin(parser.parse_args([*_arguments(given)]))
        if not given["manifest"].removeprefix("\ufeff").strip():
            raise InputError("stdin is empty: a ResourceList or manifests are expected there")
        outcome = run(given["manifest"].encode(), settings)
        results += (_result(result.severity, str(result)) for result in outcome.results)
        outcome.require_manifests()
        code = outcome.exit_code
        if not code or outcome.is_resource_list:
            output = outcome.output.decode()
    except VerificationError as error:
        results.append(_result("error", f"error: this is a bug in krmfn, nothing was written: {error}"))
        code = 3
    except KrmfnError as error:
        results.append(_result("error", f"error: {error}"))
        code = 1
    diff = [*_diff(given["manifest"], output)] if output is not None else []
    return {"output": output, "diff": diff, "results": results, "code": code}


def _result(severity: str, text: str) -> dict[str, str]:
    return {"severity": severity, "text": visible_line(text)}


def _arguments(given: Mapping[str, Any]) -> Iterator[str]:
    if given["settings"].strip():
        Path(SETTINGS).write_text(given["settings"], encoding="utf-8", newline="")
        yield f"--config={SETTINGS}"
    yield from (f"--secret={name}" for name in given["secrets"])
    yield from (f"--{flag}={given[flag]}" for flag in ("policy", "overwrite") if given[flag])


def _diff(before: str, after: str) -> Iterator[str]:
    """The lines of a unified diff without file names."""
    lines = difflib.unified_diff(before.split("\n"), after.split("\n"), lineterm="", n=4)
    return (line for number, line in enumerate(lines) if number >= 2)
