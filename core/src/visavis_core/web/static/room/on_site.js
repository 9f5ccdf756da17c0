// The face for the tablet beside the patient: one big clinical picture, large buttons, advice that is heard or repeated.

import { nextToHear } from "./advice.js";
import { Captures, showStills } from "./captures.js";
import { ask } from "./dialogs.js";

export const SOURCE = "clinical";
export const followsStills = true; // what the expert draws on comes forward here
export const KEYS = { c: "capture", m: "mute", b: "plan_b", Escape: "live" };

export function begin(room) {
  room.media.publish(SOURCE);
}

// The picture the hands are in: the own clinical camera, where the expert's drawing must be seen.
export function bestSource(room) {
  if (room.media.published.has(SOURCE)) return `own:${SOURCE}`;
  return room.media.watched.keys().next().value ?? "";
}

export function furnish(room) {
  const { t, media, model, connection } = room;
  room.captures = new Captures(room);
  showStills(room);
  const card = room.querySelector("[data-advice=next]");
  for (const part of ["advices", "people"]) model.addEventListener(part, () => showAdvice(room, card));
  room.stage.addEventListener("target", () => {
    room.querySelector("[data-do=live]").hidden = !room.stage.showsStill;
  });

  const onStage = () => {
    const shown = [...media.published.values()].find((each) => `own:${each.source}` === room.chosen);
    return shown ?? media.published.get(SOURCE) ?? media.published.values().next().value;
  };
  const heard = (readBack) => {
    const advice = nextToHear(model);
    if (!advice) return;
    room.perform({ type: "acknowledge_advice", advice: advice.advice, repeated: readBack });
  };
  return {
    capture: () => room.captures.take(onStage()),
    change_camera: async () => {
      const done = await media.changeCamera(onStage()?.source);
      if (!done) room.announcer.say(t("camera.only_one"));
    },
    add_camera: async () => {
      const publisher = await media.addCamera();
      if (!publisher) room.announcer.say(t("camera.none_left"));
    },
    add_stethoscope: async () => {
      const publisher = await media.addStethoscope();
      if (publisher) room.announcer.say(t("stethoscope.added"));
    },
    heard: () => heard(nextToHear(model)?.read_back_required),
    repeat: () => {
      const advice = nextToHear(model);
      if (!advice) return;
      connection.send({ type: "ask_repeat", advice: advice.advice });
      room.announcer.say(t("advice.repeat_asked"));
    },
    insufficient: async () => {
      const choice = await ask("quality");
      if (!choice) return;
      const done = await room.perform({
        type: "declare_adequacy",
        subject: choice.answer === "sound" ? "sound" : (onStage()?.source ?? SOURCE),
        verdict: "insufficient",
        reason: choice.words,
      });
      if (done) room.announcer.say(t("adequacy.declared"));
    },
    live: () => room.showLive(),
    // A small screen keeps the rarest behind one more touch.
    more: async () => {
      const choice = await ask("more");
      if (choice) document.querySelector(`.bar [data-do=${choice.answer}]`).click();
    },
  };
}

export function onCaptureRequested(room, { link }, person) {
  const publisher = [...room.media.published.values()].find((each) => each.link === link);
  if (!publisher) return;
  room.announcer.say(room.t("still.asked_by", { name: person?.name ?? "" }));
  room.captures.take(publisher);
}

function showAdvice(room, card) {
  const { t, model } = room;
  const advice = nextToHear(model);
  card.hidden = !advice;
  if (!advice || card.dataset.shown === advice.advice) {
    if (!advice) card.dataset.shown = "";
    return;
  }
  card.dataset.shown = advice.advice;
  card.querySelector("[data-advice=author]").textContent = model.person(advice.by)?.name ?? "";
  card.querySelector("[data-advice=text]").textContent = advice.text;
  card.querySelector("[data-advice=why]").textContent = t("advice.because", { reason: advice.justification });
  card.querySelector("[data-do=heard] [data-word]").textContent = t(advice.read_back_required ? "button.read_back" : "button.heard");
  room.announcer.say(t("advice.arrived", { text: advice.text }), { urgent: true, seen: false });
}
