"""What needs a brain: AI assistants, conversation relay, gathering by AI, payment by DTMF.

There is no brain here. What an assistant hears are the words beside the clips that people say; it says nothing itself.
So a conversation is a history of what the person said, and AI gathers the first thing that is said to it for every
field that it was asked for. A card is whatever is pressed.
"""

from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from telnyx_simulator.facts import limits
from telnyx_simulator.signaling import identifiers, options, rest
from telnyx_simulator.signaling.board import Board, Done
from telnyx_simulator.signaling.delivery import MS_NS
from telnyx_simulator.signaling.events import Event
from telnyx_simulator.signaling.leg import Leg, LegState
from telnyx_simulator.signaling.part import Part

# What `call.conversation.ended` names; a scenario's brain is none of these (docs: the examples).
_MODELS: Final = {
    "llm_model": "openai/gpt-4o",
    "stt_model": "distil-whisper/distil-large-v2",
    "tts_model_id": "Telnyx.KokoroTTS",
    "tts_provider": "telnyx",
    "tts_voice_id": "af",
}
_SECOND_NS: Final = 1_000_000_000


@dataclass(slots=True, kw_only=True)
class _Conversation:
    """An assistant, a relay or a gathering on a leg; `given` are the parameters of its start."""

    conversation_id: str
    began_ns: int
    given: dict[str, Any]
    gathers: bool = False
    history: list[dict[str, Any]] = field(default_factory=list)


class Assistants(Part):
    """At most one conversation at a time on a leg (spec: 90061)."""

    def __init__(self, board: Board) -> None:
        super().__init__(board)
        self._talks: dict[str, _Conversation] = {}
        self._asked: dict[str, dict[str, Any]] = {}
        self.acts = {
            "ai_assistant_start": self._start,
            "ai_assistant_stop": self._stop,
            "ai_assistant_join": self._join,
            "ai_assistant_add_messages": self._add_messages,
            "conversation_relay_start": self._start_relay,
            "conversation_relay_stop": self._stop,
            "gather_using_ai": self._gather,
        }

    def asked(self, leg: Leg, given: dict[str, Any], now: int) -> list[Event]:
        wanted = given.get("assistant") or given.get("conversation_relay_config")
        if wanted:
            self._asked[leg.call_leg_id] = {"assistant": given.get("assistant", {})}
        return []

    def leg_answered(self, leg: Leg, now: int) -> list[Event]:
        if leg.call_leg_id in self._asked:
            self._begin(leg, self._asked.pop(leg.call_leg_id), now)
        return []

    def leg_ends(self, leg: Leg, now: int) -> list[Event]:
        return self._end(leg, now)

    def spoke(self, leg: Leg, transcript: str | None, now: int) -> list[Event]:
        """The person said something; without a text nobody could make it out."""
        talk = self._talks.get(leg.call_leg_id)
        if talk is None or not transcript:
            return []
        talk.history.append({"role": "user", "content": transcript})
        happened: list[Event] = []
        if talk.given.get("send_message_history_updates"):
            happened += self.board.tell(
                leg, "call.ai_gather.message_history_updated", now, message_history=list(talk.history)
            )
        return happened + (self._gathered(leg, talk, transcript, now) if talk.gathers else [])

    # Commands

    def _start(self, leg: Leg, given: dict[str, Any], now: int) -> Done:
        talk = self._begin_by_command(leg, given, now)
        return Done(data={"result": "ok", "conversation_id": talk.conversation_id})

    def _start_relay(self, leg: Leg, given: dict[str, Any], now: int) -> Done:
        rest.demand_answered(leg)
        if not (given.get("url") or given.get("conversation_relay_url")):
            raise rest.refused("missing_parameter", pointer="/url", name="url")
        talk = self._begin_by_command(leg, given, now)
        return Done(data={"result": "ok", "conversation_relay_id": talk.conversation_id})

    def _gather(self, leg: Leg, given: dict[str, Any], now: int) -> Done:
        talk = self._begin_by_command(leg, given, now)
        talk.gathers = True
        patience_ms = given.get("user_response_timeout_ms", limits.AI_PATIENCE_MS)
        self.board.agenda.at(now + patience_ms * MS_NS, partial(self._nothing_said, leg, talk))
        return Done(data={"result": "ok", "conversation_id": talk.conversation_id})

    def _join(self, leg: Leg, given: dict[str, Any], now: int) -> Done:
        rest.demand_answered(leg)
        if all(talk.conversation_id != given["conversation_id"] for talk in self._talks.values()):
            raise rest.refused("no_resource", pointer="/conversation_id")
        options.apply(leg, given)
        return Done(data={"result": "ok", "conversation_id": given["conversation_id"]})

    def _add_messages(self, leg: Leg, given: dict[str, Any], now: int) -> list[Event]:
        rest.demand_alive(leg)
        options.apply(leg, given)
        talk = self._talks.get(leg.call_leg_id)
        messages = given.get("messages", [])
        if talk is not None:
            talk.history += messages if isinstance(messages, list) else [messages]
        return []

    def _stop(self, leg: Leg, given: dict[str, Any], now: int) -> list[Event]:
        rest.demand_alive(leg)
        options.apply(leg, given)
        return self._end(leg, now)

    # Conversations

    def _begin_by_command(self, leg: Leg, given: dict[str, Any], now: int) -> _Conversation:
        rest.demand_answered(leg)
        if leg.call_leg_id in self._talks:
            raise rest.refused("assisted_already")
        options.apply(leg, given)
        return self._begin(leg, given, now)

    def _begin(self, leg: Leg, given: dict[str, Any], now: int) -> _Conversation:
        draws = self.board.draws.within(leg.call_leg_id)
        talk = _Conversation(
            conversation_id=identifiers.random_uuid(draws, f"conversation_id {now}", 0), began_ns=now, given=given
        )
        self._talks[leg.call_leg_id] = talk
        return talk

    def _end(self, leg: Leg, now: int) -> list[Event]:
        talk = self._talks.pop(leg.call_leg_id, None)
        if talk is None:
            return []
        happened = self._gather_ended(leg, talk, {}, "invalid", now) if talk.gathers else []
        happened += self.board.tell(
            leg,
            "call.conversation.ended",
            now,
            assistant_id=talk.given.get("assistant", {}).get("id"),
            conversation_id=talk.conversation_id,
            duration_sec=(now - talk.began_ns) // _SECOND_NS,
            reason=None,
            **_MODELS,
        )
        if talk.gathers:
            return happened
        due_ns = now + limits.INSIGHTS_DELAY_MS * MS_NS
        self.board.agenda.at(due_ns, partial(self._insights, leg, talk))
        return happened

    def _insights(self, leg: Leg, talk: _Conversation, now: int) -> list[Event]:
        draws = self.board.draws.within(talk.conversation_id)
        said = " ".join(str(one.get("content", "")) for one in talk.history if one.get("role") == "user")
        group, insight = (identifiers.random_uuid(draws, purpose, 0) for purpose in ("insight_group_id", "insight_id"))
        results = [{"insight_id": insight, "result": said}]
        return self.board.tell(
            leg, "call.conversation_insights.generated", now, insight_group_id=group, results=results
        )

    # Gathering

    def _gathered(self, leg: Leg, talk: _Conversation, said: str, now: int) -> list[Event]:
        fields = talk.given["parameters"].get("properties", {})
        result = dict.fromkeys(fields, said)
        happened: list[Event] = []
        if talk.given.get("send_partial_results"):
            happened += self.board.tell(
                leg,
                "call.ai_gather.partial_results",
                now,
                message_history=list(talk.history),
                partial_results=result,
            )
        happened += self._gather_ended(leg, talk, result, "valid", now)
        del self._talks[leg.call_leg_id]
        return happened

    def _nothing_said(self, leg: Leg, talk: _Conversation, now: int) -> list[Event]:
        if leg.state is not LegState.ANSWERED or self._talks.get(leg.call_leg_id) is not talk:
            return []
        del self._talks[leg.call_leg_id]
        return self._gather_ended(leg, talk, {}, "invalid", now)

    def _gather_ended(
        self, leg: Leg, talk: _Conversation, result: dict[str, Any], status: str, now: int
    ) -> list[Event]:
        return self.board.tell(
            leg, "call.ai_gather.ended", now, message_history=list(talk.history), result=result, status=status
        )
