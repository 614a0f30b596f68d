// The instances: how they are, what they do, and switching them off and on.

import { stateOf } from "./bay.js";
import { amount, clock, duration, element, mark, say } from "./text.js";

export class Instances {
  #rows = new Map();

  constructor(root, hint, actions) {
    Object.assign(this, { root, hint, actions });
  }

  draw(frame) {
    for (const [name, row] of this.#rows) {
      if (!frame.instances.some(instance => instance.name === name)) {
        row.element.remove();
        this.#rows.delete(name);
      }
    }
    for (const instance of frame.instances) {
      if (!this.#rows.has(instance.name)) {
        const row = new Row(instance, this.actions);
        this.#rows.set(instance.name, row);
        this.root.append(row.element);
      }
      this.#rows.get(instance.name).draw(instance);
    }
    const healthy = frame.instances.filter(instance => instance.status === "active" && instance.health === "healthy").length;
    say(this.hint, `${healthy} of ${frame.instances.length} take requests`);
  }
}

class Row {
  #pill; #why; #bar; #meter; #load; #values = {}; #switch; #enabled = true;
  #tokens = element("span"); #most = element("small");

  constructor(instance, actions) {
    this.#pill = element("span", { class: "pill" });
    this.#why = element("p", { class: "why", hidden: true });
    this.#bar = element("i");
    this.#meter = element("div", { class: "meter", role: "meter", "aria-valuemin": "0", "aria-valuemax": "100", "aria-label": `Utilisation of ${instance.name}` }, this.#bar);
    this.#load = element("p");
    const metrics = element("dl", { class: "metrics" });
    for (const name of ["Latency", "Calls/min", "Tokens/min", "Errors"]) {
      this.#values[name] = element("dd");
      metrics.append(element("div", {}, element("dt", {}, name), this.#values[name]));
    }
    this.#values["Tokens/min"].append(this.#tokens, this.#most);
    this.#switch = element("button", { type: "button" });
    this.#switch.addEventListener("click", () => actions.setEnabled(instance.name, !this.#enabled));
    this.element = element("article", { class: "instance", "data-instance": instance.name },
      element("div", {}, element("h3", {}, instance.name), element("p", { class: "state" }, this.#pill, element("small", {}, instance.provider))),
      element("div", { class: "load" }, this.#load, this.#meter), metrics, element("div", { class: "actions" }, this.#switch), this.#why);
  }

  draw(instance) {
    const used = instance.running + instance.ending + instance.cooling + instance.leaked;
    const tone = instance.status === "active" ? (instance.health === "healthy" ? "good" : "warn") : { disabled: "idle", paused: "warn", unavailable: "bad" }[instance.status];
    this.#enabled = instance.status !== "disabled";
    mark(this.#pill, "data-tone", tone);
    say(this.#pill, instance.status === "active" && instance.health !== "healthy" ? instance.health : stateOf(instance));
    const why = [instance.reason, instance.back_at ? `asked again at ${clock(instance.back_at)}` : null].filter(Boolean).join(", ");
    this.#why.hidden = !why || instance.status === "disabled";
    say(this.#why, why ? why[0].toUpperCase() + why.slice(1) : "");
    say(this.#load, `${used} of ${instance.limit} slots, ${Math.round(instance.utilization)} %`);
    this.#bar.style.width = `${Math.min(100, instance.utilization)}%`;
    mark(this.#meter, "data-full", instance.utilization >= 99.9);
    mark(this.#meter, "aria-valuenow", Math.round(instance.utilization));
    say(this.#values.Latency, instance.latency_ms > 0 ? duration(instance.latency_ms) : "–");
    say(this.#values["Calls/min"], amount(instance.rpm));
    say(this.#tokens, amount(instance.tpm));
    say(this.#most, instance.max_tpm ? ` of ${amount(instance.max_tpm)}` : "");
    say(this.#values.Errors, instance.error_rate > 0 ? `${amount(instance.errors)}, ${Math.max(1, Math.round(instance.error_rate * 100))} %` : amount(instance.errors));
    mark(this.#values.Errors, "data-tone", instance.error_rate >= 0.05 ? "bad" : null);
    say(this.#switch, this.#enabled ? "Disable" : "Enable");
    this.#switch.setAttribute("aria-label", `${this.#enabled ? "Disable" : "Enable"} ${instance.name}`);
  }
}
