"""One module a command of `telnyx-sim`: it parses, calls and prints. Everything heavy is imported inside."""
