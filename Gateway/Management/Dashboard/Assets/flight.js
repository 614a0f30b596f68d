// Blocks fly from where they were to where they are. Who asked for less motion sees them there at once.

const still = matchMedia("(prefers-reduced-motion: reduce)");
const namespace = "http://www.w3.org/2000/svg";

export const isStill = () => still.matches;

export const placeOf = block => block.getBoundingClientRect();

/** From a former place to the present one; an interrupted request takes the high road back. */
export function fly(block, from, { high = false } = {}) {
  if (still.matches || document.hidden) return;
  const to = placeOf(block);
  const x = from.left + from.width / 2 - to.left - to.width / 2, y = from.top + from.height / 2 - to.top - to.height / 2;
  const distance = Math.hypot(x, y);
  if (distance < 2) return;
  // A square out of the queue grows into its cell.
  const [wide, tall] = from.width && from.height ? [from.width / to.width, from.height / to.height] : [0.5, 0.9];
  const swell = high ? 1.28 : 1.06;
  const start = { translate: `${x}px ${y}px`, scale: `${wide} ${tall}`, zIndex: 5 };
  const middle = { translate: `${x * 0.45}px ${y * 0.5 - (high ? 34 : 0)}px`, scale: `${swell * (1 + wide) / 2} ${swell * (1 + tall) / 2}`, zIndex: 5, offset: 0.5 };
  block.animate(
    distance < 60 && !high
      ? [{ translate: `${x}px ${y}px` }, { translate: "0 0" }]
      : [start, middle, { translate: "0 0", scale: "1 1", zIndex: 5 }],
    { duration: high ? 720 : Math.min(460, 240 + distance / 4), easing: "cubic-bezier(.3,.7,.25,1)" });
}

export function arrive(block, fromX = -14) {
  if (still.matches || document.hidden) return;
  block.animate([{ opacity: 0, translate: `${fromX}px 0`, scale: 0.8 }, { opacity: 1, translate: "0 0", scale: 1 }], { duration: 220, easing: "ease-out" });
}

/** Takes the block away, after it was seen to leave. */
export function leave(block, isGood) {
  if (still.matches || document.hidden) return block.remove();
  block.inert = true;
  block.animate(
    isGood ? [{ opacity: 1 }, { opacity: 0, translate: "22px 0" }] : [{ opacity: 1 }, { opacity: 0, scale: 0.5 }],
    { duration: 200, easing: "ease-in", fill: "forwards" }).finished.finally(() => block.remove());
}

/** The way back of an interrupted request. */
export function arc(layer, from, to) {
  if (still.matches || document.hidden) return;
  const origin = layer.getBoundingClientRect();
  const [x1, y1] = [from.left + from.width / 2 - origin.left, from.top + from.height / 2 - origin.top];
  const [x2, y2] = [to.left + to.width / 2 - origin.left, to.top + to.height / 2 - origin.top];
  const path = document.createElementNS(namespace, "path");
  path.setAttribute("d", `M${x1},${y1}Q${(x1 + x2) / 2},${Math.min(y1, y2) - 44} ${x2},${y2}`);
  layer.append(path);
  const length = path.getTotalLength();
  path.animate(
    [{ strokeDasharray: `0 ${length}`, opacity: 0.9 }, { strokeDasharray: `${length} 0`, opacity: 0.9, offset: 0.5 }, { strokeDasharray: `${length} 0`, opacity: 0 }],
    { duration: 1300, easing: "ease-out", fill: "forwards" }).finished.finally(() => path.remove());
}
