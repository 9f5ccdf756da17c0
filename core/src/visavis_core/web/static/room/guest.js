// The face for a patient, a relative or an interpreter who came by a link: faces, voices, and the way to withdraw.

export const SOURCE = "face";
export const KEYS = { m: "mute" };

export function begin(room) {
  room.media.publish(SOURCE);
}

export function bestSource(room) {
  const watched = [...room.media.watched.entries()];
  return (watched.find(([, each]) => each.source.source === "face") ?? watched[0])?.[0] ?? "";
}

export function furnish() {
  return {};
}
