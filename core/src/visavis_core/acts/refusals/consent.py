"""Refusals about consent: what was not told, not given, refused, withdrawn or withheld.

Knows: the words and the way out.
Refuses to know: who consented.
"""

from __future__ import annotations

from visavis_sdk.text import Text

__all__ = ["CONSENT"]

CONSENT: dict[str, Text] = {
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
    "source_withheld": Text(
        fr="Le patient a demandé que cette source ne soit pas partagée. Choisissez-en une autre, ou demandez-lui de "
        "lever cette limite.",
        en="The patient asked that this source not be shared. Choose another, or ask them to lift the limit.",
    ),
}
