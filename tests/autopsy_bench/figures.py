"""What is measured beside the verdicts: speed, and what a watermark tells. Times are of one core."""


def lines(judge: str, *, quick: bool) -> list[str]:
    """Lines of Markdown."""
    del judge, quick
    return []
