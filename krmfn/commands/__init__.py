"""The commands for people: `krmfn NAME …`, each a module or package with a `main`, imported only when asked for.

Function mode, `krmfn` alone, is `krmfn.cli` itself and imports nothing from here but this list.
"""

COMMANDS = {
    "check": "tell whether krmfn would change something in files or on stdin, and fail if so",
    "cmp": "render for Argo CD: generate, parameters and discover of a plugin",
    "completion": "print the completion of commands and flags for a shell",
    "diff": "print as a patch what fix would do to files",
    "explain": "tell of each image what is done about it and why; as a table, JSON, CSV or a page",
    "fix": "make image pulls explicit in files, in place",
    "init": "write a krmfn.yaml with every setting explained",
    "kinds": "list the kinds that krmfn knows, and where they keep what",
    "schema": "print the JSON schema or CustomResourceDefinition of the settings",
    "secret": "make the Secret with pull credentials of what docker or podman has logged in to",
}
"""The module names, each with what its command does."""
