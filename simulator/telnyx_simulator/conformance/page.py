"""A scorecard as one HTML page that loads nothing: what an application said may stand in it, so all is escaped."""

import html
from typing import Final

from telnyx_simulator.checks.findings import FAULT_TEXTS, Verdict
from telnyx_simulator.conformance.catalogue import Family
from telnyx_simulator.conformance.folding import Evidence, Judged
from telnyx_simulator.conformance.scorecard import VERDICTS, Scorecard, counted, reasons

WORDS: Final = {
    Verdict.PASS: "pass",
    Verdict.FAIL: "FAIL",
    Verdict.INCONCLUSIVE: "inconclusive",
    Verdict.NOT_EXERCISED: "not exercised",
}
_EVIDENCE_MAX: Final = 40
_STYLE: Final = """
:root { color-scheme: light dark; --ok: #2e7d32; --bad: #c62828; --unsure: #b26a00; --idle: #5f6b7a; --line: #8884 }
body { font: 15px/1.45 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.4rem } h2 { font-size: 1.1rem; margin-top: 2rem }
.grade { display: flex; gap: 1rem; align-items: center } .letter { font-size: 4rem; font-weight: 700; line-height: 1 }
table { border-collapse: collapse }
th, td { padding: .2rem .8rem; text-align: right; border-bottom: 1px solid var(--line) }
th:first-child, td:first-child { text-align: left }
details { border-bottom: 1px solid var(--line); padding: .3rem 0 } summary { cursor: pointer }
.pass { color: var(--ok) } .fail { color: var(--bad); font-weight: 700 } .inconclusive { color: var(--unsure) }
.not_exercised { color: var(--idle) }
.word { display: inline-block; width: 7.5rem } .level { display: inline-block; width: 4.5rem }
code, pre { font: 13px/1.4 ui-monospace, monospace } pre { white-space: pre-wrap; overflow-wrap: anywhere }
.first { border-left: 4px solid var(--bad); padding: .2rem 1rem }
dl { margin: .4rem 0 .4rem 2rem } dt { float: left; width: 5.5rem; color: var(--idle) } dd { margin-left: 6rem }
@media print { details > * { display: block } }
"""


def card_page(card: Scorecard, *, statuses: str = "") -> str:
    """The whole document; `statuses` is a fragment with the heat map of statuses."""
    title = f"Telnyx conformance of {card.application}: {card.grade.letter}"
    runs = f"{len(card.outcomes)} runs in {card.seconds:.1f} s, seed {card.seed}"
    body = [
        f"<h1>Telnyx conformance of {_text(card.application)}</h1>",
        f'<div class="grade"><span class="letter">{_text(card.grade.letter)}</span><p>{_text(card.grade.because)}.<br>',
        f"{len(card.judged)} requirements, {runs}</p></div>",
        _first(card),
        _table(card),
        *(_family(family, card) for family in card.shown),
        f"<h2>Status of calls that ended</h2>{statuses}" if statuses else "",
        _not_exercised(card),
        f"<h2>Again</h2><pre>{_text(card.again)}</pre>",
        "<p>By telnyx-sim, an unofficial simulator. It knows what Telnyx documents and what was seen of it.</p>",
    ]
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{_text(title)}</title><style>{_STYLE}</style></head><body>\n" + "\n".join(body) + "\n</body></html>\n"
    )


def _text(text: str) -> str:
    return html.escape("".join(one if one.isprintable() or one == "\n" else repr(one)[1:-1] for one in text))


def _first(card: Scorecard) -> str:
    first = card.first_to_fix
    if first is None:
        return ""
    return f'<h2>First thing to fix</h2><div class="first">{_about(first, card)}</div>'


def _table(card: Scorecard) -> str:
    head = "".join(f"<th>{WORDS[verdict]}</th>" for verdict in VERDICTS)
    rows = []
    for family in card.shown:
        counts = counted(card.of_family(family))
        cells = "".join(f'<td class="{verdict.value}">{counts[verdict] or ""}</td>' for verdict in VERDICTS)
        rows.append(f'<tr><td><a href="#{_text(family.name)}">{_text(family.title)}</a></td>{cells}</tr>')
    total = counted(card.judged)
    rows.append("<tr><td>all</td>" + "".join(f"<td>{total[verdict]}</td>" for verdict in VERDICTS) + "</tr>")
    return f"<h2>Families</h2><table><tr><th></th>{head}</tr>{''.join(rows)}</table>"


def _family(family: Family, card: Scorecard) -> str:
    own = [one for one in card.ordered() if one.requirement.family == family.name]
    told = "".join(_requirement(one, card) for one in own)
    return f'<h2 id="{_text(family.name)}">{_text(family.title)}</h2>{told}'


def _requirement(judged: Judged, card: Scorecard) -> str:
    requirement, known = judged.requirement, " (known)" if card.is_known(judged) else ""
    opened = " open" if judged.verdict is Verdict.FAIL and not known else ""
    return (
        f'<details{opened} id="{_text(requirement.id)}"><summary>'
        f'<span class="word {judged.verdict.value}">{WORDS[judged.verdict]}{known}</span> '
        f'<span class="level">{requirement.level.value}</span> {_text(requirement.requirement)}</summary>'
        f"{_about(judged, card, sentence=False)}</details>"
    )


def _about(judged: Judged, card: Scorecard, *, sentence: bool = True) -> str:
    requirement = judged.requirement
    rows = [("", requirement.requirement)] if sentence else []
    rows += [("id", requirement.id), ("why", requirement.why), ("source", requirement.source)]
    rows += [("found", judged.told)] if judged.told else []
    rows += [("again", card.again_for(requirement))]
    told = "".join(f"<dt>{key or '&nbsp;'}</dt><dd>{_text(value)}</dd>" for key, value in rows)
    amiss = [one for one in judged.evidence if one.verdict is judged.verdict or one.verdict is Verdict.FAIL]
    lines = [_evidence(one) for one in amiss[:_EVIDENCE_MAX]]
    if len(amiss) > _EVIDENCE_MAX:
        lines.append(f"and {len(amiss) - _EVIDENCE_MAX} more")
    return f"<dl>{told}</dl><pre>{_text(chr(10).join(lines))}</pre>"


def _evidence(evidence: Evidence) -> str:
    """A few lines: where it was found, what, why it may be so, and how to repeat it."""
    finding, outcome = evidence.finding, evidence.outcome
    at = f" at {finding.at_s:.2f} s" if finding.at_s is not None else ""
    lines = [f"{WORDS[finding.verdict]}  {outcome.label if outcome else ''}  {finding.id}{at}: {finding.actual}"]
    if evidence.verdict is Verdict.FAIL:
        lines += [f"  expected {finding.expected}"]
        lines += [f"  measured {finding.evidence}"] if finding.evidence else []
        lines += [f"  cause    {finding.fault.value}: {FAULT_TEXTS[finding.fault][0]}"] if finding.fault else []
        lines += [f"  trace    {outcome.trace}"] if outcome and outcome.trace else []
        lines += [f"  again    {outcome.again}"] if outcome and outcome.again else []
    return "\n".join(lines)


def _not_exercised(card: Scorecard) -> str:
    found = reasons(card.judged)
    if not found:
        return ""
    items = "".join(
        f"<li>{_text(reason)}: {_text(', '.join(one.requirement.id for one in judged))}</li>"
        for reason, judged in found
    )
    return f"<h2>What would exercise more</h2><ul>{items}</ul>"
