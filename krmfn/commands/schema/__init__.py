"""`krmfn schema`: print the schema of the function config, for editors and other KRM tools."""

import argparse
from collections.abc import Sequence

from krmfn import flags
from krmfn.commands.schema import definition, json_schema
from krmfn.files import delivery
from krmfn.files.delivery import deliver

_DESCRIPTION = """\
Print the schema of an ImagePull, krmfn's function config: as a JSON schema, with which editors
complete keys and underline errors, or as a CustomResourceDefinition with an OpenAPI schema. Every
key has its description and default.

krmfn accepts more than the schema: hosts turn booleans into text, text into numbers, and missing
keys into null, and krmfn accepts all of these. On the other hand, only krmfn checks image patterns
and rules about several keys."""

_EPILOG = """\
examples:
  krmfn schema > krmfn.schema.json        # for editors; `krmfn init` then refers to this file
  krmfn schema --format openapi > imagepull-crd.yaml  # for tools that read such definitions

exit codes: 0 done; 1 the schema could not be written; 2 wrong command line"""

_FORMATS = {"json": json_schema.image_pull, "openapi": definition.image_pull}


def main(argv: Sequence[str]) -> int:
    """Print the schema."""
    arguments = make_parser().parse_args(argv)
    return 0 if deliver(_FORMATS[arguments.format]().encode(), arguments.output) else 1


def make_parser() -> argparse.ArgumentParser:
    """The parser of the command line."""
    made = flags.new_parser("krmfn schema", _DESCRIPTION, _EPILOG)
    made.add_argument(
        "--format", choices=[*_FORMATS], default="json", help="`json`: JSON schema, draft 7 (default); `openapi`: a CRD"
    )
    delivery.add_to(made)
    return made
