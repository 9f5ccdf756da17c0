// <visavis-elapsed since="2026-11-23T14:05:00.000000Z">: time gone by, in the words of the page's language.

const NARROW = "\u202f";

export function words(seconds, language) {
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (minutes < 1) return `${Math.max(0, Math.floor(seconds))}${NARROW}s`;
  if (hours < 1) return `${minutes}${NARROW}min`;
  if (hours < 24) return `${hours}${NARROW}h${NARROW}${String(minutes % 60).padStart(2, "0")}`;
  return `${Math.floor(hours / 24)}${NARROW}${language === "fr" ? "j" : "d"}`;
}

class Elapsed extends HTMLElement {
  connectedCallback() {
    const since = Date.parse(this.getAttribute("since"));
    const draw = () => {
      const said = words((Date.now() - since) / 1000, document.documentElement.lang);
      if (said !== this.textContent) this.textContent = said;
    };
    draw();
    this.timer = setInterval(draw, 1000);
  }

  disconnectedCallback() {
    clearInterval(this.timer);
  }
}

customElements.define("visavis-elapsed", Elapsed);
