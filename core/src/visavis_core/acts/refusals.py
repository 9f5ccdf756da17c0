"""Every refusal in the user's words, French and English, with the way out.

Knows: a code (for programs and tests) and a message (for people) for each reason a command is not carried out.
Refuses to know: when to refuse; `decide` and the decisions say that. No message names a patient.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from visavis_sdk.text import Text
from visavis_sdk.vocabulary import ActPhase, Outcome, Role

from visavis_core.acts.author import Refusal
from visavis_core.acts.roles import IDENTITY_FIELDS, PROFESSIONS, ROLE_NAMES, Seat

__all__ = [
    "REFUSALS",
    "gates_block",
    "identity_incomplete",
    "note_incomplete",
    "outcome_mismatch",
    "phase_forbids",
    "refuse",
    "role_not_held",
    "seat_forbids",
]

REFUSALS: dict[str, Text] = {
    "act_already_open": Text(fr="Cet acte est déjà ouvert.", en="This act is already open."),
    "no_act": Text(
        fr="Il n’y a pas encore d’acte. Ouvrez d’abord un acte.", en="There is no act yet. Open an act first."
    ),
    "kind_not_offered": Text(
        fr="Cette sorte d’acte n’est pas encore proposée ici. Ouvrez une téléassistance.",
        en="This kind of act is not offered here yet. Open a téléassistance.",
    ),
    "account_without_identity": Text(
        fr="Votre compte ne dit pas qui vous êtes. Demandez à l’administrateur de compléter votre fiche.",
        en="Your account does not say who you are. Ask the administrator to complete your profile.",
    ),
    "not_in_act": Text(
        fr="Vous n’avez pas de rôle dans cet acte. Demandez au professionnel sur place de vous y faire entrer.",
        en="You have no role in this act. Ask the on-site professional to bring you in.",
    ),
    "consent_withdrawn": Text(
        fr="Le consentement a été retiré : plus rien n’est transmis ni capté. Rédigez les notes et fermez l’acte ; "
        "si la personne change d’avis, ouvrez un nouvel acte.",
        en="Consent was withdrawn: nothing more is transmitted or captured. Write the notes and close the act; "
        "if the person changes their mind, open a new act.",
    ),
    "consent_refused": Text(
        fr="Le consentement a été refusé. Si la personne change d’avis, recueillez son consentement ; sinon, "
        "réorientez ou fermez l’acte.",
        en="Consent was refused. If the person changes their mind, record their consent; otherwise reorient or "
        "close the act.",
    ),
    "already_withdrawn": Text(
        fr="Le retrait du consentement est déjà enregistré ; rien n’est plus transmis.",
        en="The withdrawal of consent is already recorded; nothing is transmitted any more.",
    ),
    "no_open_session": Text(
        fr="Aucune séance n’est ouverte. Démarrez la séance d’abord.",
        en="No session is open. Start the session first.",
    ),
    "observer_publishes": Text(
        fr="Un observateur regarde et écoute : il ne transmet ni image ni son.",
        en="An observer watches and listens: they send neither picture nor sound.",
    ),
    "session_has_changed": Text(
        fr="La séance a changé pendant que ce flux s’ouvrait ; rien n’en a été transmis. Ouvrez-le à nouveau.",
        en="The session changed while this stream was opening; nothing of it was transmitted. Open it again.",
    ),
    "session_already_open": Text(
        fr="La séance est déjà ouverte : rejoignez-la.", en="The session is already open: join it."
    ),
    "act_is_ending": Text(
        fr="L’acte prend fin (réorientation, refus d’assistance ou information insuffisante) : la séance ne reprend "
        "pas. Rédigez les notes et fermez l’acte, ou ouvrez un nouvel acte.",
        en="The act is ending (reorientation, assistance declined or insufficient information): the session does "
        "not resume. Write the notes and close the act, or open a new act.",
    ),
    "note_already_signed": Text(
        fr="Cette note est signée et ne change plus. Un ajout se fait par un complément, daté et signé à part.",
        en="This note is signed and no longer changes. Anything to add goes into an addendum, dated and signed apart.",
    ),
    "signed_notes_forbid_session": Text(
        fr="Une note est déjà signée : la séance ne reprend pas. Ouvrez un nouvel acte pour une nouvelle séance.",
        en="A note is already signed: the session does not resume. Open a new act for another session.",
    ),
    "not_your_note": Text(
        fr="Chacun rédige et signe sa propre note : celle du médecin assistant pour lui, celle du professionnel sur "
        "place pour l’autre.",
        en="Each writes and signs their own note: the assisting physician one, the on-site professional the other.",
    ),
    "note_empty": Text(
        fr="La note est vide. Écrivez au moins une section avant de signer.",
        en="The note is empty. Write at least one section before signing.",
    ),
    "expert_already_joined": Text(
        fr="Un médecin assistant est déjà dans l’acte. Vous pouvez être invité comme observateur.",
        en="An assisting physician is already in the act. You can be invited as an observer.",
    ),
    "already_in_act": Text(
        fr="Vous êtes déjà dans cet acte : rejoignez la séance.", en="You are already in this act: join the session."
    ),
    "assistance_not_requested": Text(
        fr="L’assistance n’a pas encore été demandée. Le professionnel sur place doit d’abord la demander.",
        en="Assistance has not been requested for this act yet. The on-site professional must request it first.",
    ),
    "asked_somebody_else": Text(
        fr="La demande s’adresse à une autre personne. Demandez au professionnel sur place de vous la destiner.",
        en="The request is for somebody else. Ask the on-site professional to address it to you.",
    ),
    "role_not_typed": Text(
        fr="Ce rôle ne se saisit pas de ce côté : un médecin assistant entre avec son propre compte, un patient "
        "s’identifie à l’étape Patient.",
        en="This role cannot be typed in on this side: an assisting physician comes in with their own account, a "
        "patient is identified at the Patient step.",
    ),
    "unknown_participant": Text(
        fr="Cette personne n’est pas dans l’acte. Ajoutez-la d’abord à l’étape Personnes.",
        en="This person is not in the act. Add them first at the People step.",
    ),
    "not_yours": Text(fr="Vous ne pouvez le faire que pour vous-même.", en="You can do this only for yourself."),
    "identity_vouched": Text(
        fr="L’identité d’une personne entrée avec son compte ne peut être corrigée que par elle-même.",
        en="The identity of a person who came in with their account can be corrected only by that person.",
    ),
    "other_side": Text(
        fr="Chaque côté confirme qui est présent chez lui. Demandez à l’autre côté de le faire.",
        en="Each side confirms who is present there. Ask the other side to do it.",
    ),
    "presence_listed_elsewhere": Text(
        fr="Une personne de la liste est à l’autre bout. Ne cochez que les personnes présentes avec vous.",
        en="A person on the list is at the other end. Tick only the people who are with you.",
    ),
    "judgement_missing": Text(
        fr="Un patient qui n’est pas auprès du professionnel est une exception : écrivez le jugement clinique qui la "
        "justifie.",
        en="A patient who is not beside the professional is an exception: write the clinical judgement for it.",
    ),
    "information_missing": Text(
        fr="Lisez ou remettez d’abord à la personne le texte d’information, celui-là même auquel elle consent.",
        en="First read or hand the person the information text, the very one they consent to.",
    ),
    "giver_missing": Text(
        fr="Écrivez le nom et la qualité de la personne qui consent à la place du patient.",
        en="Write the name and the quality of the person who consents for the patient.",
    ),
    "substituted_outside_emergency": Text(
        fr="Le consentement substitué est réservé à l’urgence. Recueillez le consentement de la personne ou de son "
        "représentant légal, ou déclarez l’urgence avec son motif.",
        en="Substituted consent is for emergencies. Record the consent of the person or of their legal "
        "representative, or declare the emergency with its reason.",
    ),
    "patient_has_consented": Text(
        fr="La personne a déjà consenti elle-même : un consentement substitué n’a plus d’objet.",
        en="The person has already consented: substituted consent has no purpose any more.",
    ),
    "already_emergency": Text(fr="L’urgence est déjà déclarée.", en="The emergency is already declared."),
    "source_withheld": Text(
        fr="Le patient a demandé que cette source ne soit pas partagée. Choisissez-en une autre, ou demandez-lui de "
        "lever cette limite.",
        en="The patient asked that this source not be shared. Choose another, or ask them to lift the limit.",
    ),
    "invitation_expired": Text(
        fr="Cette invitation a expiré. Demandez un nouveau lien à la personne qui vous a invité.",
        en="This invitation has expired. Ask the person who invited you for a new link.",
    ),
    "expiry_unreadable": Text(
        fr="La date d’expiration de l’invitation est illisible ou déjà passée. Choisissez une date à venir.",
        en="The invitation's expiry is unreadable or already past. Choose a time to come.",
    ),
    "still_already_kept": Text(fr="Cette capture est déjà dans l’acte.", en="This still is already in the act."),
    "unknown_still": Text(
        fr="Cette capture n’est pas dans l’acte. Choisissez-en une dans la liste des captures.",
        en="This still is not in the act. Choose one from the list of stills.",
    ),
    "unknown_advice": Text(
        fr="Ce conseil n’est pas dans l’acte. Rechargez la liste des conseils.",
        en="This advice is not in the act. Reload the list of advice.",
    ),
    "read_back_missing": Text(
        fr="Le médecin demande que ce conseil soit répété : écrivez ou dictez ce que vous avez compris.",
        en="The physician asks for this advice to be read back: write or dictate what you understood.",
    ),
    "step_reason_missing": Text(
        fr="Dites pourquoi l’étape est refusée, pour que l’autre côté puisse corriger.",
        en="Say why the step is refused, so that the other side can correct it.",
    ),
    "verdict_reason_missing": Text(
        fr="Dites ce qui manque à l’image ou au son, et ce que vous décidez.",
        en="Say what the picture or the sound lacks, and what you decide.",
    ),
    "unknown_incident": Text(
        fr="Cet incident n’est pas dans l’acte. Signalez-le d’abord.",
        en="This incident is not in the act. Report it first.",
    ),
    "incident_already_resolved": Text(
        fr="Cet incident est déjà résolu. S’il recommence, signalez-en un nouveau.",
        en="This incident is already resolved. If it happens again, report a new one.",
    ),
    "still_not_picture": Text(
        fr="Seule une image peut être gardée comme capture : ni vidéo ni son ne sont enregistrés.",
        en="Only a picture can be kept as a still: neither video nor sound is recorded.",
    ),
    "plan_b_not_declared": Text(
        fr="Aucun plan B n’est écrit. Écrivez-le d’abord à l’étape Plan B.",
        en="No plan B is written. Write it first at the Plan B step.",
    ),
    "plan_b_not_taken": Text(fr="Le plan B n’est pas en cours.", en="Plan B is not in use."),
    "obligation_not_due": Text(
        fr="Cette obligation n’empêche pas de fermer l’acte : il n’y a rien à justifier.",
        en="This duty does not keep the act from closing: there is nothing to justify.",
    ),
    "derogation_not_open": Text(
        fr="On ne déroge à une obligation qu’en urgence, ou quand l’acte s’arrête avant son terme. Ici, elle peut "
        "encore être remplie : suivez le lien de la fiche de conformité.",
        en="A duty may be justified instead of met only in an emergency, or when the act stops before its end. Here "
        "it can still be met: follow its link on the conformity sheet.",
    ),
    "no_session_held": Text(
        fr="Aucune séance n’a eu lieu : l’acte ne peut pas être fermé comme terminé. Fermez-le comme annulé, ou "
        "réorientez la personne.",
        en="No session took place: the act cannot be closed as completed. Close it as cancelled, or reorient the "
        "person.",
    ),
    "session_was_held": Text(
        fr="Une séance a eu lieu : l’acte ne peut pas être annulé. Terminez-le, ou réorientez la personne avec un "
        "motif.",
        en="A session took place: the act cannot be cancelled. Complete it, or reorient the person with a reason.",
    ),
}

_PHASE_WAYS_OUT: dict[ActPhase, Text] = {
    ActPhase.PREPARING: Text(
        fr="C’est possible une fois la séance ouverte. Démarrez la séance d’abord.",
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


def refuse(code: str) -> Refusal:
    """The refusal of that code; an unknown code is a mistake in the program and raises KeyError."""
    return Refusal(code=code, message=REFUSALS[code])


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


_SECTION_NAMES: dict[str, Text] = {
    "people": Text(fr="personnes présentes", en="people present"),
    "place": Text(fr="lieu", en="place"),
    "approach": Text(fr="démarche clinique", en="clinical approach"),
    "information": Text(fr="informations pertinentes", en="relevant information"),
    "advice": Text(fr="conseils et motifs", en="advice and reasons"),
    "care": Text(fr="soins et constatations", en="care and findings"),
    "assistant": Text(fr="médecin assistant", en="assisting physician"),
    "equipment": Text(fr="équipement utilisé", en="equipment used"),
    "nature": Text(fr="nature de l’assistance", en="nature of the assistance"),
    "exchanges": Text(fr="échanges et recommandations", en="exchanges and recommendations"),
    "consent": Text(fr="consentement", en="consent"),
}


def note_incomplete(keys: Sequence[str]) -> Refusal:
    """The sections a note cannot be signed without."""
    names = [_SECTION_NAMES[key] for key in keys]
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
        else Text(fr="Avant de démarrer la séance", en="Before the session can start")
    )
    return Refusal(
        code="gates_due",
        message=Text(
            fr=f"{head.fr}, il reste à faire : {fr}. La fiche de conformité mène à chaque étape.",
            en=f"{head.en}, this is still to do: {en}. The conformity sheet leads to each step.",
        ),
        missing=tuple(missing),
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
