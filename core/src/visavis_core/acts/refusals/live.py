"""Refusals about the act itself and its live part: sessions, stills, advice, incidents, plan B.

Knows: the words and the way out.
Refuses to know: what anybody said or showed.
"""

from __future__ import annotations

from visavis_sdk.text import Text

__all__ = ["LIVE"]

LIVE: dict[str, Text] = {
    "act_already_open": Text(fr="Cet acte est déjà ouvert.", en="This act is already open."),
    "no_act": Text(
        fr="Il n’y a pas encore d’acte. Ouvrez d’abord un acte.", en="There is no act yet. Open an act first."
    ),
    "kind_not_offered": Text(
        fr="Cette sorte d’acte n’est pas encore proposée ici. Ouvrez une téléassistance.",
        en="This kind of act is not offered here yet. Open a téléassistance.",
    ),
    "already_emergency": Text(fr="L’urgence est déjà déclarée.", en="The emergency is already declared."),
    "no_open_session": Text(
        fr="Aucune session n’est ouverte. Démarrez la session d’abord.",
        en="No session is open. Start the session first.",
    ),
    "observer_publishes": Text(
        fr="Un observateur regarde et écoute : il ne transmet ni image ni son.",
        en="An observer watches and listens: they send neither picture nor sound.",
    ),
    "session_has_changed": Text(
        fr="La session a changé pendant que ce flux s’ouvrait ; rien n’en a été transmis. Ouvrez-le à nouveau.",
        en="The session changed while this stream was opening; nothing of it was transmitted. Open it again.",
    ),
    "session_already_open": Text(
        fr="La session est déjà ouverte : rejoignez-la.", en="The session is already open: join it."
    ),
    "act_is_ending": Text(
        fr="L’acte prend fin (réorientation, refus d’assistance ou information insuffisante) : la session ne reprend "
        "pas. Rédigez les notes et fermez l’acte, ou ouvrez un nouvel acte.",
        en="The act is ending (reorientation, assistance declined or insufficient information): the session does "
        "not resume. Write the notes and close the act, or open a new act.",
    ),
    "signed_notes_forbid_session": Text(
        fr="Une note est déjà signée : la session ne reprend pas. Ouvrez un nouvel acte pour une nouvelle session.",
        en="A note is already signed: the session does not resume. Open a new act for another session.",
    ),
    "still_already_kept": Text(fr="Cette capture est déjà dans l’acte.", en="This still is already in the act."),
    "unknown_still": Text(
        fr="Cette capture n’est pas dans l’acte. Choisissez-en une dans la liste des captures.",
        en="This still is not in the act. Choose one from the list of stills.",
    ),
    "still_not_picture": Text(
        fr="Seule une image peut être gardée comme capture : ni vidéo ni son ne sont enregistrés.",
        en="Only a picture can be kept as a still: neither video nor sound is recorded.",
    ),
    "unknown_advice": Text(
        fr="Ce conseil n’est pas dans l’acte. Rechargez la liste des conseils.",
        en="This advice is not in the act. Reload the list of advice.",
    ),
    "read_back_missing": Text(
        fr="Le médecin demande que ce conseil soit répété : répétez-le à voix haute, puis confirmez-le.",
        en="The physician asks for this advice to be read back: repeat it aloud, then confirm that you did.",
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
    "plan_b_not_declared": Text(
        fr="Aucun plan B n’est écrit. Écrivez-le d’abord à l’étape Plan B.",
        en="No plan B is written. Write it first at the Plan B step.",
    ),
    "plan_b_not_taken": Text(fr="Le plan B n’est pas en cours.", en="Plan B is not in use."),
}
