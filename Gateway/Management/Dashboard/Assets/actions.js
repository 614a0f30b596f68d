// What can be done from here: routes of the admin API, nothing else.

import { say } from "./text.js";

export class Actions {
  #toast; #dialog; #hiding = 0;

  constructor(toast, dialog) {
    [this.#toast, this.#dialog] = [toast, dialog];
  }

  setPaused(priority, isPaused) {
    return this.#send("POST", `/admin/tiers/${priority}/${isPaused ? "pause" : "resume"}`, isPaused ? `Tier ${priority} starts nothing more.` : `Tier ${priority} goes on.`);
  }

  async setEnabled(name, isEnabled) {
    if (!isEnabled && !await this.#ask(`Disable ${name}?`, "It takes nothing new; what runs there ends there. What no other instance can serve is refused at once.", "Disable")) return;
    await this.#send("PUT", `/admin/instances/${encodeURIComponent(name)}/config`, isEnabled ? `${name} takes requests.` : `${name} takes nothing new.`, { enabled: isEnabled });
  }

  cancel(id) {
    return this.#send("DELETE", `/admin/queue/${id}`, `Request ${id} was taken out.`);
  }

  async clearCache() {
    if (await this.#ask("Clear the cache?", "All kept answers are forgotten. The next callers wait for the upstream again.", "Clear")) {
      await this.#send("DELETE", "/cache", "The cache is empty.");
    }
  }

  async signOut() {
    await fetch("/dashboard/session", { method: "DELETE" });
    location.reload();
  }

  tell(text, tone) {
    clearTimeout(this.#hiding);
    this.#toast.hidden = false;
    this.#toast.dataset.tone = tone ?? "";
    say(this.#toast, text);
    this.#hiding = setTimeout(() => this.#toast.hidden = true, tone === "bad" ? 7000 : 3500);
  }

  async #send(method, path, done, body) {
    try {
      const answer = await fetch(path, { method, headers: body ? { "content-type": "application/json" } : {}, body: body && JSON.stringify(body) });
      if (answer.status === 401) return location.reload();
      if (!answer.ok) return this.tell((await answer.json()).error.message, "bad");
      this.tell(done);
    } catch {
      this.tell("The gateway does not answer.", "bad");
    }
  }

  /** A question that must be answered: the browser keeps the focus inside it. */
  #ask(title, text, yes) {
    const dialog = this.#dialog;
    say(dialog.querySelector("h2"), title);
    say(dialog.querySelector("p"), text);
    say(dialog.querySelector(".serious"), yes);
    dialog.returnValue = "";
    dialog.showModal();
    return new Promise(resolve => dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true }));
  }
}
