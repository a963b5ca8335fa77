"""The wire formats that callers and providers speak, each in a package of its own."""
