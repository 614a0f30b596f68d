// Words and numbers, and the one way elements are made: text is always text, whatever a caller called its model.

export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(name, "");
    else if (value !== false && value != null) made.setAttribute(name, value);
  }
  made.append(...children.filter(child => child != null));
  return made;
}

/** Sets an attribute, or takes it away where the value is false or null; touches nothing that is right already. */
export function mark(target, name, value) {
  const wanted = value === true ? "" : value === false || value == null ? null : String(value);
  if (target.getAttribute(name) === wanted) return;
  if (wanted === null) target.removeAttribute(name);
  else target.setAttribute(name, wanted);
}

export function say(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

export function duration(ms) {
  if (ms < 1) return "0 s";
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  if (ms < 60_000) return `${Math.floor(ms / 1000)} s`;
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} min ${pad(Math.floor(ms / 1000) % 60)}`;
  return `${Math.floor(ms / 3_600_000)} h ${pad(Math.floor(ms / 60_000) % 60)}`;
}

/** For sums, where a second more or less is nothing. */
export function span(ms) {
  if (ms < 60_000) return duration(ms);
  return ms < 5_400_000 ? `${(ms / 60_000).toFixed(ms < 600_000 ? 1 : 0)} min` : `${(ms / 3_600_000).toFixed(1)} h`;
}

/** Short enough for a block: changes once a second from ten seconds on. */
export function age(ms) {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 100) return `${Math.floor(seconds)} s`;
  return seconds < 6000 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds / 3600)} h`;
}

export function amount(value) {
  if (value >= 999_500_000) return `${(value / 1e9).toFixed(1)} G`;
  if (value >= 999_500) return `${(value / 1e6).toFixed(value < 9_950_000 ? 1 : 0)} M`;
  if (value >= 10_000) return `${(value / 1000).toFixed(value < 99_500 && value % 1000 >= 50 ? 1 : 0)} k`;
  return Math.round(value).toLocaleString("en").replaceAll(",", "\u202f");
}

export function rate(value) {
  return value >= 100 ? amount(value) : value >= 10 ? value.toFixed(0) : value === 0 ? "0" : value.toFixed(1);
}

export function bytes(value) {
  if (value < 1024) return `${value} B`;
  const units = ["KiB", "MiB", "GiB", "TiB"];
  let unit = -1;
  do { value /= 1024; unit++; } while (value >= 1024 && unit < units.length - 1);
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

export function clock(ms) {
  const at = new Date(ms);
  return `${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}`;
}

export const words = text => text.replaceAll("_", " ");

export const plural = (count, one, many) => `${amount(count)} ${count === 1 ? one : many}`;

function pad(number) {
  return String(number).padStart(2, "0");
}
