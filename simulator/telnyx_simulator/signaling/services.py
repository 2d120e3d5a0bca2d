"""What goes beside the call: forked media, SIPREC, noise suppression, SIP INFO, deepfake detection."""

from telnyx_simulator.signaling.part import Part


class Services(Part):
    """What goes beside the call: forked media, SIPREC, noise suppression, SIP INFO, deepfake detection."""
