"""Build the site: `PYTHONPATH=tools python -m website [--output DIR] [--source URL] [--without-playground]`."""

import argparse
from pathlib import Path

from website import building


def main() -> None:
    """Build the site; fail with a line for each broken link."""
    parser = argparse.ArgumentParser(prog="website", description="Build the site of krmfn, strictly.")
    parser.add_argument("--output", type=Path, default=building.ROOT / "dist" / "site", metavar="DIR")
    parser.add_argument("--source", default="", metavar="URL", help="URL of the files of the repository")
    parser.add_argument("--without-playground", action="store_true", help="for machines without npm")
    arguments = parser.parse_args()
    try:
        building.build(arguments.output, arguments.source.rstrip("/"), not arguments.without_playground)
    except building.SiteError as error:
        raise SystemExit(str(error)) from None
    print(f"{arguments.output}/index.html")


if __name__ == "__main__":
    main()
