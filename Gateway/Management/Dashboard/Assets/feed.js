// The stream of frames, joined again whenever it breaks.

const patience = 15_000;

export class Feed {
  #source = null; #watchdog = 0; #offset = 0;

  constructor({ frame, state }) {
    Object.assign(this, { onFrame: frame, onState: state });
  }

  /** The gateway's clock: ages are right on a machine whose clock is not. */
  now() {
    return Date.now() + this.#offset;
  }

  join() {
    this.#source?.close();
    const source = this.#source = new EventSource("/dashboard/events");
    this.#watch();
    source.onmessage = message => {
      this.#watch();
      const at = Number(message.lastEventId);
      this.#offset = at - Date.now();
      this.onState("live");
      this.onFrame(JSON.parse(message.data), at);
    };
    source.onerror = () => {
      if (source !== this.#source) return;
      this.onState("lost");
      // The browser itself joins again after a break, but gives up after a refusal.
      if (source.readyState === EventSource.CLOSED) this.#later();
    };
  }

  async #later() {
    clearTimeout(this.#watchdog);
    try {
      const answer = await fetch("/dashboard/events", { method: "GET", headers: { accept: "text/event-stream" }, signal: AbortSignal.timeout(3000) });
      answer.body?.cancel();
      if (answer.status === 401) return location.reload();
      this.onState(answer.status === 503 ? "full" : "lost");
    } catch {
      this.onState("lost");
    }
    this.#watchdog = setTimeout(() => this.join(), 2000);
  }

  #watch() {
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(() => {
      this.onState("lost");
      this.join();
    }, patience);
  }
}
