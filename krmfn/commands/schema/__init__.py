"""`krmfn schema`: the shape of the function config, for editors and for other KRM tools."""

import argparse
from collections.abc import Sequence

from krmfn import flags
from krmfn.commands.schema import definition, json_schema
from krmfn.files import delivery
from krmfn.files.delivery import deliver

_DESCRIPTION = """\
Print the schema of an ImagePull, the function config: as JSON schema, with which editors complete
keys and underline what is wrong, or as a CustomResourceDefinition with an OpenAPI schema, for tools
that read those. Every key has its description and default.

The schema is stricter than krmfn: hosts turn booleans into text, text into numbers, and missing
keys into null, and krmfn accepts all of these. In one way it is weaker: only krmfn checks image
patterns and rules about several keys."""

_EPILOG = """\
examples:
  krmfn schema > krmfn.schema.json        # for editors: `krmfn init` then points them to it
  krmfn schema --format openapi > imagepull-crd.yaml  # for tools that read definitions

exit codes: 0 done; 1 it could not be written; 2 wrong command line"""

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
