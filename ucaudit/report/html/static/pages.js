/* The migration as a time line, and the live cluster. */

function timeline(moves, one) {
  const fresh = moves.filter((move) => move.from === null);
  const copied = moves.filter((move) => move.new_generation);
  const mapped = moves.filter((move) => move.from !== null && !move.new_generation && move.index === "put_mapping");
  const still = moves.length - fresh.length - copied.length - mapped.length;
  const expand = [];
  if (copied.length) expand.push(one ? `Templates of ${generationWord(one)}` : `Templates of a new generation for ${count(copied.length, "call")}`);
  if (mapped.length) expand.push(one ? "PUT mapping on the live indices" : `PUT mapping for ${count(mapped.length, "call")}`);
  if (fresh.length) expand.push(one ? "Templates of a new call" : `Templates of ${count(fresh.length, "new call")}`);
  if (!expand.length) expand.push("The templates learn of the new version");
  if (still && !one) expand.push(`Nothing but a note in the template for ${count(still, "call")}`);
  const undecided = moves.reduce((sum, move) => sum + move.undecided, 0);
  const fill = copied.length ? [one ? "Stored documents are copied index by index, closed days first" : `Stored documents of ${count(copied.length, "call")} are copied, closed days first`] : ["Nothing is copied: stored documents stay where they are"];
  if (undecided) fill.push(h("span", { class: "amber-text" }, `${count(undecided, "decision")} missing: run ucaudit lock`));
  const finish = copied.length ? ["Once a day is over: verified, then readers get the copy in one step", "The source stays, hidden, until prune"] : ["Nothing to cut over"];
  const phase = (title, when, busy, words, extra) => h("li", { class: `phase ${busy ? "busy" : "idle"}` }, h("div", { class: "phase-head" }, h("span", { class: "pin", "aria-hidden": "true" }), h(one ? "h3" : "h2", { class: "phase-title" }, title), h("span", { class: "quiet" }, when)), h("ul", null, words.map((word) => h("li", null, word))), extra ?? "");
  const steps = one ? one.steps : [];
  const fields = one && !one.new_generation ? one.fields : [];
  return h(
    "ol",
    { class: "card phases" },
    phase("Expand", "before the deployment, seconds", true, expand, fields.length ? h("ul", { class: "steps" }, fields.slice(0, 12).map((path) => h("li", null, h("code", null, softened(path)))), fields.length > 12 ? h("li", { class: "quiet" }, `and ${count(fields.length - 12, "more field")}`) : "") : ""),
    phase("Backfill", "while both versions run", copied.length > 0, fill, steps.length ? h("ul", { class: "steps" }, steps.map((step) => h("li", null, h("code", null, softened(step))))) : ""),
    phase("Finish", "day by day", copied.length > 0, finish),
  );
}

const generationWord = (move) => (move.numbered && move.from ? `generation ${move.to.generation}` : "a new generation");

function migrationPage() {
  if (!report.migrations.length) return [h("div", { class: "empty big" }, h("div", { class: "tick", "aria-hidden": "true" }, "✓"), h("h2", null, "Nothing to migrate"), h("p", null, "No audit index needs anything for this change."))];
  const rank = (move) => (move.new_generation ? 0 : move.from === null ? 2 : move.index === "put_mapping" ? 1 : 3);
  const moves = [...report.migrations].sort((a, b) => rank(a) - rank(b) || a.call.localeCompare(b.call));
  const make = (move) => {
    const what = move.from === null ? "new call" : move.new_generation ? (move.numbered ? `generation ${move.from.generation} → ${move.to.generation}` : "a new generation") : move.index === "put_mapping" ? count(move.fields.length, "field") : "stays as it is";
    const effect = move.from === null ? "none" : move.new_generation ? "reindex" : move.index;
    const steps = move.steps.slice(0, 4).map((step) => h("li", null, h("code", null, softened(step))));
    const more = move.steps.length - steps.length;
    return h("li", { class: "item call" }, h("a", { class: "row", "data-item": "", href: callHref(move.call) }, h("span", { class: "what" }, h("span", { class: "message name" }, softened(move.call)), h("span", { class: "meta" }, h("span", null, what), move.released ? h("span", null, "released already") : ""), steps.length ? h("ul", { class: "steps" }, steps, more > 0 ? h("li", { class: "quiet" }, `and ${count(more, "more step")}`) : "") : ""), h("span", { class: "chips one" }, chip("index", effect)), caret()));
  };
  return [timeline(moves), h("h2", { class: "list-title" }, "Call by call"), growing(h("ul", { class: "card list" }), moves, make)];
}

/* ---- the cluster ---- */

const PENDING = { add_template: "new template", put_template: "template", put_mapping: "mapping", add_aliases: "index alias", sync_late: "late copy", finish_swap: "swap", swap_back: "swap back", delete_copy: "deletion" };

const sum = (values) => Object.values(values).reduce((total, value) => total + value, 0);

function clusterPage() {
  const status = report.status;
  const late = status.calls.reduce((total, call) => total + sum(call.waiting), 0);
  const pinned = status.calls.filter((call) => call.pinned !== null).length;
  const tile = (value, word, tone) => h("div", { class: `tile ${value && tone ? tone : ""}` }, h("strong", null, number(value)), h("span", null, word));
  const tiles = h("div", { class: "tiles" }, tile(status.summary.documents, "documents"), tile(status.summary.pending, "calls pending", "blue"), tile(late, "out of readers' sight", "amber"), tile(status.summary.dead_letters, "dead letters", "red"), tile(status.summary.backup, "in hidden sources"), tile(pinned, "calls pinned", "amber"));
  const notices = [...status.problems.map((p) => ["error", p]), ...status.warnings.map((p) => ["warning", p])];
  const pieces = [h("div", { class: "call-head" }, h("h1", null, "Live cluster"), h("p", { class: "quiet lead" }, `${status.cluster.id}, version ${status.cluster.version}`)), tiles];
  if (notices.length) pieces.push(h("ul", { class: "card list remarks" }, notices.map(([level, p]) => h("li", { class: "item remark" }, levelMark(level), h("div", { class: "what" }, h("span", { class: "message" }, p.call ? [callLink(p.call), ": "] : "", p.what), h("span", { class: "meta" }, h("code", null, p.name), p.where ? h("span", null, softened(p.where)) : ""), p.fix ? h("span", { class: "fix" }, commands(p.fix)) : "")))));
  const busy = (call) => call.pending.length || call.dead_letters || sum(call.waiting) || call.pinned !== null || call.ahead || status.drift.some((drift) => drift.call === call.call);
  const calls = [...status.calls].sort((a, b) => Number(Boolean(busy(b))) - Number(Boolean(busy(a))) || a.call.localeCompare(b.call));
  if (!calls.length) return [...pieces, h("p", { class: "empty" }, "The cluster holds none of the calls.")];
  const most = Math.max(1, ...calls.map((call) => sum(call.documents)));
  const place = h("div");
  const draw = () => {
    const inGlob = globber(filter.call);
    const found = calls.filter((call) => inGlob(call.call));
    say(count(found.length, "call"));
    place.replaceChildren(found.length ? growing(h("ul", { class: "card list", "aria-label": "Calls in the cluster" }), found, (call) => clusterRow(call, most, status.drift)) : nothingFound("call", () => clearFilters(clusterPage)));
  };
  draw();
  const search = h("input", { type: "search", id: "search", placeholder: "Call, such as files.*", "aria-label": "Call", value: filter.call, autocomplete: "off", spellcheck: "false" });
  search.addEventListener("input", () => {
    filter.call = search.value.trim();
    draw();
  });
  const key = h("p", { class: "key" }, h("span", { class: "now" }), "newest generation", h("span", { class: "then" }), "earlier ones");
  pieces.push(h("div", { class: "filters title-bar" }, h("h2", { class: "list-title" }, "Documents per call and generation"), key, h("div", { class: "fields" }, h("span", { class: "search" }, search, h("kbd", { "aria-hidden": "true" }, "/")))), place);
  return pieces;
}

function clusterRow(call, most, drift) {
  const documents = Object.entries(call.documents).sort(([a], [b]) => a - b);
  const total = sum(call.documents);
  const bar = h("span", { class: "bar", "aria-hidden": "true" });
  for (const [generation, amount] of documents) {
    const piece = h("span", { class: Number(generation) === call.released.generation ? "now" : "then" });
    piece.style.setProperty("--share", (amount / most) * 100);
    bar.append(piece);
  }
  const words = [];
  const add = (text, tone) => words.push(h("span", { class: tone ?? "" }, text));
  const kinds = {};
  for (const step of call.pending) kinds[step.kind] = (kinds[step.kind] ?? 0) + 1;
  for (const [kind, amount] of Object.entries(kinds)) add(`${count(amount, PENDING[kind] ?? kind.replaceAll("_", " "))} pending`, "blue-text");
  if (sum(call.waiting)) add(`${count(sum(call.waiting), "document")} that no reader sees yet`, "amber-text");
  if (call.dead_letters) add(count(call.dead_letters, "dead letter"), "red-text");
  if (call.pinned !== null) add(`pinned to generation ${call.pinned} by a rollback`, "amber-text");
  if (call.ahead) add("the cluster is ahead of these files", "amber-text");
  const changed = drift.filter((entry) => entry.call === call.call).length;
  if (changed) add(`${count(changed, "thing")} changed by hand`, "amber-text");
  if (call.backup) add(`${number(call.backup)} kept in hidden sources`);
  const live = call.live.version ? `live version ${call.live.version}, generation ${call.live.generation}` : "not live yet";
  const behind = call.live.version !== call.released.version;
  return h(
    "li",
    { class: "item cluster" },
    h("div", { class: "cluster-row" }, h("div", { class: "what" }, h("span", { class: "message name" }, byCall.has(call.call) ? callLink(call.call) : softened(call.call)), h("span", { class: "meta" }, h("span", { class: behind ? "amber-text" : "" }, live), behind ? h("span", null, `released version ${call.released.version}, generation ${call.released.generation}`) : "", words)), h("div", { class: "amounts" }, h("strong", null, number(total)), h("span", { class: "quiet" }, documents.map(([generation, amount]) => `g${generation} ${number(amount)}`).join(" · ") || "no documents"), bar)),
  );
}
