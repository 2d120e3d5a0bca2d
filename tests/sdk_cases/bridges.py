"""Operations that connect one call with another."""

from typing import Any

from sdk_line import CALLEE, Line, case


@case("bridge")
async def _bridge(line: Line) -> Any:
    return await line.sdk.calls.actions.with_raw_response.bridge(
        await line.answered(),
        call_control_id_to_bridge_with=await line.answered(),
        mute_dtmf="both",
        park_after_unbridge="self",
        play_ringtone=True,
        ringtone="de",
    )


@case("transfer")
async def _transfer(line: Line) -> Any:
    return await line.sdk.calls.actions.with_raw_response.transfer(
        await line.answered(),
        to=CALLEE,
        target_leg_client_state="b3RoZXI=",
        timeout_secs=20,
        webhook_url=line.receiver.url,
        webhook_url_method="POST",
    )


@case("refer")
async def _refer(line: Line) -> Any:
    return await line.sdk.calls.actions.with_raw_response.refer(
        await line.answered(), sip_address="sip:desk@pbx.example.com"
    )


@case("switch_supervisor_role")
async def _switch_supervisor_role(line: Line) -> Any:
    supervisor = await line.picked_up(supervise_call_control_id=await line.answered(), supervisor_role="monitor")
    return await line.sdk.calls.actions.with_raw_response.switch_supervisor_role(supervisor, role="whisper")
