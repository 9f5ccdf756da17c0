// Pointing and drawing, both ways: this hand's gestures go out, the others' appear on the picture they were made on.

export class Gestures {
  #room;
  #hidden = new Set(); // annotations wiped from the screens; the record keeps them

  constructor(room) {
    this.#room = room;
    const { stage, model } = room;
    stage.hand.addEventListener("pointer", ({ detail }) => this.#point(detail.point));
    stage.hand.addEventListener("drawing", ({ detail }) => this.#draw(detail));
    stage.hand.addEventListener("stroke", ({ detail }) => this.#commit(detail));
    stage.addEventListener("target", () => this.#restore());
    model.addEventListener("annotations", ({ detail }) => this.#keep(detail.item));
  }

  clear() {
    const { stage, connection } = this.#room;
    if (!stage.target) return;
    connection.send({ type: "clear", target: stage.target });
    this.#wipe(stage.target);
  }

  receive({ by, gesture }) {
    const room = this.#room;
    const person = room.model.person(by);
    const take = {
      pointer: () => this.#shows(gesture.target) && room.stage.overlay.point(by, person?.mark ?? 0, person?.name ?? "", gesture.visible ? [gesture.x, gesture.y] : null),
      drawing: () => {
        this.#follow(gesture.target);
        if (this.#shows(gesture.target)) room.stage.overlay.pass(`${by}:${gesture.drawing}`, person?.mark ?? 0, gesture);
      },
      clear: () => this.#wipe(gesture.target),
      freeze: () => room.announcer.say(room.t(gesture.on ? "freeze.other_on" : "freeze.other_off", { name: person?.name ?? "" })),
      request_capture: () => room.face.onCaptureRequested?.(room, gesture, person),
      ask_repeat: () => room.face.onRepeatAsked?.(room, gesture, person),
    };
    take[gesture.type]?.();
  }

  #point(point) {
    const { stage, connection } = this.#room;
    if (!stage.target) return;
    const [x, y] = point ?? [0, 0];
    connection.send({ type: "pointer", target: stage.target, x, y, visible: point !== null });
  }

  #draw({ drawing, shape, points }) {
    const { stage, connection, model } = this.#room;
    const mark = model.person(model.you)?.mark ?? 0;
    stage.overlay.pass(`${model.you}:${drawing}`, mark, { shape, points });
    connection.send({ type: "drawing", drawing, target: stage.target, shape, points });
  }

  async #commit({ drawing, stroke }) {
    const { stage, model } = this.#room;
    const target = stage.target;
    await this.#room.perform({ type: "commit_annotation", target, strokes: [stroke], frame: stage.frameSeen });
    // Kept or refused, the passing copy has done its work; the kept one came back as an annotation.
    stage.overlay.pass(`${model.you}:${drawing}`, 0, { shape: stroke.shape, points: [] });
    this.#room.connection.send({ type: "drawing", drawing, target, shape: stroke.shape, points: [] });
  }

  #keep(annotation) {
    const { stage, model } = this.#room;
    if (!annotation) {
      this.#restore();
      return;
    }
    this.#follow(annotation.target);
    if (!this.#shows(annotation.target)) return;
    stage.overlay.keep(annotation.annotation, model.person(annotation.by)?.mark ?? 0, annotation.strokes);
  }

  // Somebody draws on a still that is not on this screen: on site it comes forward, because that is the guidance.
  #follow(target) {
    const room = this.#room;
    if (target.startsWith("live:") || this.#shows(target) || !room.face.followsStills) return;
    room.showStill(target);
  }

  #shows(target) {
    return this.#room.stage.target === target;
  }

  // The drawings of the picture that just came onto the stage, but for those somebody wiped.
  #restore() {
    const { stage, model } = this.#room;
    stage.overlay.clear();
    for (const annotation of model.annotations.values()) {
      if (annotation.target !== stage.target || this.#hidden.has(annotation.annotation)) continue;
      stage.overlay.keep(annotation.annotation, model.person(annotation.by)?.mark ?? 0, annotation.strokes);
    }
  }

  #wipe(target) {
    const { stage, model } = this.#room;
    for (const annotation of model.annotations.values()) {
      if (annotation.target === target) this.#hidden.add(annotation.annotation);
    }
    if (this.#shows(target)) stage.overlay.clear();
  }
}
