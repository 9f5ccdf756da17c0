"""What is shown, drawn, advised and judged while the expert assists (C6, F2, F3, F4, F10)."""

from __future__ import annotations

from visavis_sdk import events as e
from visavis_sdk.vocabulary import Adequacy, Outcome

from visavis_core.acts import commands as c
from visavis_core.acts.author import Author, Context, Decision
from visavis_core.acts.decisions.consent import close_session
from visavis_core.acts.decisions.registry import Decisions, speaker
from visavis_core.acts.decisions.session import is_withheld
from visavis_core.acts.refusals import refuse
from visavis_core.acts.state import Act

__all__ = ["GUIDANCE"]

GUIDANCE = Decisions()

LIVE_TARGET = "live:"


def _knows_still(act: Act, still: str) -> bool:
    return any(kept.still == still for kept in act.stills)


@GUIDANCE.of(c.CaptureStill)
def capture_still(act: Act, command: c.CaptureStill, author: Author, _context: Context) -> Decision:
    if _knows_still(act, command.still):
        return refuse("still_already_kept")
    if not command.media_type.startswith("image/"):
        return refuse("still_not_picture")
    if is_withheld(act.withheld, command.source):
        return refuse("source_withheld")
    return (
        e.StillCaptured(
            still=command.still,
            sha256=command.sha256,
            size=command.size,
            media_type=command.media_type,
            width=command.width,
            height=command.height,
            source=command.source,
            method=command.method,
            captured_at=command.captured_at,
            captured_by=speaker(act, author),
            label=command.label,
        ),
    )


@GUIDANCE.of(c.CommitAnnotation)
def commit_annotation(act: Act, command: c.CommitAnnotation, author: Author, context: Context) -> Decision:
    """On a still of the act, or on a live source while a session is open."""
    if command.target.startswith(LIVE_TARGET):
        if not act.session:
            return refuse("no_open_session")
    elif not _knows_still(act, command.target):
        return refuse("unknown_still")
    return (
        e.AnnotationCommitted(
            annotation=context.ids("annotation"),
            by=speaker(act, author),
            target=command.target,
            strokes=command.strokes,
            frame=command.frame,
        ),
    )


@GUIDANCE.of(c.GiveAdvice)
def give_advice(act: Act, command: c.GiveAdvice, author: Author, context: Context) -> Decision:
    """The session may be down (plan B by telephone): advice is still advice and is still noted."""
    if command.still and not _knows_still(act, command.still):
        return refuse("unknown_still")
    return (
        e.AdviceGiven(
            advice=context.ids("advice"),
            by=speaker(act, author),
            text=command.text,
            justification=command.justification,
            still=command.still,
            read_back_required=command.read_back_required,
        ),
    )


@GUIDANCE.of(c.AcknowledgeAdvice)
def acknowledge_advice(act: Act, command: c.AcknowledgeAdvice, author: Author, _context: Context) -> Decision:
    """Heard, and later done; what was read back once needs no second reading."""
    advice = next((known for known in act.advices if known.given.advice == command.advice), None)
    if advice is None:
        return refuse("unknown_advice")
    before = advice.acknowledgement
    heard = e.AdviceAcknowledged(
        advice=command.advice,
        by=speaker(act, author),
        read_back=command.read_back.strip() or ("" if before is None else before.read_back),
        repeated=command.repeated or (before is not None and before.was_read_back) or bool(command.read_back.strip()),
        done=command.done,
    )
    return refuse("read_back_missing") if advice.given.read_back_required and not heard.was_read_back else (heard,)


@GUIDANCE.of(c.DecideStep)
def decide_step(act: Act, command: c.DecideStep, author: Author, _context: Context) -> Decision:
    if not command.validated and not command.reason.strip():
        return refuse("step_reason_missing")
    return (
        e.StepDecided(step=command.step, by=speaker(act, author), validated=command.validated, reason=command.reason),
    )


@GUIDANCE.of(c.DeclareAdequacy)
def declare_adequacy(act: Act, command: c.DeclareAdequacy, author: Author, _context: Context) -> Decision:
    """A verdict other than adequate says what lacks or what is decided (F1)."""
    explained = command.decision.strip() or command.reason.strip()
    if command.verdict is not Adequacy.ADEQUATE and not explained:
        return refuse("verdict_reason_missing")
    return (
        e.AdequacyDeclared(
            by=speaker(act, author),
            subject=command.subject,
            verdict=command.verdict,
            decision=command.decision,
            reason=command.reason,
        ),
    )


@GUIDANCE.of(c.DeclareInsufficiency)
def declare_insufficiency(act: Act, command: c.DeclareInsufficiency, author: Author, _context: Context) -> Decision:
    declared = e.InsufficiencyDeclared(by=speaker(act, author), reason=command.reason)
    return _ending(act, Outcome.INSUFFICIENT, declared)


@GUIDANCE.of(c.DeclineAssistance)
def decline_assistance(act: Act, command: c.DeclineAssistance, author: Author, _context: Context) -> Decision:
    return _ending(act, Outcome.DECLINED, e.AssistanceDeclined(by=speaker(act, author), reason=command.reason))


@GUIDANCE.of(c.ReorientAct)
def reorient_act(act: Act, command: c.ReorientAct, author: Author, _context: Context) -> Decision:
    """Possible at any moment (C6), also after a withdrawal or a refusal: the person still needs care."""
    reoriented = e.ActReoriented(by=speaker(act, author), reason=command.reason, towards=command.towards)
    return (reoriented, *close_session(act, "reoriented"))


def _ending(act: Act, outcome: Outcome, said: e.Event) -> Decision:
    """What already fixed another end stands; saying the same twice is refused."""
    if act.ending is not None and act.ending is not outcome:
        return refuse("act_is_ending")
    return (said, *close_session(act, "ended"))
