"""Actions on a call that are about sound: speak, play, gather, record, stream, fork, transcribe."""

from typing import Final

from telnyx_simulator.facts.operations.table import (
    AUDIO,
    DIGITS,
    FLAG,
    INVALID_AUDIO,
    LOOP,
    OBJECT,
    ON,
    SPOKEN,
    STATE,
    STREAM,
    STREAM_MORE,
    TEXT,
    Operation,
    Param,
    action,
    number,
    text,
)

_TARGET_LEGS = text("self", "opposite", "both", default="self")
_STOP = text("current", "all")
_SUPPRESSORS = (
    *("Denoiser", "DeepFilterNet", "Krisp", "AiCoustics", "aic_l_quail", "aic_l_rook", "aic_s_quail", "aic_s_rook"),
    *("quail_voice_focus_s", "quail_voice_focus_xs"),
    # Names of before, which are still taken (spec: deprecated).
    *("A", "B", "C", "D"),
)
_HEARS = ("Google", "Telnyx", "Deepgram", "Azure", "xAI", "AssemblyAI", "Speechmatics", "Soniox")


SOUNDS: Final[dict[str, Operation]] = {
    "speak": action(
        "speak",
        "speak",
        {
            "loop": LOOP,
            "service_level": text("basic", "premium", default="premium"),
            "stop": _STOP,
            "target_legs": _TARGET_LEGS,
            **SPOKEN,
            **STATE,
        },
    ),
    "playback_start": action(
        "playback_start",
        "start_playback",
        {
            "audio_type": text("mp3", "wav", default="mp3"),
            "cache_audio": ON,
            "loop": LOOP,
            "overlay": FLAG,
            "playback_content": Param("string", form="base64"),
            "stop": _STOP,
            "target_legs": _TARGET_LEGS,
            **AUDIO,
            **STATE,
        },
    ),
    "playback_stop": action(
        "playback_stop", "stop_playback", {"overlay": FLAG, "stop": text("current", "all", default="all"), **STATE}
    ),
    "gather": action(
        "gather",
        "gather",
        {
            "gather_id": Param("string", low=1, high=40),
            "initial_timeout_millis": number(1, default=5000),
            **DIGITS,
            **STATE,
        },
    ),
    "gather_using_audio": action(
        "gather_using_audio",
        "gather_using_audio",
        {"maximum_tries": number(1, default=3), **AUDIO, **INVALID_AUDIO, **DIGITS, **STATE},
    ),
    "gather_using_speak": action(
        "gather_using_speak",
        "gather_using_speak",
        {
            "invalid_payload": Param("string", high=3000),
            "maximum_tries": number(1, default=3),
            "service_level": text("basic", "premium", default="premium"),
            **SPOKEN,
            **DIGITS,
            **STATE,
        },
    ),
    "gather_stop": action("gather_stop", "stop_gather", STATE),
    "record_start": action(
        "record_start",
        "start_recording",
        {
            "channels": text("single", "dual", required=True),
            "format": text("wav", "mp3", required=True),
            "custom_file_name": Param("string", low=1, high=40),
            "max_length": number(0, 14400, default=0),
            "play_beep": FLAG,
            "recording_track": text("both", "inbound", "outbound", default="both"),
            "timeout_secs": number(0, default=0),
            "transcription": FLAG,
            "transcription_engine": text("A", "B", "deepgram/nova-3", default="A"),
            # 245 languages (SDK), which nobody mistypes into a call that fails: not checked here.
            "transcription_language": Param("string", default="en-US"),
            "transcription_max_speaker_count": number(1, default=6),
            "transcription_min_speaker_count": number(1, default=2),
            "transcription_profanity_filter": FLAG,
            "transcription_speaker_diarization": FLAG,
            "trim": text("trim-silence"),
            **STATE,
        },
    ),
    "record_stop": action("record_stop", "stop_recording", {"recording_id": TEXT, **STATE}),
    "record_pause": action("record_pause", "pause_recording", {"recording_id": TEXT, **STATE}),
    "record_resume": action("record_resume", "resume_recording", {"recording_id": TEXT, **STATE}),
    "streaming_start": action(
        "streaming_start",
        "start_streaming",
        {
            "custom_parameters": Param("array", form="headers"),
            "dialogflow_config": OBJECT,
            "enable_dialogflow": FLAG,
            **STREAM,
            **STREAM_MORE,
            # Dialogflow could stand in its place (docs); the simulator has none.
            "stream_url": Param("string", required=True, form="ws_url"),
            **STATE,
        },
    ),
    "streaming_stop": action("streaming_stop", "stop_streaming", {"stream_id": TEXT, **STATE}),
    "fork_start": action(
        "fork_start",
        "start_forking",
        {"rx": TEXT, "tx": TEXT, "stream_type": text("decrypted", default="decrypted"), **STATE},
    ),
    "fork_stop": action("fork_stop", "stop_forking", {"stream_type": text("raw", "decrypted", default="raw"), **STATE}),
    "transcription_start": action(
        "transcription_start",
        "start_transcription",
        {
            "transcription_engine": text(*_HEARS, "Parakeet", "Humain", "Reson8", "Cohere", "A", "B", default="Google"),
            "transcription_engine_config": OBJECT,
            "transcription_tracks": text("inbound", "outbound", "both", default="inbound"),
            **STATE,
        },
    ),
    "transcription_stop": action("transcription_stop", "stop_transcription", STATE),
    "suppression_start": action(
        "suppression_start",
        "start_noise_suppression",
        {
            "direction": text("inbound", "outbound", "both", default="inbound"),
            "noise_suppression_engine": text(*_SUPPRESSORS, default="Denoiser"),
            "noise_suppression_engine_config": OBJECT,
            **STATE,
        },
    ),
    "suppression_stop": action("suppression_stop", "stop_noise_suppression", STATE),
    "siprec_start": action(
        "siprec_start",
        "start_siprec",
        {
            "connector_name": TEXT,
            "include_metadata_custom_headers": Param("boolean"),
            "secure": Param("boolean"),
            "session_timeout_secs": number(0, default=1800),
            "sip_transport": text("udp", "tcp", "tls", default="udp"),
            "siprec_track": text("inbound_track", "outbound_track", "both_tracks", default="both_tracks"),
            "client_state": STATE["client_state"],
        },
    ),
    "siprec_stop": action("siprec_stop", "stop_siprec", STATE),
}
