"""What became of each plugin, in words for who runs the place.

Knows: the four states and, for quarantine, the reason as a code with its sentence.
Refuses to know: exception texts. A plugin's own words may hold anything; its error's class and place are enough.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec
from visavis_sdk.text import Text

__all__ = ["JurisdictionWithoutDuties", "PluginState", "Reason", "RequiredPluginMissing", "Standing"]


class Standing(StrEnum):
    LOADED = "loaded"
    QUARANTINED = "quarantined"
    NOT_INSTALLED = "not_installed"
    NOT_ENABLED = "not_enabled"


class Reason(StrEnum):
    """Why a plugin is in quarantine."""

    MANIFEST = "manifest"
    VERSION = "version"
    CHANGED = "changed"
    DOUBLE = "double"
    IMPORT = "import"
    BLOCKED = "blocked"
    CREATION = "creation"
    UNFIT = "unfit"
    CONTRIBUTION = "contribution"
    WRONG_TYPE = "wrong_type"
    CONFLICT = "conflict"
    FAILING = "failing"


REASONS: dict[Reason, Text] = {
    Reason.MANIFEST: Text(fr="son plugin.toml manque ou est illisible", en="its plugin.toml is missing or unreadable"),
    Reason.VERSION: Text(fr="il demande une autre version du SDK", en="it needs another version of the SDK"),
    Reason.CHANGED: Text(
        fr="il n’est plus celui que visavis.toml désigne (sha256)",
        en="it is no longer the one visavis.toml names (sha256)",
    ),
    Reason.DOUBLE: Text(fr="deux paquets portent cet identifiant", en="two packages carry this id"),
    Reason.IMPORT: Text(fr="son importation échoue", en="importing it fails"),
    Reason.BLOCKED: Text(fr="il ne répond pas dans le temps permis", en="it does not answer in the time allowed"),
    Reason.CREATION: Text(fr="sa création échoue", en="creating it fails"),
    Reason.UNFIT: Text(fr="il ne suit pas les contrats du SDK", en="it does not keep the SDK’s contracts"),
    Reason.CONTRIBUTION: Text(fr="une de ses contributions échoue", en="one of its contributions fails"),
    Reason.WRONG_TYPE: Text(fr="une de ses contributions n’a pas le bon type", en="a contribution has the wrong type"),
    Reason.CONFLICT: Text(
        fr="il apporte un identifiant déjà pris par un autre", en="it brings an id another plugin already has"
    ),
    Reason.FAILING: Text(fr="il a échoué trop souvent", en="it failed too often"),
}


class PluginState(msgspec.Struct, frozen=True, kw_only=True):
    """`detail` holds names only (class of error, file and line, hook). `import_ms` is 0 when nothing was imported."""

    id: str
    standing: Standing
    reason: Reason | None = None
    detail: str = ""
    name: Text | None = None
    version: str = ""
    sha256: str = ""
    required: bool = False
    import_ms: float = 0.0

    @property
    def message(self) -> Text:
        match self.standing:
            case Standing.LOADED:
                return Text(fr="chargé", en="loaded")
            case Standing.NOT_INSTALLED:
                return Text(
                    fr="nommé dans visavis.toml, mais pas installé", en="named in visavis.toml, but not installed"
                )
            case Standing.NOT_ENABLED:
                return Text(fr="installé, mais pas activé", en="installed, but not enabled")
            case Standing.QUARANTINED:
                why = REASONS[self.reason] if self.reason else Text(fr="", en="")
                more = f" ({self.detail})" if self.detail else ""
                return Text(fr=f"en quarantaine : {why.fr}{more}", en=f"quarantined: {why.en}{more}")


class RequiredPluginMissing(RuntimeError):  # noqa: N818 -- named as the answer it is, not as an error of the program
    """A plugin marked `required = true` is not loaded; the program does not start without it."""

    code = "plugins.required"

    def __init__(self, states: tuple[PluginState, ...]) -> None:
        super().__init__(", ".join(state.id for state in states))
        self.states = states
        self.message = Text(
            fr="; ".join(f"le plugin requis « {s.id} » n’est pas chargé : {s.message.fr}" for s in states),
            en="; ".join(f"the required plugin “{s.id}” is not loaded: {s.message.en}" for s in states),
        )


class JurisdictionWithoutDuties(RuntimeError):  # noqa: N818 -- same
    """A jurisdiction in force brings no duty: its pack is not loaded. Serving would let every gate stand open."""

    code = "plugins.jurisdiction"

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__(", ".join(names))
        listed = ", ".join(names)
        self.message = Text(
            fr=f"aucune obligation n’est chargée pour {listed} : nommez son plugin sous [[plugins]] dans visavis.toml",
            en=f"no duty is loaded for {listed}: name its plugin under [[plugins]] in visavis.toml",
        )
