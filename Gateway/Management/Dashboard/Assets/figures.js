// The row of big numbers.

import { amount, element, rate, say, span } from "./text.js";
import { Rates } from "./rates.js";
import { Spark } from "./spark.js";

const kinds = [
  { name: "running", title: "Slots in use", floor: 1 },
  { name: "waiting", title: "Waiting", floor: 4 },
  { name: "requests", title: "Requests", unit: "a second", floor: 1 },
  { name: "tokens", title: "Tokens", unit: "a second", floor: 10 },
  { name: "preempted", title: "Interruptions", unit: "last minute", floor: 4, kind: "alarm" },
  { name: "wasted", title: "Wasted work", floor: 5, kind: "alarm" },
];

export class Figures {
  #tiles = {};
  #fast = new Rates(8);
  #minute = new Rates(60);
  #lastPoint = 0;

  constructor(root) {
    for (const { name, title, unit, floor, kind } of kinds) {
      const value = element("span"), small = element("small", {}, unit ?? "");
      const spark = new Spark(floor);
      root.append(element("article", { class: "figure", "data-kind": kind, "data-figure": name }, element("h2", {}, title), element("p", {}, value, small), spark.element));
      this.#tiles[name] = { value, small, spark };
    }
  }

  draw(frame, at) {
    const sum = name => frame.tiers.reduce((total, tier) => total + tier[name], 0);
    const slots = frame.instances.reduce((total, instance) => total + instance.limit, 0);
    const running = sum("running"), waiting = sum("depth") + sum("sleeping");
    const totals = {
      requests: frame.traffic.requests, tokens: frame.traffic.input_tokens + frame.traffic.output_tokens,
      preempted: sum("preempted"), wasted: sum("wasted_ms"),
    };
    this.#fast.add(at, totals);
    this.#minute.add(at, totals);
    const wastedTokens = sum("wasted_tokens");
    const shown = {
      running: [running, `${running}`, `of ${slots}`],
      waiting: [waiting, amount(waiting), ""],
      requests: [this.#fast.perSecond("requests"), rate(this.#fast.perSecond("requests")), "a second"],
      tokens: [this.#fast.perSecond("tokens"), rate(this.#fast.perSecond("tokens")), "a second"],
      preempted: [this.#fast.growth("preempted"), amount(this.#minute.growth("preempted")), "last minute"],
      wasted: [this.#fast.perSecond("wasted") / 10, span(totals.wasted), wastedTokens > 0 ? `${amount(wastedTokens)} tok` : ""],
    };
    const isPoint = at - this.#lastPoint >= 950;
    if (isPoint) this.#lastPoint = at;
    for (const [name, [point, value, small]] of Object.entries(shown)) {
      const tile = this.#tiles[name];
      say(tile.value, value);
      say(tile.small, small);
      if (isPoint) tile.spark.add(point);
    }
  }
}
