"""What stands beside the checkout of developers, in `../shared`, and is no part of the repository."""

from pathlib import Path

import pytest

SHARED = Path(__file__).parents[2] / "shared"
CORPUS = SHARED / "corpus"
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="../shared, with real manifests and schemas, is not here")
