from pathlib import Path

from move_registry import function

from krmfn.testing import golden

test_packages = golden(function, Path(__file__).parent / "packages")
