"""The commands for people: `krmfn NAME …`, each a module with a `main`, imported only when asked for.

Function mode, `krmfn` alone, is `krmfn.cli` itself and imports nothing from here but this list.
"""

COMMANDS = {
    "kinds": "list the kinds that krmfn knows, and where they keep what",
}
"""The module names, each with what its command does."""
