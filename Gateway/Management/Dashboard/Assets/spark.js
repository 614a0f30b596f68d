// A small line over the last two minutes, one point a second.

const points = 120;
const namespace = "http://www.w3.org/2000/svg";

export class Spark {
  #values = [];
  #line;
  #area;

  constructor(floor = 1) {
    this.floor = floor;
    this.element = document.createElementNS(namespace, "svg");
    this.element.setAttribute("class", "spark");
    this.element.setAttribute("viewBox", `0 0 ${points - 1} 100`);
    this.element.setAttribute("preserveAspectRatio", "none");
    this.element.setAttribute("aria-hidden", "true");
    this.#area = this.element.appendChild(document.createElementNS(namespace, "path"));
    this.#area.setAttribute("class", "area");
    this.#line = this.element.appendChild(document.createElementNS(namespace, "path"));
  }

  add(value) {
    this.#values.push(value);
    if (this.#values.length > points) this.#values.shift();
    this.#draw();
  }

  #draw() {
    const top = Math.max(this.floor, ...this.#values) * 1.12;
    const from = points - this.#values.length;
    const spots = this.#values.map((value, index) => `${from + index},${(97 - (value / top) * 94).toFixed(1)}`);
    const path = spots.length > 1 ? `M${spots.join("L")}` : "";
    this.#line.setAttribute("d", path);
    this.#area.setAttribute("d", path && `${path}L${points - 1},100L${from},100Z`);
  }
}
