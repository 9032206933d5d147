"""A pytest plugin for `make mutants`: krmfn's functions forget what they have cached.

mutmut runs the tests once without a mutant, and forks the process for each mutant: what is cached then hides mutants of
the functions that it comes from.
"""

import sys


def pytest_configure() -> None:
    """Clear the caches of all functions in imported modules of krmfn."""
    for name, module in list(sys.modules.items()):
        if name.startswith("krmfn"):
            for value in list(vars(module).values()):
                if hasattr(value, "cache_clear"):
                    value.cache_clear()
