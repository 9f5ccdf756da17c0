"""Refusals about concluding: notes, justifications, how an act may end.

Knows: the words and the way out.
Refuses to know: what a note or a reason says.
"""

from __future__ import annotations

from visavis_sdk.text import Text

__all__ = ["CONCLUSION"]

CONCLUSION: dict[str, Text] = {
    "note_already_signed": Text(
        fr="Cette note est signée et ne change plus. Un ajout se fait par un complément, daté et signé à part.",
        en="This note is signed and no longer changes. Anything to add goes into an addendum, dated and signed apart.",
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
        fr="Aucune session n’a eu lieu : l’acte ne peut pas être fermé comme terminé. Fermez-le comme annulé, ou "
        "réorientez la personne.",
        en="No session took place: the act cannot be closed as completed. Close it as cancelled, or reorient the "
        "person.",
    ),
    "session_was_held": Text(
        fr="Une session a eu lieu : l’acte ne peut pas être annulé. Terminez-le, ou réorientez la personne avec un "
        "motif.",
        en="A session took place: the act cannot be cancelled. Complete it, or reorient the person with a reason.",
    ),
    "note_never_derogated": Text(
        fr="Une note ne se justifie pas : elle s’écrit et se signe, même brève, aussi après une urgence.",
        en="A note is not justified away: it is written and signed, however short, also after an emergency.",
    ),
    "gate_must_be_met": Text(
        fr="Seules les formalités passées au début de la session, et encore dues, peuvent être justifiées. Celle-ci "
        "reste à remplir : suivez son lien sur la fiche de conformité.",
        en="Only formalities that were passed over when the session started, and are still due, may be justified. "
        "This one is still to be met: follow its link on the conformity sheet.",
    ),
}
