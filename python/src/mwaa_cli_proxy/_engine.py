"""When a request is repeated, how long a command waits for a slot, and how a run is polled.

Everything here is a generator that yields effects and does nothing itself: `Proxy` performs the effects with blocking
calls, `AsyncProxy` with asyncio. The rules are those of the TypeScript client.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from ._contract import (
    CHECK_ADVICE,
    FINAL_PROBLEMS,
    FIRST_SLOT_WAIT_SECONDS,
    FOREIGN_ANSWER_TYPE,
    FOREIGN_REPEATED,
    MAX_ATTEMPT_SECONDS,
    MAX_ATTEMPTS,
    MAX_REQUEST_WAIT_SECONDS,
    MAX_RETRY_AFTER_SECONDS,
    MIN_SLOT_PAUSE_SECONDS,
    OTHER_COMMANDS,
    PROBLEM_TYPE_PREFIX,
    READ_ONLY_COMMANDS,
    REPEATED_IF_READ_ONLY,
    REPEATED_WITH_KEY,
    RETRY_JITTER,
    SETTING_VARIABLES,
    STARTED_LATER,
    AnswerMember,
)
from ._http import ConnectionFailure, Exchange, HttpResponse
from ._problems import PROBLEM_ERRORS
from ._types import JsonObject
from .errors import NoResponseError, ProblemError, ProxyError

T = TypeVar("T")


@dataclass(frozen=True)
class Clock:
    """The time and the randomness of an engine.

    Attributes:
        now: Seconds since an arbitrary point.
        random: Between 0 and 1.
    """

    now: Callable[[], float]
    random: Callable[[], float]


@dataclass(frozen=True)
class ApiRequest:
    """A request to the API.

    Attributes:
        path: The path after the stage, with a leading slash.
        member: The member that every successful answer has.
        body: JSON. None: the request is a GET.
        headers: Besides those that authenticate the caller.
        is_read_only: The request changes nothing.
    """

    path: str
    member: AnswerMember
    is_read_only: bool
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_keyed(self) -> bool:
        """Whether a repeat cannot create a second run."""
        return "idempotency-key" in self.headers

    @property
    def is_repeatable(self) -> bool:
        """Whether a repeat has no second effect."""
        return self.is_read_only or self.is_keyed


@dataclass(frozen=True)
class Send:
    """An effect: send a request, and return its response.

    Attributes:
        request: What to send.
        seconds: How long to wait for the response. None: as long as the client usually does.
        exchange: Notes what became of the request.
    """

    request: ApiRequest
    seconds: float | None
    exchange: Exchange = field(default_factory=Exchange)


@dataclass(frozen=True)
class Sleep:
    """An effect: do nothing for a while."""

    seconds: float


Effect = Send | Sleep
#: Yields effects, gets the response of each `Send`, and returns a value. Raises the errors of the client.
Engine = Generator[Effect, HttpResponse | None, T]


class SlotWait:
    """How long one command has waited for a free slot, and how long it keeps waiting."""

    def __init__(self, patience_seconds: float, on_wait: Callable[[], object] | None, random: Callable[[], float]):
        self._patience = patience_seconds
        self._on_wait = on_wait
        self._random = random
        self._waited = 0.0
        self._is_first = True

    @property
    def headers(self) -> dict[str, str]:
        """The header that says how long the next request may wait (RFC 7240).

        Without it, the proxy waits as long as it is configured to.
        """
        left = max(self._patience - self._waited, 0.0)
        seconds = min(left, FIRST_SLOT_WAIT_SECONDS) if self._is_first and self._on_wait else left
        return {} if seconds > MAX_REQUEST_WAIT_SECONDS else {"prefer": f"wait={int(seconds)}"}

    def get_pause(self, request_seconds: float, retry_after: float | None) -> float | None:
        """Called after a request that got no slot.

        Returns:
            Seconds until the next request. None if the command has waited long enough.
        """
        pause = add_jitter(max(retry_after or 0.0, MIN_SLOT_PAUSE_SECONDS), self._random)
        self._waited += request_seconds + pause
        return None if self._waited >= self._patience else pause

    def report(self) -> None:
        """Called before the pause."""
        if self._is_first and self._on_wait:
            self._on_wait()
        self._is_first = False


def add_jitter(seconds: float, random: Callable[[], float]) -> float:
    """Lengthens a pause, so that clients that failed together do not come back together."""
    return seconds * (1 + RETRY_JITTER * random())


def request_with_retry(
    request: ApiRequest, origin: str, clock: Clock, slot_wait: SlotWait | None = None, timeout: float | None = None
) -> Engine[JsonObject]:
    """Sends a request until it succeeds, or until a retry is unsafe or would not help.

    An exception that interrupts it, such as KeyboardInterrupt, gets as its cause the error that says what is known
    about the command: `busy` between two requests for a slot, or that a request that may change something got no
    response.

    Args:
        request: What to send.
        origin: The origin of the API, for messages.
        clock: The time.
        slot_wait: How long to wait for a free slot. None for requests that need none.
        timeout: How long all of it may take.
    """
    deadline = None if timeout is None else clock.now() + timeout
    attempts = 0
    attempt_seconds = 0.0
    thrown: ProxyError | None = None
    unknown_outcome: ProxyError | None = None
    while True:
        started = clock.now()
        left = None if deadline is None else deadline - started
        if left is not None and left <= 0 and thrown is not None:
            raise thrown
        headers = {**request.headers, **(slot_wait.headers if slot_wait else {})}
        sent = replace(request, headers=headers)
        effect = Send(sent, left)
        retry_after: float | None = None
        problem: JsonObject = {}
        failure: ProblemError | NoResponseError
        try:
            response = yield effect
            assert response is not None  # noqa: S101
            value = read_answer(response, request.member)
        except ConnectionFailure as error:
            failure = NoResponseError(origin, error.reason, effect.exchange.is_sent, request.is_read_only)
            failure.__cause__ = error.__cause__
        except BaseException as interruption:
            is_failure = isinstance(interruption, Exception) and not effect.exchange.is_sent
            if is_failure and unknown_outcome is not None:
                # A later attempt without a token or credentials says nothing about an earlier one that may have run.
                raise unknown_outcome from interruption
            if isinstance(interruption, ProxyError):
                raise
            if not request.is_read_only:
                lost = NoResponseError(origin, "interrupted", effect.exchange.is_sent)
                _explain(interruption, unknown_outcome or (lost if lost.request_sent else thrown or lost))
            raise
        else:
            if value is not None:
                return value
            retry_after = get_retry_after(response)
            problem = parse_problem(response)
            failure = _create_problem_error(problem, request)
        seconds = clock.now() - started
        is_busy = slot_wait is not None and _is_started_later(failure, retry_after)
        if failure.outcome_unknown:
            unknown_outcome = failure
        # A later attempt that did not run says nothing about an earlier one that may have run.
        is_final = isinstance(failure, ProblemError) and failure.code in FINAL_PROBLEMS
        thrown = failure if is_final else unknown_outcome or failure

        pause: float | None = None
        if slot_wait is not None and is_busy:
            pause = slot_wait.get_pause(seconds, retry_after)
        else:
            attempts += 1
            attempt_seconds += seconds
            if attempts == MAX_ATTEMPTS or attempt_seconds >= MAX_ATTEMPT_SECONDS:
                raise thrown
            is_due_soon = retry_after is not None and retry_after <= MAX_RETRY_AFTER_SECONDS
            if _is_repeated(failure, request):
                pause = add_jitter(max(retry_after or 0.0, attempts), clock.random)
            elif problem.get("retrySafe") is True and is_due_soon:
                pause = add_jitter(retry_after or 0.0, clock.random)
        if pause is None or (deadline is not None and clock.now() + pause >= deadline):
            raise thrown
        try:
            if slot_wait is not None and is_busy:
                slot_wait.report()
            yield Sleep(pause)
        except BaseException as interruption:
            _explain(interruption, thrown)
            raise


def read_answer(response: HttpResponse, member: AnswerMember) -> JsonObject | None:
    """The JSON object of a successful response that is from the proxy."""
    answer = parse_json_object(response.body) if 200 <= response.status < 300 else None
    return answer if answer is not None and _has_member(answer, member) else None


def _has_member(answer: JsonObject, member: AnswerMember) -> bool:
    value = answer.get(member.name)
    return value in member.value if isinstance(member.value, tuple) else isinstance(value, member.value)


def parse_json_object(text: bytes) -> dict[str, Any] | None:
    """The object of a JSON text, or None if it is not JSON or another kind of value."""
    try:
        value = json.loads(text.decode("utf-8", "replace"), parse_int=_parse_integer)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _parse_integer(text: str) -> int | float:
    """Python converts integers of up to 4300 digits. Longer ones become infinite, as in JavaScript."""
    try:
        return int(text)
    except ValueError:
        return float(text)


def get_retry_after(response: HttpResponse) -> float | None:
    """The seconds of `Retry-After`. None for a date."""
    text = response.headers.get("retry-after", "").strip()
    return float(text) if re.fullmatch(r"\d{1,9}(?:\.\d+)?", text) else None


def _explain(interruption: BaseException, error: ProxyError) -> None:
    """An interrupted program learns from the cause whether its command may run."""
    if interruption.__cause__ is None:
        interruption.__cause__ = error


def _create_problem_error(problem: JsonObject, request: ApiRequest) -> ProblemError:
    """The error of an attempt. It says if a repeat is safe, also where the API could not know that."""
    error = create_problem_error(problem, request.is_read_only)
    if error.outcome_unknown and problem["type"] == FOREIGN_ANSWER_TYPE:
        # It does not say itself that the command may have run.
        problem = {**problem, "detail": f"{error.detail} {CHECK_ADVICE}"}
        error = create_problem_error(problem, request.is_read_only)
    if request.is_keyed or _is_repeated(error, request):
        return create_problem_error({**problem, "retrySafe": True}, request.is_read_only)
    return error


def create_problem_error(problem: JsonObject, is_read_only: bool) -> ProblemError:
    """The error of the class for this code."""
    code = str(problem["type"]).rpartition(":")[2]
    return PROBLEM_ERRORS.get(code, ProblemError)(problem, is_read_only)


def parse_problem(response: HttpResponse) -> JsonObject:
    """The problem in a response. A body that is not a problem, for example of a network proxy, is described as one."""
    problem = parse_json_object(response.body)
    status = response.status
    if problem and str(problem.get("type")).startswith(PROBLEM_TYPE_PREFIX) and isinstance(problem.get("detail"), str):
        return {**problem, "status": status}
    return {
        "type": FOREIGN_ANSWER_TYPE,
        "title": "Unexpected response",
        "status": status,
        "detail": f"The response (HTTP {status}) is not from the proxy. Check that {SETTING_VARIABLES['url']} is the "
        "address of its API.",
    }


def _is_started_later(failure: ProxyError, retry_after: float | None) -> bool:
    """Whether nothing was started, and waiting helps."""
    rule = STARTED_LATER.get(failure.code) if isinstance(failure, ProblemError) else None
    return rule == "always" or (rule is not None and retry_after is not None)


def _is_repeated(failure: ProxyError, request: ApiRequest) -> bool:
    """Whether a request is repeated after an unknown outcome, because the repeat has no second effect."""
    if isinstance(failure, NoResponseError):
        return failure.request_sent and request.is_repeatable
    return isinstance(failure, ProblemError) and (
        (request.is_read_only and failure.code in REPEATED_IF_READ_ONLY)
        or (request.is_keyed and failure.code in REPEATED_WITH_KEY)
        or (request.is_repeatable and failure._is_foreign(FOREIGN_REPEATED))
    )


def starts_with_read_only_command(argv: list[Any]) -> bool:
    """Whether an argv begins with the path of a read-only command, in every release. The longest path decides."""
    for length in (2, 1):
        words = argv[:length]
        if len(words) < length or not all(isinstance(word, str) for word in words):
            continue
        path = " ".join(words)
        if path in READ_ONLY_COMMANDS or path in OTHER_COMMANDS:
            return path in READ_ONLY_COMMANDS
    return False
