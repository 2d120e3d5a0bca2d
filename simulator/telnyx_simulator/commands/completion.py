"""`telnyx-sim completion`."""

import click
from click.shell_completion import get_completion_class


@click.command(short_help="Print what makes a shell complete.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print what makes a shell complete commands and options.

    \b
    bash   eval "$(telnyx-sim completion bash)"          in ~/.bashrc
    zsh    eval "$(telnyx-sim completion zsh)"           in ~/.zshrc
    fish   telnyx-sim completion fish > ~/.config/fish/completions/telnyx-sim.fish
    """
    made = get_completion_class(shell)
    assert made is not None
    click.echo(made(ctx.find_root().command, {}, "telnyx-sim", "_TELNYX_SIM_COMPLETE").source())
