// One instance's slots. A request keeps its cell for as long as it holds its slot.

import { element, mark, say } from "./text.js";

const smallFrom = 25;

export class Bay {
  #state; #cells; #taken = new Map();

  constructor(instance) {
    this.name = instance.name;
    const id = `bay-${instance.name}`;
    this.#state = element("span");
    this.#cells = element("div", { class: "cells", role: "group" });
    this.element = element("section", { class: "bay", "aria-labelledby": id }, element("h3", { id }, instance.name, this.#state), this.#cells);
  }

  draw(instance, holders, slotsInAll) {
    const used = instance.running + instance.ending + instance.cooling + instance.leaked;
    const wanted = Math.max(instance.slots, instance.limit, holders.size);
    mark(this.#cells, "data-size", slotsInAll >= smallFrom ? "small" : null);
    mark(this.element, "data-down", instance.status === "unavailable" || instance.status === "disabled");
    say(this.#state, instance.status === "active" ? `${used} of ${instance.limit} slots` : stateOf(instance));
    this.#cells.setAttribute("aria-label", `${instance.name}: ${used} of ${instance.limit} slots in use`);
    for (const id of this.#taken.keys()) {
      if (!holders.has(id)) this.#taken.delete(id);
    }
    while (this.#cells.children.length < wanted) this.#cells.append(element("div", { class: "cell" }));
    while (this.#cells.children.length > Math.max(wanted, 1 + Math.max(-1, ...this.#taken.values()))) this.#cells.lastElementChild.remove();

    const busy = new Set(this.#taken.values());
    let rests = instance.cooling;
    [...this.#cells.children].forEach((cell, index) => {
      const isFree = !busy.has(index);
      mark(cell, "data-rests", isFree && rests > 0 && rests-- > 0);
      mark(cell, "data-closed", isFree && index >= instance.limit);
    });
  }

  cellOf(id) {
    if (!this.#taken.has(id)) {
      const busy = new Set(this.#taken.values());
      let index = 0;
      while (busy.has(index)) index++;
      while (this.#cells.children.length <= index) this.#cells.append(element("div", { class: "cell" }));
      this.#taken.set(id, index);
      mark(this.#cells.children[index], "data-closed", false);
    }
    return this.#cells.children[this.#taken.get(id)];
  }
}

export function stateOf(instance) {
  return { active: "active", disabled: "disabled", paused: "asked for a pause", unavailable: instance.health === "recovering" ? "recovering" : "down" }[instance.status];
}
