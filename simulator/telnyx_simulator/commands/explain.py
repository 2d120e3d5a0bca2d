"""`telnyx-sim explain`."""

import textwrap

import click

_WIDTH = 100


@click.command(short_help="Say what a word of a report or scenario means.")
@click.argument("word", required=False)
def explain(word: str | None) -> None:
    """Say what a word means: a measure, a check, a fault, a hangup cause, an error or exit code, and so on.

    Without WORD: all words that there are.
    """
    from telnyx_simulator.commands.glossary import explanations
    from telnyx_simulator.scenario.complaints import closest

    known = explanations()
    if word is None:
        kinds: dict[str, list[str]] = {}
        for one in known:
            kinds.setdefault(one.kind, []).append(one.word)
        for kind, words in kinds.items():
            click.echo(
                textwrap.fill(f"{kind}: {', '.join(words)}", _WIDTH, subsequent_indent="  ", break_on_hyphens=False)
            )
        return
    wanted = word.casefold().removeprefix("exit ")
    found = [one for one in known if one.word.casefold() == wanted]
    if not found:
        meant = closest(word, tuple(dict.fromkeys(one.word for one in known)))
        guess = f"; did you mean {meant!r}?" if meant else ""
        raise click.UsageError(f"nothing is known of {word!r}{guess} `telnyx-sim explain` alone lists all words")
    click.echo("\n\n".join(_wrapped(one.text()) for one in found))


def _wrapped(text: str) -> str:
    lines = []
    for line in text.splitlines():
        indent = " " * (len(line) - len(line.lstrip()))
        lines.append(textwrap.fill(line, _WIDTH, subsequent_indent=indent, break_on_hyphens=False))
    return "\n".join(lines)
