"""Fuzz with bytes, guided by the branches that they reach in krmfn: `python tools/fuzz_bytes.py TARGET [SECONDS]`.

The target `run` checks the four laws for `krmfn.run` on any bytes; it begins with the cases and the YAML test suite.
`images` parses image references and patterns, and compares globs with regular expressions. Failing inputs are written
to `.fuzz/`; `python tools/fuzz_bytes.py TARGET FILE` runs one of them again. `make fuzz-bytes` installs atheris, which
this needs.
"""

import json
import re
import sys
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import atheris

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

import laws

with atheris.instrument_imports(include=["krmfn"]):
    from krmfn import Outcome, Settings, run
    from krmfn.imagepull.images import reference
    from krmfn.imagepull.images.patterns import ImagePattern
    from krmfn.krm.globs import Glob

FOLDER = ROOT / ".fuzz"
SECONDS = 60
MOST_BYTES = 4_096
SETTINGS = Settings.from_function_config(
    {
        "apiVersion": "krmfn.dev/v1alpha1",
        "kind": "ImagePull",
        "spec": {
            "pullPolicy": {"overwrite": True},
            "pullSecrets": [{"name": "regcred"}, {"name": "team", "images": ["example.com/**"]}],
            "attachTo": ["PodSpecs", "ServiceAccounts"],
            "serviceAccounts": {"create": True},
            "embedded": True,
        },
    }
)


def try_run(data: bytes) -> None:
    """Raise an error unless the laws hold, with separate settings and with the settings in the input."""
    for settings in (SETTINGS, None):

        def rerun(again: bytes, settings: Settings | None = settings) -> Outcome:
            return run(again, settings)

        outcome = rerun(data)
        try:
            laws.check(data, outcome, rerun)
        except RecursionError:
            return  # unedited input may be too deep for the check


def try_images(data: bytes) -> None:
    """Raise an error unless parsed references are normalized, and globs match the same as regular expressions."""
    image, _, pattern = data.decode(errors="replace").partition("\n")
    if parsed := reference.parse(image):
        again = reference.parse(str(parsed))
        assert again is not None, f"{image!r}: {str(parsed)!r} does not parse"
        assert str(again) == str(parsed), f"{image!r}: {str(parsed)!r} is not normal"
    try:
        compiled = ImagePattern.compile(pattern)
    except ValueError:
        return
    compiled.covers(image)
    # Regular expressions with many stars backtrack for too long.
    if pattern.count("*") < 5 and len(image) < 40:
        parts = (re.escape(part) for part in re.split(r"(\*\*+|\*)", pattern))
        expression = "".join({r"\*": "[^/]*"}.get(part, ".*" if part.startswith(r"\*") else part) for part in parts)
        expected = re.fullmatch(expression, image, re.DOTALL) is not None
        assert Glob.read(pattern).matches(image) == expected, f"{pattern!r} and {image!r}"


def first_inputs(target: str) -> Iterator[bytes]:
    """The inputs with which mutation begins."""
    if target == "images":
        yield from (
            b"nginx\n**",
            b"registry.example.com:5000/a/b:1@sha256:" + b"a" * 64 + b"\nregistry.example.com/**:1.*",
        )
        yield from (b"docker.io/library/nginx\n!nginx", b"{{x}}/a:$(TAG)\n*/team/*", b"[::1]:5000/a\n[::1]*/a")
        return
    for path in (ROOT / "tests" / "cases").glob("*/*"):
        yield path.read_bytes()
    for line in (ROOT / "tests" / "yaml_test_suite.jsonl").read_text("utf-8").splitlines()[1:]:
        yield json.loads(line)["text"].encode()


TARGETS: dict[str, Callable[[bytes], None]] = {"run": try_run, "images": try_images}


def main(target: str, what: str = str(SECONDS)) -> None:
    """Fuzz for some seconds, or try a file."""
    corpus = FOLDER / target
    corpus.mkdir(parents=True, exist_ok=True)
    options = [what] if Path(what).exists() else [str(corpus), f"-max_total_time={what}"]
    if len(options) > 1:
        for data in first_inputs(target):
            (corpus / sha256(data).hexdigest()[:16]).write_bytes(data)
    options += [f"-max_len={MOST_BYTES}", "-timeout=20", f"-artifact_prefix={FOLDER}/{target}-", "-print_final_stats=1"]
    atheris.Setup([sys.argv[0], *options], TARGETS[target])
    atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
