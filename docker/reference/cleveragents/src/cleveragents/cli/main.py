"""The command `cleveragents`."""

import click

from cleveragents.cli.commands.server import server


@click.group()
@click.version_option(package_name="cleveragents", prog_name="cleveragents")
def main() -> None:
    """Run the server of CleverAgents, or ask what it depends on."""


main.add_command(server)
