from pathlib import Path

from set_labels import function

from krmfn.testing import golden

test_packages = golden(function, Path(__file__).parent / "packages")
