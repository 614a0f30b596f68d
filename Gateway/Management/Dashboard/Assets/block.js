// One request as a block.

import { age, element, mark, say } from "./text.js";

export function createBlock(item, rank) {
  const block = element("button", { type: "button", class: "block", tabindex: "-1", "data-tier": rank, "data-id": item.id, "aria-haspopup": "dialog" },
    element("span", { class: "age" }));
  return block;
}

export function drawBlock(block, item, now, isInSlot) {
  mark(block, "data-state", item.state);
  mark(block, "data-committed", item.committed ?? false);
  mark(block, "data-interrupted", (item.interrupted ?? 0) > 0);
  // Only the words that change at a glance: a reader that walks the blocks hears the rest in the inspector.
  const label = `Request ${item.id}, tier ${item.tier}, ${stateWords(item)}${item.interrupted ? `, interrupted ${item.interrupted === 1 ? "once" : `${item.interrupted} times`}` : ""}`;
  mark(block, "aria-label", label);
  let badge = block.querySelector("b");
  if (item.interrupted) {
    badge ??= block.appendChild(element("b", { "aria-hidden": "true" }));
    say(badge, `${item.interrupted}`);
  } else badge?.remove();
  const isRoomy = isInSlot && block.parentElement?.parentElement?.dataset.size !== "small";
  say(block.firstElementChild, isRoomy ? age(now - (item.started ?? item.at)) : isInSlot ? `${item.tier}` : "");
}

export function stateWords(item) {
  switch (item.state) {
    case "queued": return "waiting";
    case "sleeping": return "sleeping until its retry";
    case "running": return item.committed ? `answering on ${item.instance}` : `running on ${item.instance}`;
    case "revoking": return `told to stop on ${item.instance}`;
    case "closing": return `ending on ${item.instance}`;
    default: return item.state;
  }
}
