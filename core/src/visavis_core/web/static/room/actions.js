// What every face can do: mute, withdraw consent, plan B, incident, leave. Each one gesture away, most with one more
// to say why, none that needs typing.

import { ask } from "./dialogs.js";

export function commonActions(room) {
  const { t, connection, media } = room;
  return {
    mute: (_, button) => {
      media.mute(!media.muted);
      connection.send({ type: "mute", muted: media.muted });
      const pressed = button ?? document.querySelector("[data-do=mute]");
      pressed.setAttribute("aria-pressed", String(media.muted));
      const words = pressed.classList.contains("compact") ? ["microphone.muted", "button.microphone"] : ["button.unmute", "button.mute"];
      pressed.querySelector("[data-word]").textContent = t(words[media.muted ? 0 : 1]);
      room.announcer.say(t(media.muted ? "microphone.off" : "microphone.on"));
    },
    start: () => room.perform({ type: "start_session" }),
    withdraw: async (event) => {
      event.preventDefault();
      const choice = await ask("withdraw");
      if (!choice) return;
      // The pictures stop here at once, without waiting for the server's word.
      media.held = true;
      media.stop({ release: true });
      const done = await room.perform({ type: "withdraw_consent", by: choice.answer, reason: "" });
      media.held = false;
      if (!done) room.face.begin(room);
    },
    plan_b: async () => {
      if (room.planB.isTaken) {
        room.planB.panel.querySelector("a, button")?.focus();
        return;
      }
      const choice = await ask("plan-b");
      if (choice) await room.perform({ type: "take_plan_b", step: choice.answer, reason: "" });
    },
    end_plan_b: () => room.perform({ type: "end_plan_b", resumed: true, detail: "" }),
    incident: async () => {
      const choice = await ask("incident");
      if (!choice) return;
      const done = await room.perform({ type: "report_incident", kind: choice.answer, description: choice.words });
      if (done) room.announcer.say(t("incident.reported"));
    },
    end: async () => {
      if (await ask("end")) await room.perform({ type: "end_live" });
    },
    leave: () => {
      media.stop({ release: true });
      connection.leave();
      location.assign(`/acts/${encodeURIComponent(room.act)}`);
    },
    sound: async () => {
      await room.tiles.unmuteAll();
      room.querySelector("[data-show=silenced]").hidden = true;
    },
    retry_camera: async () => {
      room.querySelector("[data-show=problem]").hidden = true;
      await media.publish(room.face.SOURCE);
    },
    close_problem: () => (room.querySelector("[data-show=problem]").hidden = true),
    rail: (event) => {
      event.preventDefault();
      ask("rail");
    },
    reload: () => location.reload(),
  };
}
