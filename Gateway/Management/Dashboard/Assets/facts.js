// Cache and limits.

import { amount, bytes, element, say } from "./text.js";

export class Facts {
  #rows = {};

  constructor(root, button, actions) {
    this.button = button;
    button.addEventListener("click", () => actions.clearCache());
    for (const [name, title] of [["kept", "Answers kept"], ["served", "Served without a call"], ["memory", "Memory"], ["limited", "Refused by a limit"], ["requests", "Requests of a caller"], ["tokens", "Tokens of a caller"]]) {
      const value = element("span"), small = element("small");
      this.#rows[name] = { value, small };
      root.append(element("div", {}, element("dt", {}, title), element("dd", {}, value, " ", small)));
    }
  }

  draw({ cache, limits, traffic }) {
    const asked = traffic.hits + traffic.joined + traffic.misses, served = traffic.hits + traffic.joined;
    this.button.disabled = !cache.enabled;
    this.#set("kept", cache.enabled ? amount(cache.items) : "off", cache.enabled && cache.shared ? "in Redis" : "");
    this.#set("served", asked ? `${Math.round(100 * served / asked)} %` : "–", asked ? `${amount(served)} of ${amount(asked)}` : "");
    this.#set("memory", bytes(cache.bytes), `of ${bytes(cache.max_bytes)}`);
    this.#set("limited", amount(traffic.limited), "");
    const perMinute = limits.requests ?? limits.requests_per_ip;
    this.#set("requests", perMinute ? amount(perMinute) : "no limit", perMinute ? (limits.requests ? "a minute" : "a minute and address") : "");
    this.#set("tokens", limits.tokens ? amount(limits.tokens) : "no limit", limits.tokens ? "a minute" : "");
  }

  #set(name, value, small) {
    say(this.#rows[name].value, value);
    say(this.#rows[name].small, small);
  }
}
