"""Refusals about people: who is in the act, in which seat, known how, come in by which door.

Knows: the words and the way out.
Refuses to know: any name; no message carries one.
"""

from __future__ import annotations

from visavis_sdk.text import Text

__all__ = ["PEOPLE"]

PEOPLE: dict[str, Text] = {
    "account_without_identity": Text(
        fr="Votre compte ne dit pas qui vous êtes. Demandez à l’administrateur de compléter votre fiche.",
        en="Your account does not say who you are. Ask the administrator to complete your profile.",
    ),
    "not_in_act": Text(
        fr="Vous n’avez pas de rôle dans cet acte. Demandez au professionnel sur place de vous y faire entrer.",
        en="You have no role in this act. Ask the on-site professional to bring you in.",
    ),
    "expert_already_joined": Text(
        fr="Un médecin assistant est déjà dans l’acte. Vous pouvez être invité comme observateur.",
        en="An assisting physician is already in the act. You can be invited as an observer.",
    ),
    "already_in_act": Text(
        fr="Vous êtes déjà dans cet acte : rejoignez la session.", en="You are already in this act: join the session."
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
    "invitation_expired": Text(
        fr="Cette invitation a expiré. Demandez un nouveau lien à la personne qui vous a invité.",
        en="This invitation has expired. Ask the person who invited you for a new link.",
    ),
    "expiry_unreadable": Text(
        fr="La date d’expiration de l’invitation est illisible ou déjà passée. Choisissez une date à venir.",
        en="The invitation's expiry is unreadable or already past. Choose a time to come.",
    ),
}
