"""Refusals put together from names: who may, what is missing, which outcomes are possible.

Knows: the sentence around the names, in both languages.
Refuses to know: when to refuse; the decisions say that. No message names a patient.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from visavis_sdk.notes import SECTION_NAMES
from visavis_sdk.text import Text
from visavis_sdk.vocabulary import ActPhase, Outcome, Role

from visavis_core.acts.author import Refusal
from visavis_core.acts.roles import IDENTITY_FIELDS, PROFESSIONS, ROLE_NAMES, Seat

__all__ = [
    "gates_block",
    "identity_incomplete",
    "note_incomplete",
    "outcome_mismatch",
    "phase_forbids",
    "reason_says_nothing",
    "request_taken",
    "role_not_held",
    "seat_forbids",
]

_PHASE_WAYS_OUT: dict[ActPhase, Text] = {
    ActPhase.PREPARING: Text(
        fr="C’est possible une fois la session ouverte. Démarrez la session d’abord.",
        en="This is possible once the session is open. Start the session first.",
    ),
    ActPhase.LIVE: Text(
        fr="L’acte est en direct. Terminez le direct d’abord.", en="The act is live. End the live part first."
    ),
    ActPhase.CONCLUDING: Text(
        fr="Le direct est terminé : il reste les notes, les justifications et la fermeture.",
        en="The live part is over: notes, justifications and closing remain.",
    ),
    ActPhase.CLOSED: Text(
        fr="L’acte est fermé et ne change plus. Ouvrez un nouvel acte.",
        en="The act is closed and no longer changes. Open a new act.",
    ),
}

_OUTCOME_NAMES: dict[Outcome, Text] = {
    Outcome.COMPLETED: Text(fr="terminé", en="completed"),
    Outcome.WITHDRAWN: Text(fr="consentement retiré", en="consent withdrawn"),
    Outcome.REORIENTED: Text(fr="réorienté", en="reoriented"),
    Outcome.INSUFFICIENT: Text(fr="information insuffisante", en="insufficient information"),
    Outcome.DECLINED: Text(fr="refusé", en="declined"),
    Outcome.CANCELLED: Text(fr="annulé", en="cancelled"),
}


def phase_forbids(phase: ActPhase) -> Refusal:
    code = "act_closed" if phase is ActPhase.CLOSED else "phase_forbids"
    return Refusal(code=code, message=_PHASE_WAYS_OUT[phase])


def seat_forbids(allowed: Iterable[Seat]) -> Refusal:
    """Names who may, so that the reader knows whom to ask."""
    names = [ROLE_NAMES[role] for role in Role if Seat(role.value) in set(allowed)]
    return Refusal(
        code="role_forbids",
        message=Text(
            fr=f"Votre rôle ne le permet pas. Qui le peut : {_listed([name.fr for name in names], 'personne')}.",
            en=f"Your role does not allow this. Who may: {_listed([name.en for name in names], 'nobody')}.",
        ),
    )


def role_not_held(role: Role) -> Refusal:
    """The author's profession may not hold `role`; names the professions that may."""
    holders = [known.name for known in PROFESSIONS.values() if role in known.roles]
    name = ROLE_NAMES[role]
    return Refusal(
        code="profession_forbids",
        message=Text(
            fr=f"Votre profession ne permet pas le rôle « {name.fr} ». Professions admises : "
            f"{_listed([holder.fr for holder in holders], 'aucune')}.",
            en=f"Your profession does not allow the role “{name.en}”. Professions that may: "
            f"{_listed([holder.en for holder in holders], 'none')}.",
        ),
    )


def identity_incomplete(fields: Sequence[str]) -> Refusal:
    names = [IDENTITY_FIELDS[field] for field in fields]
    return Refusal(
        code="identity_incomplete",
        message=Text(
            fr=f"Il manque à votre fiche : {_listed([name.fr for name in names], '')}. Complétez-la avant d’entrer "
            "dans l’acte.",
            en=f"Your profile lacks: {_listed([name.en for name in names], '')}. Complete it before joining the act.",
        ),
        missing=tuple(fields),
    )


def note_incomplete(keys: Sequence[str]) -> Refusal:
    """The sections a note cannot be signed without."""
    names = [SECTION_NAMES[key] for key in keys]
    return Refusal(
        code="note_incomplete",
        message=Text(
            fr=f"Avant de signer, écrivez encore : {_listed([name.fr for name in names], '')}. « Rien à signaler » "
            "est une réponse.",
            en=f"Before signing, still write: {_listed([name.en for name in names], '')}. “Nothing to report” is an "
            "answer.",
        ),
        missing=tuple(keys),
    )


def gates_block(missing: Sequence[str], titles: Sequence[Text], *, closing: bool) -> Refusal:
    """What is due before this passage, by title, and where to do it."""
    fr, en = _listed([title.fr for title in titles], ""), _listed([title.en for title in titles], "")
    head = (
        Text(fr="Avant de fermer l’acte", en="Before the act can close")
        if closing
        else Text(fr="Avant de démarrer la session", en="Before the session can start")
    )
    return Refusal(
        code="gates_due",
        message=Text(
            fr=f"{head.fr}, il reste à faire : {fr}. La fiche de conformité mène à chaque étape.",
            en=f"{head.en}, this is still to do: {en}. The conformity sheet leads to each step.",
        ),
        missing=tuple(missing),
    )


def reason_says_nothing(letters: int, different: int) -> Refusal:
    """A justification that justifies nothing; says the floor that was missed."""
    return Refusal(
        code="reason_says_nothing",
        message=Text(
            fr="Dites en quelques mots pourquoi ce n’était pas possible : "
            f"au moins {letters} lettres, dont {different} différentes.",
            en="Say in a few words why it was not possible: "
            f"at least {letters} letters, {different} of them different.",
        ),
    )


def outcome_mismatch(expected: Sequence[Outcome]) -> Refusal:
    names = [_OUTCOME_NAMES[outcome] for outcome in expected]
    return Refusal(
        code="outcome_mismatch",
        message=Text(
            fr=f"D’après ce qui s’est passé, cet acte se ferme comme : {' / '.join(name.fr for name in names)}.",
            en=f"From what happened, this act closes as: {' / '.join(name.en for name in names)}.",
        ),
    )


def _listed(words: Sequence[str], none: str) -> str:
    return ", ".join(words) or none


def request_taken() -> Refusal:
    """Said by the practice and not by a decision: who comes too late has no relation to the act any more."""
    return Refusal(
        code="request_taken",
        message=Text(
            fr="Un autre médecin a déjà accepté. Vous n’avez plus rien à faire pour cette demande.",
            en="Another physician has already accepted. There is nothing left for you to do about this request.",
        ),
    )
