// Each person's mark in a session: a colour and a shape, so that neither speaks alone.

export const SHAPES = ["●", "▲", "■", "◆", "★", "✚"];

export function colourOf(mark) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--person-${mark + 1}`).trim() || "#7cc4de";
}

// A small shape with its name, for lists and captions.
export function badge(person) {
  const holder = document.createElement("span");
  holder.className = "mark";
  holder.dataset.mark = person.mark;
  holder.setAttribute("aria-hidden", "true");
  holder.textContent = SHAPES[person.mark] ?? SHAPES[0];
  return holder;
}
