"""The account: what one Telnyx account holds, one table a kind of resource."""

from telnyx_simulator.signaling.account.account import Account, SetUp

__all__ = ["Account", "SetUp"]
