import { Actions } from "./actions.js";
import { Facts } from "./facts.js";
import { Feed } from "./feed.js";
import { Figures } from "./figures.js";
import { Inspector } from "./inspector.js";
import { Instances } from "./instances.js";
import { Stage } from "./stage.js";
import { Story } from "./story.js";
import { mark, say } from "./text.js";

const byId = id => document.getElementById(id);
const actions = new Actions(byId("toast"), byId("confirm"));
const inspector = new Inspector(byId("inspector"), actions);
const stage = new Stage({ flow: byId("flow"), lanes: byId("lanes"), slots: byId("slots"), arcs: byId("arcs") }, actions, inspector);
const figures = new Figures(byId("figures"));
const instances = new Instances(byId("instances"), byId("instances-hint"), actions);
const facts = new Facts(byId("facts"), byId("clear-cache"), actions);
const story = new Story({
  list: byId("story"), errors: byId("errors"), errorsHint: byId("errors-hint"), choice: byId("story-choice"), announcer: byId("announcer"),
});

byId("sign-out").addEventListener("click", () => actions.signOut());

const links = { connecting: "Connecting", live: "Live", lost: "Connection lost, trying again", full: "Too many dashboards are open" };
const feed = new Feed({
  frame(frame, at) {
    say(byId("version"), frame.version);
    byId("sign-out").hidden = !frame.guarded;
    drawHealth(frame);
    figures.draw(frame, at);
    stage.draw(frame, at);
    instances.draw(frame);
    story.draw(frame);
    facts.draw(frame);
    drawTitle(frame);
  },
  state(state) {
    mark(byId("link"), "data-state", state);
    say(byId("link").querySelector("em"), links[state]);
    if (state !== "live") mark(byId("health"), "data-tone", "idle");
  },
});
feed.join();

function drawHealth(frame) {
  const enabled = frame.instances.filter(instance => instance.status !== "disabled");
  const healthy = enabled.filter(instance => instance.health === "healthy").length;
  const [tone, text] = frame.draining ? ["warn", "Draining"]
    : healthy === 0 ? ["bad", "Unhealthy"]
    : healthy < enabled.length ? ["warn", "Degraded"]
    : ["good", "Healthy"];
  mark(byId("health"), "data-tone", tone);
  say(byId("health"), text);
}

function drawTitle(frame) {
  const waiting = frame.tiers.reduce((sum, tier) => sum + tier.depth + tier.sleeping, 0);
  const running = frame.tiers.reduce((sum, tier) => sum + tier.running, 0);
  const title = `${running} running, ${waiting} waiting – Gateway`;
  if (document.title !== title) document.title = title;
}
