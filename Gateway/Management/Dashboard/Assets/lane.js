// One tier: who it is, how long its requests wait, and its queue, whose head stands next to the slots.

import { amount, duration, element, mark, plural, say } from "./text.js";
import { Spark } from "./spark.js";

export class Lane {
  #name; #ports; #doing; #median; #tail; #button; #spark; #more; #empty; #lastPoint = 0;

  constructor(tier, rank, actions) {
    this.priority = tier.priority;
    const id = `lane-${tier.priority}`;
    this.#name = element("span");
    this.#doing = element("p", { class: "doing" });
    this.#button = element("button", { type: "button", class: "pause" }, "Pause");
    this.#button.addEventListener("click", () => actions.setPaused(this.priority, !this.paused));
    this.#median = element("strong");
    this.#tail = element("span", { class: "tail" });
    this.#spark = new Spark(500);
    this.#more = element("span", { class: "more", hidden: true });
    this.#empty = element("span", { class: "empty" }, "nobody waits");
    this.queue = element("div", { class: "queue", role: "group" }, this.#empty, this.#more);
    this.element = element("section", { class: "lane", "data-tier": rank, "data-priority": tier.priority, "aria-labelledby": id },
      element("div", { class: "identity" }, element("h3", { id }, element("b", {}, `${tier.priority}`), this.#name), this.#doing, this.#button),
      element("div", { class: "waits", title: "Of the requests of the last minutes" }, element("span", { class: "cap" }, "Median wait"), this.#median, this.#tail, this.#spark.element),
      this.queue);
  }

  /** How many blocks fit, two rows at most. */
  get room() {
    const width = this.queue.clientWidth - 12, block = 33;
    return Math.max(4, Math.floor(width / block) * 2 - 2);
  }

  draw(tier, at, hidden) {
    this.paused = tier.paused;
    const names = tier.names.filter((name, index) => name !== String(tier.ports[index]));
    say(this.#name, names.length ? names.join(", ") : `:${tier.ports.join(", :")}`);
    mark(this.element, "data-paused", tier.paused);
    const waiting = tier.depth + tier.sleeping;
    say(this.#doing, `${amount(tier.running)} running, ${amount(waiting)} waiting`);
    say(this.#button, tier.paused ? "Resume" : "Pause");
    this.#button.setAttribute("aria-label", `${tier.paused ? "Resume" : "Pause"} tier ${tier.priority}`);
    const now = tier.wait?.median ?? 0;
    say(this.#median, tier.wait ? duration(now) : "–");
    say(this.#tail, tier.wait ? `95 % in ${duration(tier.wait.p95)}` : "no waits lately");
    if (at - this.#lastPoint >= 950) {
      this.#lastPoint = at;
      this.#spark.add(waiting > 0 ? tier.estimate_ms : 0);
    }

    this.#more.hidden = hidden === 0;
    say(this.#more, `+${amount(hidden)}`);
    this.#empty.hidden = waiting > 0;
    say(this.#empty, tier.paused ? "held back" : "nobody waits");
    this.queue.setAttribute("aria-label", `Tier ${tier.priority}: ${plural(waiting, "request waits", "requests wait")}${tier.paused ? ", paused" : ""}`);
    this.queue.append(this.#more);
  }

  /** Says for a moment what has just happened here. */
  note(text) {
    this.element.querySelector(".note")?.remove();
    const note = element("span", { class: "note", "aria-hidden": "true" }, text);
    this.element.append(note);
    setTimeout(() => note.remove(), 2600);
  }
}
