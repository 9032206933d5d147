"""ServiceAccounts: those in the input, the pull secrets that they get, and those that are created."""
