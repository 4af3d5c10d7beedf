/* Where one is, keys, light and dark. */

const view = document.getElementById("view");
let shown = 0;

function show(pieces) {
  view.replaceChildren(...pieces.filter(Boolean));
}

const TABS = [
  ["", "Changes", () => report.findings.length],
  ["calls", "Calls", () => report.summary.changed],
  ["migration", "Migration", () => report.migrations.length],
  ["cluster", "Cluster", () => 0, () => report.status !== null],
];

const tabsHere = () => TABS.filter(([, , , there]) => !there || there());

function drawTabs(current) {
  const links = tabsHere().map(([page, word, amount]) => h("a", { href: `#${page}`, "aria-current": page === current ? "page" : undefined }, word, amount() ? h("span", { class: "amount" }, number(amount())) : ""));
  document.getElementById("tabs").replaceChildren(...links);
}

function drawIntro(page) {
  const intro = document.getElementById("intro");
  intro.hidden = page === "call" || page === "cluster";
  const old = intro.querySelector(".tally-line");
  if (old || !report.summary.changed) return;
  const { levels, effects, accepted, off } = report.summary;
  const fact = (amount, text, tone) => (amount ? h("li", { class: tone }, h("strong", null, number(amount)), ` ${text}`) : "");
  const noun = (amount, one, many) => (amount === 1 ? one : many);
  const reindex = effects.index.reindex ?? 0;
  const put = effects.index.put_mapping ?? 0;
  const back = effects.backward.breaks ?? 0;
  const forth = effects.forward.breaks ?? 0;
  intro.append(
    h(
      "ul",
      { class: "tally-line" },
      fact(levels.error, noun(levels.error, "error", "errors"), "red"),
      fact(levels.warning, noun(levels.warning, "warning", "warnings"), "amber"),
      fact(back, noun(back, "call breaks old callers", "calls break old callers")),
      fact(forth, noun(forth, "call breaks new callers", "calls break new callers")),
      fact(reindex, noun(reindex, "index must be copied", "indices must be copied")),
      fact(put, noun(put, "index is extended", "indices are extended")),
      fact(accepted, "accepted"),
      fact(off, noun(off, "finding off by configuration", "findings off by configuration")),
    ),
  );
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a link that somebody cut
  }
}

async function route() {
  const turn = (shown += 1);
  const hash = decoded(location.hash.slice(1));
  let page = "";
  let pieces;
  if (hash.startsWith("call-")) {
    page = "call";
    pieces = await callPage(hash.slice(5));
  } else if (hash === "calls") pieces = callsPage((page = hash));
  else if (hash === "migration") pieces = migrationPage((page = hash));
  else if (hash === "cluster" && report.status) pieces = clusterPage((page = hash));
  else pieces = findingsPage(hash.startsWith("f-") ? hash.slice(2) : null);
  if (turn !== shown) return;
  drawTabs(page === "call" ? "calls" : page);
  drawIntro(page);
  show(pieces);
  document.body.dataset.page = page || "changes";
  if (page === "call") document.title = `${hash.slice(5)}: ${report.title}`;
  else document.title = `${report.title}: ${document.querySelector("h1").textContent.toLowerCase()}`;
  if (!hash.startsWith("f-")) window.scrollTo(0, 0);
}

/* ---- keys ---- */

const items = () => [...view.querySelectorAll("[data-item]")].filter((item) => item.offsetParent !== null);

function move(by) {
  const all = items();
  if (!all.length) return;
  const here = all.indexOf(document.activeElement);
  let next = here + by;
  if (here < 0) next = by > 0 ? 0 : all.length - 1;
  if (next >= all.length) next = all.length - 1;
  const item = all[Math.max(0, next)];
  item.focus({ preventScroll: true });
  item.scrollIntoView({ block: "nearest" });
}

function escape() {
  const active = document.activeElement;
  if (active?.matches?.("input")) {
    if (active.value) {
      active.value = "";
      active.dispatchEvent(new Event("input"));
    } else active.blur();
    return;
  }
  const open = active?.closest?.(".finding.open") ?? view.querySelector(".finding.open");
  if (open) {
    open.querySelector("button").click();
    open.querySelector("button").focus();
  } else if (location.hash.startsWith("#call-")) location.hash = "#calls";
}

function pressed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || document.getElementById("help").open) return;
  if (event.key === "Escape") return escape();
  if (event.target.matches("input[type=search], input[type=text], select")) return;
  const tab = tabsHere()[Number(event.key) - 1];
  const acts = { j: () => move(1), k: () => move(-1), "?": () => document.getElementById("help").showModal(), t: turnTheme };
  if (event.key === "/") {
    event.preventDefault();
    const search = document.getElementById("search");
    if (search) search.select(search.focus());
    else location.hash = "#";
  } else if (acts[event.key]) acts[event.key]();
  else if (tab) location.hash = `#${tab[0]}`;
}

/* ---- light and dark ---- */

const dark = matchMedia("(prefers-color-scheme: dark)");

function turnTheme() {
  const now = document.documentElement.dataset.theme ?? (dark.matches ? "dark" : "light");
  const next = now === "dark" ? "light" : "dark";
  document.documentElement.dataset.theme = next;
  try {
    localStorage.setItem("ucaudit-theme", next);
  } catch {
    // A file opened from disk may have no storage: the choice then lasts as long as the page.
  }
}

try {
  const kept = localStorage.getItem("ucaudit-theme");
  if (kept === "dark" || kept === "light") document.documentElement.dataset.theme = kept;
} catch {
  // As above.
}

document.getElementById("theme").addEventListener("click", turnTheme);
document.getElementById("help-button").addEventListener("click", () => document.getElementById("help").showModal());
document.addEventListener("keydown", pressed);
window.addEventListener("hashchange", route);
window.addEventListener("beforeprint", () => {
  for (const list of view.querySelectorAll("ul")) list.showAll?.();
});

(async () => {
  if (!("DecompressionStream" in window)) {
    show([h("p", { class: "empty" }, "This browser is too old to unpack the report. Open it in a browser of 2024 or later.")]);
    return;
  }
  await load();
  await route();
  document.body.classList.add("ready");
})();
