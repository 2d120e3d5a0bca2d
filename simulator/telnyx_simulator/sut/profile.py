"""The profile `sut.yaml` as values (`docs/scenario-language.md` 6): how a system under test runs, and what it shows.

Each mapping is a model; descriptions are what an editor shows. What one key demands of another stands in `sut.rules`.
"""

from pathlib import Path
from typing import Any, ClassVar, Final, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, model_validator

from telnyx_simulator.sut import rules
from telnyx_simulator.sut.values import (
    Ability,
    AskName,
    BaseUrl,
    CallCommand,
    CallJson,
    CallText,
    CallUrl,
    ClipName,
    Codec,
    CodecName,
    Duration,
    Every,
    Function,
    Header,
    HeaderValue,
    LocalPrefix,
    Method,
    Number,
    Observe,
    Pointer,
    PositiveDuration,
    PublicPrefix,
    Redirect,
    Restart,
    Setting,
    StartCommand,
    StartUrl,
    State,
    StatusWords,
    Text,
    Variable,
    WebhookUrl,
)

EVERY_NS: Final = 100_000_000


def _default(written: str) -> Any:
    """A default as it would be written, for editors."""
    return {"default": written}


class Part(BaseModel):
    """A mapping of the profile. `knows` begins the sentence about a key that it has not; `unbuilt` are keys of the
    language that this version refuses. Durations are nanoseconds.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)
    knows: ClassVar[str]
    unbuilt: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def known(cls) -> tuple[str, ...]:
        return tuple(field.alias or name for name, field in cls.model_fields.items() if not field.exclude)


class Start(Part):
    """How we start the application, and how we know that it is up."""

    knows = "start"
    command: StartCommand = Field(
        description="Starts the application; run without a shell, in `folder`, with `env` in its environment. "
        "`{port}` is a free port for it to listen on."
    )
    ready: StartUrl | None = Field(
        default=None,
        description="Answered with 2xx as soon as it is up. Without it any answer at `/` will do.",
        examples=["/health"],
    )
    timeout: PositiveDuration = Field(
        default=30_000_000_000, description="How long that may take.", json_schema_extra=_default("30s")
    )
    folder: Text = Field(default=".", description="Where it is started, relative to the profile.")
    stop: Duration = Field(
        default=5_000_000_000,
        description="How long it may take to end after SIGTERM before it is killed.",
        json_schema_extra=_default("5s"),
    )
    restart: Restart = Field(
        default="never",
        description="`each_run`: a new process for each run, for an application that cannot forget; runs then follow "
        "one another.",
    )


class Ask(Part):
    """Something that the application can be asked for: by HTTP, by a command, or by a Python function."""

    knows = "an ask"
    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": [key]} for key in rules.WAYS_TO_ASK]})
    method: Method = Field(default="POST", description="The HTTP method.")
    url: CallUrl | None = Field(
        default=None, description="Where the request goes; what begins with `/` is on the application."
    )
    json_: CallJson = Field(
        default=None, alias="json", description="The request's JSON body; `{words}` in its texts are filled."
    )
    headers: dict[Header, HeaderValue] = Field(default={}, description="HTTP headers of the request.")
    take: Pointer | None = Field(
        default=None,
        description="JSON pointer into the reply: what stands there is `{taken}` in what this person asks later.",
    )
    command: CallCommand | None = Field(
        default=None,
        description="A program to run in the profile's folder, without a shell, with `env` in its environment.",
    )
    python: Function | None = Field(
        default=None,
        description="A function, plain or `async`, found beside the profile. It gets a dict: `ask` (its name here), "
        "`from`, `to`, `call_control_id` and `taken` where there are any, `port`, `api_v2`, `api_key`, `public_key`, "
        "`connection_id`, `probe`.",
    )


class Poll(Part):
    """The application is asked for its status over HTTP, again and again."""

    knows = "poll"
    url: CallUrl = Field(description="Answered with JSON that holds the status of one call.")
    pointer: Pointer = Field(description="JSON pointer to the status in the answer.", examples=["/status"])
    every: Every = Field(default=EVERY_NS, description="How often it is asked.", json_schema_extra=_default("100ms"))


class Status(Part):
    """How the application's own view of a call is seen."""

    knows = "status"
    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": [key]} for key in rules.WAYS_TO_SEE]})
    poll: Poll | None = Field(default=None, description="Asked for over HTTP.")
    probe: Pointer | None = Field(
        default=None,
        description="JSON pointer to the status in what the application posts to the URL `{probe}`; the body holds a "
        "call_control_id, call_leg_id or call_session_id as well, anywhere.",
    )
    python: Function | None = Field(
        default=None,
        description="A function that returns the status of a call, or None. It gets a dict: `call_control_id`, "
        "`from`, `to`, `direction`, `state` (ringing, answered, hangup), `hangup_cause`, `hangup_source`, `taken`; "
        "None for what is not known yet.",
    )


class Tap(Part):
    """What the application decoded, written down by itself: a WAV file, or raw bytes in `codec`."""

    knows = "tap"
    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": [key]} for key in rules.WAYS_TO_TAP]})
    path: CallText | None = Field(
        default=None, description="A file, relative to the profile.", examples=["taps/{call_control_id}.wav"]
    )
    url: CallUrl | None = Field(default=None, description="Where it can be fetched.")
    codec: Codec | None = Field(default=None, description="How the bytes are to be read where it is no WAV file.")


class Audio(Part):
    """How sound can be judged."""

    knows = "audio"
    observe: Observe = Field(
        default="none",
        description="`loopback`: it says back what it hears. `play`: it plays known clips. `tap`: it writes down what "
        "it decoded. `python`: its decoder can be called. `none`: none of these.",
    )
    tap: Tap | None = Field(default=None, description="What it decoded; beside `observe: loopback` or `play` too.")
    python: Function | None = Field(
        default=None,
        description="A function that decodes one frame, found beside the profile; beside any other way to observe too. "
        "It gets a dict: `payload` (the bytes of `media.payload`) and `media_format` (as in `start`: `encoding`, "
        "`sample_rate`, `channels`). It returns the frame's samples: bytes of 16-bit little-endian PCM, or a sequence "
        "of whole numbers, or of floats between -1 and 1. Each codec of a run's streams is tried, all 256 codes of "
        "G.711.",
    )
    clips: dict[ClipName, Text] = Field(
        default={}, description="Sounds that it plays of itself, name to WAV file: the `app/NAME` of scenarios."
    )


class Profile(Part):
    """One system under test: how it runs, how it is reached, and what it shows of itself."""

    knows = "a profile"
    unbuilt = ("asgi",)
    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [{"required": [key, *(["webhook_url"] if key != "provider" else [])]} for key in rules.WAYS_TO_RUN]
        }
    )
    folder: Path = Field(default=Path(), exclude=True)  # where the profile stands; no key, the loader fills it in
    start: Start | None = Field(default=None, description="The application is started by us.")
    url: BaseUrl | None = Field(default=None, description="The application runs already, here.")
    provider: Function | None = Field(
        default=None,
        description="A class, found beside the profile, that lends us a code base's own provider class: it runs in our "
        "process, behind `/webhook` and `/stream`. Its methods are those of `telnyx_simulator.api.Provider`, all of "
        "them optional.",
        examples=["tests.telnyx_adapter:Adapter"],
    )
    name: Text | None = Field(default=None, description="What it is called in reports; the folder's name otherwise.")
    number: Number = Field(default="+12025550100", description="Its telephone number.")
    env: dict[Variable, Setting] = Field(
        default={}, description="Environment of the application: how it finds the simulator instead of Telnyx."
    )
    redirect: Redirect = Field(
        default="env",
        description="How its REST is pointed at us. `env`: by its environment. `python-shim`, `node-shim`: whatever "
        "host it has hard-coded, by a shim in the processes that we start. `none`: by nothing of ours.",
    )
    webhook_url: WebhookUrl = Field(
        default="/webhook",
        description="Where the portal would send its webhooks; of a `provider` it is `/webhook`.",
        examples=["/telnyx/webhook"],
    )
    failover_url: WebhookUrl | None = Field(default=None, description="Where they go after two failed attempts.")
    rewrite: dict[PublicPrefix, LocalPrefix] = Field(
        default={},
        description="Public beginnings of URLs that it builds itself, and the local ones they stand for.",
        examples=[{"wss://agent.example.com": "ws://127.0.0.1:{port}"}],
    )
    ask: dict[AskName, Ask] = Field(
        default={}, description="What it can be asked for, by the names that scenarios use."
    )
    status: Status | None = Field(default=None, description="Its own view of a call.")
    status_map: dict[State, StatusWords] = Field(
        default={},
        description="Hangup cause, `ringing` or `answered`, or one of them with a direction (`user_busy/outgoing`), a "
        "cause with `answered` or `unanswered` as well (`normal_clearing/unanswered`), to the application's own word "
        "or words. The more precise key wins.",
    )
    audio: Audio = Field(
        default=Audio(),
        description="How sound can be judged: what comes back, what it plays, what it writes down.",
        json_schema_extra={"default": {}},
    )
    does: list[Ability] = Field(default=[], description="Abilities; what is not listed is not exercised.")
    codecs: list[CodecName] = Field(
        default=["PCMU", "PCMA"], min_length=1, description="Codecs of legs that it can take."
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        for rule in rules.broken(self.model_dump(by_alias=True, exclude_unset=True)):
            raise ValueError(rule.message)
        return self

    @property
    def title(self) -> str:
        return self.name or self.folder.resolve().name

    @property
    def port(self) -> int | None:
        """Where an application listens that runs already; None for one that we start."""
        parts = urlsplit(self.url or "")
        return parts.port or {"http": 80, "https": 443}.get(parts.scheme)

    @property
    def status_every_ns(self) -> int | None:
        """How often the status is looked at; None where it comes by itself, or never."""
        if self.status is None or self.status.probe is not None:
            return None
        return self.status.poll.every if self.status.poll else EVERY_NS

    def clip_files(self) -> dict[str, Path]:
        """`app/...` clips and their files."""
        return {f"app/{name}": self.folder / path for name, path in self.audio.clips.items()}

    def described(self) -> dict[str, Any]:
        """What the head of a trace keeps of the profile."""
        return {
            "name": self.title,
            "number": self.number,
            "status_map": self.status_map,
            "observes_status": self.status is not None,
            "observe": self.audio.observe,
            "tap": self.audio.tap is not None,
            "decodes": self.audio.python is not None,
            "does": self.does,
            "codecs": self.codecs,
        }
