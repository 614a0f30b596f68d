// What happened, newest first; errors of requests have a table of their own.

import { amount, clock, element, plural, say, words } from "./text.js";

const most = 80;
const icons = {
  preempted: ["M4 12V7a3 3 0 0 1 3-3h5M9 1l3 3-3 3", null],
  retried: ["M13 8a5 5 0 1 1-1.6-3.7M12 1.5v3h-3", "warn"],
  instance_down: ["M8 2v7M8 12.5v.6", "bad"],
  instance_recovering: ["M13 8a5 5 0 1 1-1.6-3.7M12 1.5v3h-3", "warn"],
  instance_up: ["M2.5 8.5l3.5 3.5 7.5-8", "good"],
  instance_paused: ["M5.5 3v10M10.5 3v10", "warn"],
  instance_disabled: ["M3 8h10", "idle"],
  instance_enabled: ["M2.5 8.5l3.5 3.5 7.5-8", "good"],
  tier_paused: ["M5.5 3v10M10.5 3v10", "warn"],
  tier_resumed: ["M5 3l8 5-8 5z", "good"],
  draining: ["M8 2v10M4 8.5L8 12.5l4-4", "warn"],
};

export class Story {
  #list; #errors; #errorsHint; #announcer; #show = "all"; #seen = 0; #run = null; #spoken = 0; #ranks = new Map(); #isFirst = true;

  constructor({ list, errors, errorsHint, choice, announcer }) {
    [this.#list, this.#errors, this.#errorsHint, this.#announcer] = [list, errors, errorsHint, announcer];
    choice.addEventListener("click", event => {
      const button = event.target.closest("button");
      if (!button) return;
      this.#show = button.dataset.show;
      choice.querySelectorAll("button").forEach(one => one.setAttribute("aria-pressed", String(one === button)));
      this.#filter();
    });
  }

  draw(frame) {
    if (this.#run !== frame.run) {
      [this.#run, this.#seen, this.#isFirst] = [frame.run, 0, true];
      this.#list.replaceChildren();
      this.#errors.replaceChildren();
    }
    this.#ranks = new Map(frame.tiers.map((tier, index) => [tier.priority, index % 6 + 1]));
    for (const event of frame.events) {
      if (event.id <= this.#seen) continue;
      this.#seen = event.id;
      if (event.kind === "failed") this.#addError(event);
      else this.#addEvent(event);
    }
    if (!this.#list.children.length) this.#list.append(element("li", { class: "none" }, "Nothing yet: interruptions, retries, instances that go down or come back, tiers that are paused."));
    if (!this.#errors.children.length) this.#errors.append(element("tr", {}, element("td", { class: "none", colspan: "6" }, "None since the gateway started.")));
    const { errors, requests } = frame.traffic;
    say(this.#errorsHint, errors ? `${plural(errors, "request", "requests")} of ${amount(requests)}` : "");
    this.#isFirst = false;
  }

  #addEvent(event) {
    this.#list.querySelector(".none")?.remove();
    const [path, tone] = icons[event.kind] ?? ["M8 8h.1", "idle"];
    const icon = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    icon.setAttribute("viewBox", "0 0 16 16");
    icon.setAttribute("class", "icon");
    icon.setAttribute("aria-hidden", "true");
    icon.appendChild(document.createElementNS("http://www.w3.org/2000/svg", "path")).setAttribute("d", path);
    const text = element("p", {}, ...this.#sentence(event));
    const entry = element("li", { "data-kind": event.kind, "data-new": !this.#isFirst, "data-tone": tone ?? "warn" }, element("time", { datetime: new Date(event.at).toISOString() }, clock(event.at)), icon, text);
    entry.hidden = !this.#isShown(event.kind);
    this.#list.prepend(entry);
    while (this.#list.children.length > most) this.#list.lastElementChild.remove();
    // A listener wants to hear what happens, not every one of a hundred interruptions.
    if (!this.#isFirst && Date.now() - this.#spoken > 2500) {
      this.#spoken = Date.now();
      say(this.#announcer, text.textContent);
    }
  }

  #sentence(event) {
    const tier = priority => [element("span", { class: "unseen" }, "tier "), element("span", { class: "chip", "data-tier": this.#ranks.get(priority) ?? 6 }, `${priority}`)];
    const bold = text => element("b", {}, text);
    const at = event.instance ? [" on ", bold(event.instance)] : [];
    switch (event.kind) {
      case "preempted": return event.count
        ? [plural(event.count, "request", "requests"), " of ", ...tier(event.tier), event.count === 1 ? " was interrupted" : " were interrupted"]
        : [...tier(event.by), " interrupted request ", bold(`${event.item}`), " of ", ...tier(event.tier), ...at];
      case "retried": return event.count
        ? [plural(event.count, "request", "requests"), " of ", ...tier(event.tier), " tried again after a failure"]
        : ["Request ", bold(`${event.item}`), " of ", ...tier(event.tier), " tried again after a failure", ...at];
      case "instance_down": return [bold(event.instance), " is down", event.reason ? `: ${event.reason}` : ""];
      case "instance_recovering": return [bold(event.instance), " is being tried again"];
      case "instance_up": return [bold(event.instance), " is healthy again"];
      case "instance_paused": return [bold(event.instance), " asked for a pause"];
      case "instance_disabled": return [bold(event.instance), " was disabled"];
      case "instance_enabled": return [bold(event.instance), " was enabled"];
      case "tier_paused": return ["Tier ", ...tier(event.tier).slice(1), " was paused"];
      case "tier_resumed": return ["Tier ", ...tier(event.tier).slice(1), " goes on"];
      case "draining": return ["The gateway leaves service and finishes what it has"];
      default: return [words(event.kind)];
    }
  }

  #addError(event) {
    this.#errors.querySelector(".none")?.parentElement.remove();
    const what = event.reason ? words(event.reason) : "answer of the upstream";
    this.#errors.prepend(element("tr", { title: `Request id ${event.request_id ?? "unknown"}` },
      element("td", {}, element("time", { datetime: new Date(event.at).toISOString() }, clock(event.at))),
      element("td", { class: "status" }, element("b", {}, event.status ? `${event.status}` : "–")),
      element("td", { class: "what" }, what[0].toUpperCase() + what.slice(1), event.instance ? element("code", {}, ` ${event.instance}`) : null),
      element("td", {}, element("code", {}, event.endpoint ?? "")),
      element("td", { class: "model" }, event.model ?? "–"),
      element("td", { class: "tier" }, `${event.tier}`)));
    while (this.#errors.children.length > most) this.#errors.lastElementChild.remove();
  }

  #isShown(kind) {
    return this.#show === "all" || (this.#show === "preempted" ? kind === "preempted" : kind !== "preempted" && kind !== "retried");
  }

  #filter() {
    for (const entry of this.#list.children) entry.hidden = !entry.classList.contains("none") && !this.#isShown(entry.dataset.kind);
  }
}
