"""What to say to somebody who has an application and no profile yet: the few lines to write, filled in."""

import re
from pathlib import Path
from typing import Final

_URL: Final = re.compile(r"(https?):/+(.+)")
_SOMEWHERE: Final = "http://127.0.0.1:8000"


def url_in(given: str | Path) -> str | None:
    """The URL that was given where a profile's path belongs; None if it is none. Paths swallow one of its slashes."""
    found = _URL.fullmatch(str(given))
    return f"{found[1]}://{found[2]}" if found else None


def what_to_write(given: str | Path) -> str:
    """For a URL in place of a profile, or a profile that is not there."""
    url = url_in(given)
    head = f"{url} is no profile: write one" if url else f"there is no profile at {given}: write one"
    path = "sut.yaml" if url else str(given)
    return f"""{head}. These three lines in {path} will do:

    url: {(url or _SOMEWHERE).rstrip("/")}  # where the application runs
    webhook_url: /telnyx/webhook  # the path at which it takes Telnyx's webhooks
    number: "+12025550100"  # the telephone number that it has

`telnyx-sim init --url {(url or _SOMEWHERE).rstrip("/")}` writes them with whatever else can be said, and tells what
the application needs in its environment; `telnyx-sim init --command 'uvicorn app:app --port {{port}}'` if we are to
start it ourselves.
Then: telnyx-sim doctor --sut {path}
      telnyx-sim conformance --sut {path}"""
