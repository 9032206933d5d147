from pathlib import Path

from require_limits import function

from krmfn.testing import golden

test_packages = golden(function, Path(__file__).parent / "packages")
