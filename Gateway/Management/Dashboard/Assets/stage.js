// The drawing: lanes on the left, slots on the right, and every live request a block that moves between them.

import { Bay } from "./bay.js";
import { createBlock, drawBlock } from "./block.js";
import { arc, arrive, fly, isStill, leave, placeOf } from "./flight.js";
import { Lane } from "./lane.js";

export class Stage {
  #lanes = new Map(); #bays = new Map(); #blocks = new Map(); #items = new Map(); #spots = new Map();
  #roots; #actions; #inspector; #focus = null;

  constructor(roots, actions, inspector) {
    [this.#roots, this.#actions, this.#inspector] = [roots, actions, inspector];
    roots.flow.addEventListener("click", event => {
      const block = event.target.closest("button.block");
      if (block) this.#inspector.open(block, Number(block.dataset.id), id => this.#items.get(id));
    });
    roots.flow.addEventListener("keydown", event => this.#walk(event));
    roots.flow.addEventListener("focusin", event => {
      if (event.target.matches("button.block")) this.#setStop(event.target);
    });
  }

  draw(frame, at) {
    const ranks = new Map(frame.tiers.map((tier, index) => [tier.priority, index % 6 + 1]));
    this.#build(frame, ranks);
    const items = frame.items, slotsInAll = frame.instances.reduce((sum, instance) => sum + Math.max(instance.slots, instance.limit), 0);
    const focused = document.activeElement?.closest?.("button.block");
    const before = new Map([...this.#blocks].map(([id, block]) => [id, placeOf(block)]));
    const alive = new Set(items.map(item => item.id));

    // Who has left goes first, so that cells are free for who comes.
    for (const [id, block] of this.#blocks) {
      if (!alive.has(id)) {
        this.#blocks.delete(id);
        this.#spots.delete(id);
        this.#leave(block, before.get(id));
      }
    }
    for (const instance of frame.instances) {
      const holders = new Set(items.filter(item => item.instance === instance.name).map(item => item.id));
      this.#bays.get(instance.name).draw(instance, holders, slotsInAll);
    }

    const moved = [];
    const shown = new Map(frame.tiers.map(tier => [tier.priority, 0]));
    for (const item of items) this.#place(item, ranks.get(item.tier), shown, moved, before);
    for (const item of items) {
      const block = this.#blocks.get(item.id);
      if (block) drawBlock(block, item, at, item.instance != null);
    }
    for (const tier of frame.tiers) {
      this.#lanes.get(tier.priority).draw(tier, at, Math.max(0, tier.depth + tier.sleeping - shown.get(tier.priority)));
    }
    for (const move of moved) this.#animate(move);
    this.#items = new Map(items.map(item => [item.id, item]));
    if (focused && focused.isConnected && document.activeElement !== focused) focused.focus({ preventScroll: true });
    if (!this.#focus?.isConnected) this.#setStop(this.#roots.flow.querySelector("button.block"));
    this.#inspector.update(at);
  }

  #build(frame, ranks) {
    for (const tier of frame.tiers) {
      if (this.#lanes.has(tier.priority)) continue;
      const lane = new Lane(tier, ranks.get(tier.priority), this.#actions);
      this.#lanes.set(tier.priority, lane);
      this.#roots.lanes.append(lane.element);
    }
    for (const instance of frame.instances) {
      if (this.#bays.has(instance.name)) continue;
      const bay = new Bay(instance);
      this.#bays.set(instance.name, bay);
      this.#roots.slots.append(bay.element);
    }
    for (const [name, bay] of this.#bays) {
      if (!frame.instances.some(instance => instance.name === name)) {
        bay.element.remove();
        this.#bays.delete(name);
      }
    }
  }

  #place(item, rank, shown, moved, before) {
    const lane = this.#lanes.get(item.tier);
    const isWaiting = item.instance == null;
    let block = this.#blocks.get(item.id);
    if (isWaiting && shown.get(item.tier) >= lane.room) {
      block?.remove();
      this.#blocks.delete(item.id);
      this.#spots.delete(item.id);
      return;
    }

    const isNew = !block;
    block ??= createBlock(item, rank);
    this.#blocks.set(item.id, block);
    const target = isWaiting ? lane.queue : this.#bays.get(item.instance)?.cellOf(item.id);
    if (!target) return;
    const old = this.#spots.get(item.id), spot = { target, index: isWaiting ? shown.get(item.tier) : 0 };
    this.#spots.set(item.id, spot);
    if (isWaiting) {
      const index = spot.index;
      shown.set(item.tier, index + 1);
      if (target.children[index] !== block) target.insertBefore(block, target.children[index] ?? null);
    } else if (block.parentElement !== target) {
      target.append(block);
    }
    // A flight under way to the same spot goes on.
    if (old?.target === spot.target && old.index === spot.index) return;
    moved.push({ item, block, isNew, from: before.get(item.id), was: this.#items.get(item.id), lane, old, cell: isWaiting ? null : target });
  }

  #animate({ item, block, isNew, from, was, lane, old, cell }) {
    // Where it stands must not be measured through a flight to where it stood.
    for (const flight of block.getAnimations()) flight.cancel();
    const wasHit = was && (item.interrupted ?? 0) > (was.interrupted ?? 0);
    if (wasHit) this.#interrupted(item, was, block, lane, old);
    if (isNew && !from) {
      if (cell) fly(block, { left: lane.queue.getBoundingClientRect().right - 20, top: placeOf(lane.queue).top + placeOf(lane.queue).height / 2, width: 0, height: 0 });
      else arrive(block);
    } else if (from) {
      fly(block, from, { high: Boolean(wasHit) });
    }
  }

  #interrupted(item, was, block, lane, old) {
    lane.note(item.by == null ? `${item.id} gives way` : `${item.id} gives way to tier ${item.by}`);
    block.classList.add("fresh-hit");
    setTimeout(() => block.classList.remove("fresh-hit"), 1500);
    if (was.instance == null || !old?.target.isConnected) return;
    old.target.dataset.hit = "";
    setTimeout(() => delete old.target.dataset.hit, 1600);
    arc(this.#roots.arcs, placeOf(old.target), placeOf(block));
  }

  #leave(block, place) {
    if (isStill() || !place || block.parentElement?.classList.contains("cell")) return leave(block, true);
    // Out of the queue's flow, or the others would wait for it to fade before they close up.
    const origin = placeOf(block.parentElement);
    Object.assign(block.style, { position: "absolute", left: `${place.left - origin.left}px`, top: `${place.top - origin.top}px` });
    leave(block, false);
  }

  /** One stop for Tab, arrows from there on: there may be hundreds of blocks. */
  #setStop(block) {
    if (this.#focus && this.#focus !== block) this.#focus.tabIndex = -1;
    this.#focus = block;
    if (block) block.tabIndex = 0;
  }

  #walk(event) {
    const block = event.target.closest("button.block");
    const step = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] }[event.key];
    if (!block || !step) return;
    event.preventDefault();
    const here = centre(block);
    let best = null, bestCost = Infinity;
    for (const other of this.#roots.flow.querySelectorAll("button.block")) {
      const there = centre(other);
      const along = (there.x - here.x) * step[0] + (there.y - here.y) * step[1];
      const aside = Math.abs((there.x - here.x) * step[1]) + Math.abs((there.y - here.y) * step[0]);
      const cost = along + aside * 3;
      if (other !== block && along > 4 && cost < bestCost) [best, bestCost] = [other, cost];
    }
    best?.focus();
  }
}

function centre(block) {
  const place = placeOf(block);
  return { x: place.left + place.width / 2, y: place.top + place.height / 2 };
}
