// The face for the desk: the main picture with a film strip, the keyboard, the thread of advice, the verdict.

import "./advice.js";
import { showStills } from "./captures.js";
import { Composer } from "./composer.js";
import { ask } from "./dialogs.js";
import { takeFromStream } from "./sight.js";
import { isSoundOnly } from "./stethoscope.js";

export const SOURCE = "face";
export const KEYS = {
  c: "capture", g: "freeze", f: "arrow", p: "pointer", o: "circle", t: "freehand", n: "note", q: "quality", b: "plan_b",
  m: "mute", Escape: "escape",
};
const TOOLS = ["pointer", "arrow", "circle", "freehand"];

export function begin(room) {
  room.media.publish(SOURCE);
}

// The patient's picture first; a face only while there is no clinical source.
export function bestSource(room) {
  const watched = [...room.media.watched.entries()].filter(([, { source }]) => !isSoundOnly(source.source));
  const named = (wanted) => watched.find(([, { source }]) => wanted(source.source));
  const best = named((name) => name === "clinical") ?? named((name) => name !== "face") ?? watched[0];
  return best?.[0] ?? (room.media.published.has(SOURCE) ? `own:${SOURCE}` : "");
}

export function furnish(room) {
  const { t, model, stage, connection } = room;
  showStills(room);
  const thread = room.querySelector("visavis-advice");
  thread.attach(model, t, (still) => room.stillAddress(still));
  thread.addEventListener("still", ({ detail }) => room.showStill(detail));
  const composer = new Composer(room, room.querySelector("[data-advice=composer]"), thread);

  const choose = (tool) => {
    const next = stage.hand.tool === tool ? null : tool;
    stage.hand.choose(next);
    for (const each of room.querySelectorAll("[data-tool]")) {
      each.setAttribute("aria-pressed", String(each.dataset.tool === next));
    }
  };
  const freeze = (on) => {
    if (on ? !stage.freeze() : !stage.isFrozen) return;
    if (!on) stage.thaw();
    room.querySelector("[data-do=freeze]").setAttribute("aria-pressed", String(on));
    room.querySelector("[data-show=frozen]").hidden = !on;
    connection.send({ type: "freeze", target: stage.target, on });
  };
  stage.addEventListener("target", () => {
    freeze(false);
    room.querySelector("[data-do=live]").hidden = !stage.showsStill;
  });

  const declare = async (dialog, type) => {
    const choice = await ask(dialog);
    if (choice) await room.perform({ type, reason: choice.reason?.trim() || choice.words });
  };
  return {
    ...Object.fromEntries(TOOLS.map((tool) => [tool, () => choose(tool)])),
    tool: (_, button) => choose(button.dataset.tool),
    clear: () => room.gestures.clear(),
    freeze: () => freeze(!stage.isFrozen),
    capture: () => {
      if (room.media.watched.get(room.chosen)?.source.source.startsWith("device.")) {
        takeFromStream(room);
        return;
      }
      if (!room.media.watched.has(room.chosen)) {
        room.announcer.say(t("still.choose_source"));
        return;
      }
      connection.send({ type: "request_capture", link: room.chosen });
      room.announcer.say(t("still.asked"));
    },
    note: () => composer.focus(),
    quality: async () => {
      const choice = await ask("quality");
      if (!choice) return;
      const subject = stage.target.replace(/^live:/, "") || "clinical";
      const done = await room.perform({ type: "declare_adequacy", subject, verdict: choice.answer, reason: "" });
      if (done) room.announcer.say(t("adequacy.declared"));
    },
    insufficient: () => declare("insufficient", "declare_insufficiency"),
    decline: () => declare("decline", "decline_assistance"),
    live: () => room.showLive(),
    escape: () => {
      if (document.activeElement?.matches("textarea, input")) document.activeElement.blur();
      else if (stage.isFrozen) freeze(false);
      else if (stage.hand.tool) choose(stage.hand.tool);
      else if (stage.showsStill) room.showLive();
    },
  };
}

export function onRepeatAsked(room, { advice }, person) {
  const known = room.model.advices.get(advice);
  room.announcer.say(room.t("advice.repeat", { name: person?.name ?? "", text: known?.text ?? "" }), { urgent: true });
}
