"""ServiceAccounts: those in the input, what they are to get, and those that are created."""
