"""Write a failing sample as a case for review, in the format of `tests/cases/`."""

from pathlib import Path

import yaml

from fuzzing.judging import Objection
from fuzzing.samples import Sample

DEFAULT_SPEC = {"pullSecrets": [{"name": "regcred"}]}
_ODD = ("\r", "\x85", "\u2028", "\u2029", "\ufeff", "\t\n", " \n")


def write(sample: Sample, seed: int, objection: Objection, folder: Path) -> Path:
    """Write the case, and settings other than the default beside it; return the path of the case."""
    folder.mkdir(parents=True, exist_ok=True)
    is_odd = any(mark in sample.text for mark in _ODD) or not sample.text.endswith("\n")
    path = folder / f"seed-{seed}{'.bin' if is_odd else '.yaml'}"
    path.write_bytes(sample.text.encode())
    if sample.spec != DEFAULT_SPEC and (sample.spec is not None or "ResourceList" not in sample.text):
        head = "".join(f"# {line}\n" for line in str(objection).splitlines()[:5])
        spec = yaml.safe_dump(sample.spec or {}, sort_keys=False)
        path.with_suffix(".config.yaml").write_text(head + spec, encoding="utf-8")
    return path
