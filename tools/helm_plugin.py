"""Make `dist/krmfn-helm-plugin-<version>.tgz`: the plugin for Helm 4, which includes the archive of krmfn.

`python tools/helm_plugin.py [--archive dist/krmfn.pyz] [--output DIR]`, after `tools/archive.py`. The same archive and
Python give the same bytes.
"""

import argparse
import re
from pathlib import Path

from building import ROOT
from packing import packed

PLUGIN = ROOT / "plugin.yaml"
NAME = "krmfn-helm-plugin"
"""The name of the folder in the plugin, and of the file without the version; Helm requires both to be equal."""
ON_PATH = "command: krmfn\n"
IN_IT = "command: ${HELM_PLUGIN_DIR}/krmfn.pyz\n"


def main() -> None:
    """Write the plugin and print its path."""
    parser = argparse.ArgumentParser(description="Make the plugin for Helm 4.")
    parser.add_argument("--archive", type=Path, default=ROOT / "dist" / "krmfn.pyz", metavar="FILE")
    parser.add_argument("--output", type=Path, default=ROOT / "dist", metavar="DIR", help="default: dist")
    arguments = parser.parse_args()
    described = PLUGIN.read_text(encoding="utf-8")
    version = re.findall(r"^version: (\S+)$", described, re.MULTILINE)[0]
    *_, above, below = described.partition("apiVersion:")  # the comment is about the folder
    assert below.endswith(ON_PATH)
    files = {
        f"{NAME}/plugin.yaml": (above + below.replace(ON_PATH, IN_IT)).encode(),
        f"{NAME}/krmfn.pyz": arguments.archive.read_bytes(),
    }
    output = arguments.output / f"{NAME}-{version}.tgz"
    output.write_bytes(packed(files))
    print(f"{output}: {output.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
