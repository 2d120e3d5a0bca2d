"""The ledger: nothing without evidence, and nothing that is in a table and not in it."""

from telnyx_simulator.facts import limits, webhooks
from telnyx_simulator.facts.errors import ERRORS
from telnyx_simulator.facts.ledger import coverage, ledger
from telnyx_simulator.facts.operations import OPERATIONS


def test_every_row_has_a_source_and_a_name_of_its_own() -> None:
    rows = ledger()
    assert all(row.source for row in rows)
    assert len({(row.group, row.name) for row in rows}) == len(rows)


def test_every_table_is_in_it_whole() -> None:
    counts = {one.group: one.rows for one in coverage()}
    assert counts["operations"] == len(OPERATIONS)
    assert counts["reply fields"] == sum(len(one.fields) for one in OPERATIONS.values())
    assert counts["parameters"] == sum(len(one.params) + len(one.query) for one in OPERATIONS.values())
    assert counts["errors"] == len(ERRORS)
    assert counts["events"] == len(webhooks.FIELDS)
    fields = sum(map(len, webhooks.FIELDS.values()))
    assert counts["webhook fields"] == fields + len(webhooks.ENVELOPE) + len(webhooks.META)
    assert counts["all"] == len(ledger())


def test_every_limit_says_what_it_rests_on() -> None:
    names = {name for name in vars(limits) if name.isupper() and name != "KNOWN"}
    assert names == limits.KNOWN.keys()


def test_seven_in_ten_fields_are_specified_documented_or_seen() -> None:
    found = {one.group: one for one in coverage()}
    for group in ("parameters", "reply fields", "webhook fields"):
        assert found[group].sourced >= 0.7 * found[group].rows


def test_what_no_capture_shows_is_not_called_observed() -> None:
    observed = [row for row in ledger() if row.evidence == "observed" and row.group == "webhook fields"]
    events = {row.name.partition(":")[0] for row in observed if not row.name.endswith("calling_party_type")}
    assert events <= {*webhooks.CAPTURED, "data", "meta"}
