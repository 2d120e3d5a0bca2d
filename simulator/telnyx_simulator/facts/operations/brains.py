"""Actions on a call for which the real thing needs a brain: assistants, conversation relay, payment."""

from typing import Final

from telnyx_simulator.facts import formats
from telnyx_simulator.facts.operations.table import (
    DONE,
    FLAG,
    OBJECT,
    STATE,
    TEXT,
    WS_URL,
    Operation,
    Param,
    action,
    number,
    of,
    text,
)

_CONVERSATION = DONE | {"conversation_id": of("string", formats.UUID)}
_RELAY = DONE | {"conversation_relay_id": of("string", formats.UUID)}

_AI = {"voice": TEXT, "voice_settings": OBJECT, "greeting": Param("string", high=3000), "transcription": OBJECT}
_INTERRUPTS = text("none", "any", "speech", "dtmf", default="any")
_HEARS = ("Google", "Telnyx", "Deepgram", "Azure", "xAI", "AssemblyAI", "Speechmatics", "Soniox")


BRAINS: Final[dict[str, Operation]] = {
    "gather_using_ai": action(
        "gather_using_ai",
        "gather_using_ai",
        {
            "parameters": Param("object", required=True, form="json_schema"),
            "assistant": OBJECT,
            "gather_ended_speech": Param("string", high=3000),
            "interruption_settings": OBJECT,
            "language": TEXT,
            "message_history": Param("array", form="messages"),
            "send_message_history_updates": FLAG,
            "send_partial_results": FLAG,
            "user_response_timeout_ms": number(0, default=10000),
            **_AI,
            **STATE,
        },
        _CONVERSATION,
    ),
    "ai_assistant_start": action(
        "ai_assistant_start",
        "start_ai_assistant",
        {
            "assistant": Param("object", form="assistant"),
            "interruption_settings": OBJECT,
            "message_history": Param("array or object", form="messages"),
            "participants": Param("array"),
            "send_message_history_updates": FLAG,
            **_AI,
            **STATE,
        },
        _CONVERSATION,
    ),
    "ai_assistant_stop": action("ai_assistant_stop", "stop_ai_assistant", STATE),
    "ai_assistant_join": action(
        "ai_assistant_join",
        "join_ai_assistant",
        {
            "conversation_id": Param("string", required=True),
            "participant": Param("object", required=True),
            **STATE,
        },
        _CONVERSATION,
    ),
    "ai_assistant_add_messages": action(
        "ai_assistant_add_messages",
        "add_ai_assistant_messages",
        {"messages": Param("array or object", form="messages"), "trigger_response": Param("boolean"), **STATE},
    ),
    "conversation_relay_start": action(
        "conversation_relay_start",
        "start_conversation_relay",
        {
            "assistant": OBJECT,
            "conversation_relay_dtmf_detection": FLAG,
            "conversation_relay_settings": OBJECT,
            "conversation_relay_url": WS_URL,
            "custom_parameters": OBJECT,
            "dtmf_detection": FLAG,
            "interruptible": _INTERRUPTS,
            "interruptible_greeting": _INTERRUPTS,
            "interruption_settings": OBJECT,
            "language": Param("string", default="en"),
            "languages": Param("array"),
            "provider": TEXT,
            "structured_provider": OBJECT,
            "transcription_engine": text(*_HEARS, "A", "B", default="Google"),
            "transcription_engine_config": OBJECT,
            "tts_provider": TEXT,
            "url": WS_URL,
            **_AI,
            **STATE,
        },
        _RELAY,
    ),
    "conversation_relay_stop": action("conversation_relay_stop", "stop_conversation_relay", STATE),
    # In telnyx-python only, newer than the OpenAPI document of July 2026.
    "pay": action(
        "pay",
        "pay",
        {
            "amount": Param("number"),
            "connector_name": TEXT,
            "currency": text("USD", "usd"),
            "description": TEXT,
            "inter_digit_timeout_millis": number(1),
            "language": TEXT,
            "max_attempts": number(1),
            "metadata": OBJECT,
            "min_postal_code_length": number(0),
            "parameters": OBJECT,
            "payment_method": text("credit-card", "ach-debit"),
            "payment_token": TEXT,
            "postal_code": Param("string or boolean"),
            "prompts": OBJECT,
            "service_level": TEXT,
            "timeout_millis": number(1),
            "transaction_type": text("charge", "tokenize"),
            "valid_card_types": Param("array", form="texts"),
            "voice": TEXT,
            **STATE,
        },
    ),
}
