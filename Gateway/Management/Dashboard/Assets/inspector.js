// What one block is, and taking it out of the queue.

import { stateWords } from "./block.js";
import { duration, element, say } from "./text.js";

export class Inspector {
  #root; #actions; #id = null; #block = null; #find = null; #rows = {}; #title; #remove;

  constructor(root, actions) {
    [this.#root, this.#actions] = [root, actions];
    root.addEventListener("toggle", event => {
      if (event.newState !== "closed") return;
      this.#block?.removeAttribute("aria-expanded");
      if (this.#block?.isConnected && root.contains(document.activeElement)) this.#block.focus({ preventScroll: true });
      this.#id = null;
    });
  }

  open(block, id, find) {
    this.#block?.removeAttribute("aria-expanded");
    [this.#block, this.#id, this.#find] = [block, id, find];
    this.#build();
    this.update(Date.now());
    this.#root.showPopover();
    const place = block.getBoundingClientRect(), own = this.#root.getBoundingClientRect();
    const left = Math.min(Math.max(8, place.left + place.width / 2 - own.width / 2), innerWidth - own.width - 8);
    const isBelow = place.bottom + own.height + 12 < innerHeight;
    Object.assign(this.#root.style, { left: `${left}px`, top: `${isBelow ? place.bottom + 8 : Math.max(8, place.top - own.height - 8)}px` });
    block.setAttribute("aria-expanded", "true");
    // Not on what takes the request out: Enter pressed twice must end nothing.
    this.#root.querySelector("button:last-of-type:not(.serious)").focus();
  }

  update(now) {
    if (this.#id === null) return;
    const item = this.#find(this.#id);
    if (!item) {
      say(this.#rows.State, "over");
      this.#remove.hidden = true;
      return;
    }
    say(this.#rows.State, stateWords(item));
    say(this.#rows.Model, item.model ?? "–");
    say(this.#rows.Here, duration(now - item.at) + (item.started ? `, ${duration(now - item.started)} of it in its slot` : ""));
    say(this.#rows.Calls, `${item.attempts ?? 0}${item.retries ? `, ${item.retries} after a failure` : ""}`);
    say(this.#rows.Interrupted, item.interrupted ? `${item.interrupted} times, last by tier ${item.by}`.replace("1 times", "once") : "never");
    say(this.#rows.Id, item.request_id ?? "–");
    this.#remove.hidden = item.state !== "queued" && item.state !== "sleeping";
  }

  #build() {
    const item = this.#find(this.#id);
    const list = element("dl");
    for (const [name, title] of [["State", "State"], ["Model", "Model"], ["Here", "Here for"], ["Calls", "Upstream calls"], ["Interrupted", "Interrupted"], ["Id", "Request id"]]) {
      this.#rows[name] = element("dd");
      list.append(element("dt", {}, title), this.#rows[name]);
    }
    this.#title = element("h2", { id: "inspector-title" }, `Request ${this.#id}`);
    this.#remove = element("button", { type: "button", class: "serious" }, "Take out of the queue");
    const id = this.#id;
    this.#remove.addEventListener("click", () => {
      this.#root.hidePopover();
      this.#actions.cancel(id);
    });
    const close = element("button", { type: "button" }, "Close");
    close.addEventListener("click", () => this.#root.hidePopover());
    this.#root.replaceChildren(this.#title, list, element("menu", {}, this.#remove, close));
    if (!item) this.#remove.hidden = true;
  }
}
