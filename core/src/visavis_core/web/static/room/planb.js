// Plan B on the screen: the number in large figures, what was agreed, and what the pictures do meanwhile.
// Refuses to know commands; the page sends them.

export class PlanBPanel {
  constructor(panel, model, t) {
    this.panel = panel;
    this.model = model;
    this.t = t;
    this.onStep = () => undefined;
    this.step = "";
    model.addEventListener("plan_b", () => this.draw());
    this.draw();
  }

  get isTaken() {
    return this.model.plan_b.state === "taken";
  }

  draw() {
    const { state, step, telephone, procedure } = this.model.plan_b;
    this.panel.hidden = state !== "taken";
    for (const each of document.querySelectorAll("[data-plan-b=telephone]")) {
      each.textContent = telephone || this.t("plan_b.no_telephone");
      if (telephone) each.href = `tel:${telephone.replace(/[^0-9+]/g, "")}`;
      else each.removeAttribute("href");
    }
    for (const each of document.querySelectorAll("[data-plan-b=procedure]")) {
      each.textContent = procedure || this.t("plan_b.no_procedure");
    }
    const line = this.panel.querySelector("[data-plan-b=step]");
    if (line && state === "taken") line.textContent = this.t(`plan_b.step.${step}`);
    const taken = state === "taken" ? step : "";
    if (taken !== this.step) this.onStep(taken);
    this.step = taken;
  }
}

// Which steps rest the pictures so that sound has the whole band.
export const RESTING = new Set(["audio_only", "stills", "telephone"]);
