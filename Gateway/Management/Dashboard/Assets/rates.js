// How fast totals grow, over the last few seconds.

export class Rates {
  #samples = [];

  constructor(seconds) {
    this.span = seconds * 1000;
  }

  add(at, totals) {
    // A gateway that began anew counts anew.
    const last = this.#samples.at(-1);
    if (last && Object.keys(totals).some(name => totals[name] < last.totals[name])) this.#samples = [];
    this.#samples.push({ at, totals });
    while (this.#samples.length > 2 && this.#samples[1].at <= at - this.span) this.#samples.shift();
  }

  /** Growth since the window's start. */
  growth(name) {
    const [first] = this.#samples, last = this.#samples.at(-1);
    return first && last !== first ? last.totals[name] - first.totals[name] : 0;
  }

  perSecond(name) {
    const [first] = this.#samples, last = this.#samples.at(-1);
    return first && last.at - first.at >= 500 ? this.growth(name) / ((last.at - first.at) / 1000) : 0;
  }
}
