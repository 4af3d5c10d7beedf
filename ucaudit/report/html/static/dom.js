"use strict";
/* Elements from data: text goes in as text, never as markup. */

const SVG = "http://www.w3.org/2000/svg";

function h(tag, properties, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(4).filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

const hidden = (text) => h("span", { class: "hidden-text" }, text);

function caret() {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 12 12");
  svg.setAttribute("class", "caret");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", "M4.5 2.5 8 6l-3.5 3.5");
  svg.append(path);
  return svg;
}

const number = (value) => value.toLocaleString("en");
const count = (value, noun) => `${number(value)} ${noun}${value === 1 ? "" : "s"}`;

/* A sentence that may begin with a path, which is set as code. */
function prose(text, path = "") {
  const bare = path.replace(/^\$\.?/, "");
  return bare && text.startsWith(`${bare} `) ? [h("code", null, softened(bare)), text.slice(bare.length)] : text;
}

/* Advice, with commands and options in it. */
function commands(text) {
  return text.split(/(ucaudit [a-z-]+(?: --[a-z-]+)*|--[a-z-]+)/).map((piece, index) => (index % 2 ? h("code", { class: "command" }, piece) : piece));
}

/* Long names may break after their dots. */
function softened(text) {
  return text.split(/(?<=[./_])(?=\w)/).flatMap((piece, index) => (index ? [h("wbr"), piece] : [piece]));
}

const EFFECT_WORDS = { put_mapping: "put mapping" };
const TONES = { breaks: "red", unknown: "amber", reindex: "violet", put_mapping: "blue" };
const MEANINGS = {
  backward: "old callers with the new service",
  forward: "new callers with the old service",
  index: "what the audit index needs",
};

function chip(name, effect) {
  const word = EFFECT_WORDS[effect] ?? effect;
  return h("span", { class: `chip ${TONES[effect] ?? "fine"}`, title: `${name}: ${MEANINGS[name]}` }, h("span", { class: "chip-name" }, name), " ", word);
}

const chips = (effects) => h("span", { class: "chips" }, Object.keys(MEANINGS).map((name) => chip(name, effects[name])));

function say(text) {
  document.getElementById("said").textContent = text;
}

/* A list that is made as far as somebody scrolls: a thousand rows cost nothing before they are seen. */
function growing(list, items, make, step = 60) {
  let next = 0;
  const end = h("li", { class: "end", "aria-hidden": "true" });
  const more = (amount) => {
    const rows = items.slice(next, next + amount).map(make);
    next += rows.length;
    if (end.isConnected) end.before(...rows);
    else list.append(...rows);
    if (next < items.length) list.append(end);
    else end.remove();
    return rows.length;
  };
  const watcher = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && (more(step), next < items.length || watcher.disconnect()), { rootMargin: "1200px" });
  more(step);
  if (next < items.length) watcher.observe(end);
  list.showAll = () => more(items.length);
  list.showMore = () => more(step);
  return list;
}
