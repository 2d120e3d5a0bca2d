"""What to say of an application that made no REST call at all: mostly it speaks to somebody else, or to nobody."""

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from telnyx_simulator.sut.profile import Profile

_TOLD: Final = "THE APPLICATION MADE NO REST CALL: is it redirected?"


def silent(profile: "Profile") -> str:
    """Some lines: that there was none, and what to do about it."""
    return f"\n{_TOLD}\n  {redirecting(profile)}\n"


def redirecting(profile: "Profile") -> str:
    """The one thing to do so that its REST reaches the simulator, as far as the profile tells."""
    from telnyx_simulator.scenario.invocation import KNOWN_PORT
    from telnyx_simulator.sut.redirect import SHIMS

    if profile.url is not None:
        return (
            f"start it with TELNYX_BASE_URL=http://127.0.0.1:{KNOWN_PORT}/v2, or what it has in place of this; "
            "`telnyx-sim exec -- COMMAND` starts one that has https://api.telnyx.com written in its code"
        )
    if profile.redirect in SHIMS:
        return f"`redirect: {profile.redirect}` saw no request: is it of another language, or did it never come to one?"
    told = [name for name, value in profile.env.items() if "{api_v2}" in value]
    if told:
        return (
            f"{' and '.join(told)} in `env:` tells it where the simulator is, and it does not look there: "
            f"does it have https://api.telnyx.com/v2 written in its code? Then `redirect: {' or '.join(SHIMS)}`"
        )
    return 'nothing in `env:` of the profile tells it where the simulator is; add TELNYX_BASE_URL: "{api_v2}"'
