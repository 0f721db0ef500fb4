"""People: signing in, sessions, tokens. `accounts.feature` says what they contribute; the package itself imports nothing, for the ground imports its parts."""
