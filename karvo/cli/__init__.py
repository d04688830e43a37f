"""The `karvo` command: one file per family of subcommands, put together in `karvo.__main__`."""
