/* One call: its findings, schema trees, mapping, migration and history. */

const PART_WORDS = { request: "Request", response: "Response", audit: "Audit type" };

async function callPage(name) {
  const call = byCall.get(name);
  if (!call) return [h("div", { class: "empty" }, h("h1", null, "No such call"), h("p", null, name), h("a", { class: "button", href: "#calls" }, "All calls"))];
  const { rows, calls } = await unpack("details");
  const details = calls[name] ?? {};
  const pieces = [h("nav", { class: "crumbs", "aria-label": "Where you are" }, h("a", { href: "#calls" }, "Calls"), h("span", { "aria-hidden": "true" }, "/")), callHead(call, details)];
  if (call.findings.length) pieces.push(section("What changed", h("ul", { class: "card list" }, call.findings.map((index) => findingRow(report.findings[index], { inCall: call.at })))));
  if (call.status === "unchanged") pieces.push(h("p", { class: "empty small" }, "This call is the same on both sides."));
  const parts = Object.entries(details.parts ?? {});
  if (parts.length) pieces.push(schemaSection(call, parts, rows));
  const move = report.moves.get(name);
  if (move) pieces.push(section("Migration", timeline([move], move)));
  if (details.mapping?.length) pieces.push(mappingSection(details.mapping));
  if (details.history?.length) pieces.push(historySection(details.history));
  return pieces;
}

function section(title, ...content) {
  return h("section", { class: "part" }, h("h2", null, title), content);
}

function callHead(call, details) {
  const facts = [];
  if (call.renamed_from) facts.push(`was ${call.renamed_from}`);
  if (call.released) facts.push(`released as version ${call.released[0]}, generation ${call.released[1]}`);
  const options = (details.options ?? []).filter(Boolean).at(-1);
  if (options) facts.push(`kept ${count(options.retention_days, "day")}`, options.record_response ? "response recorded" : "response not recorded");
  const state = call.status === "changed" ? "" : h("span", { class: `state ${call.status}` }, call.status);
  return h("div", { class: "call-head" }, h("h1", null, softened(call.call), " ", state), h("p", { class: "quiet" }, facts.join(" · ")), call.status === "unchanged" ? "" : chips(call));
}

/* ---- schema trees ---- */

function schemaSection(call, parts, rows) {
  const place = h("div");
  const marks = new Map();
  for (const index of call.findings) {
    const finding = report.findings[index];
    for (const { part, path } of occurrences(finding, call.at)) {
      // What a list or a map holds is shown on the line of the field that holds it.
      const key = `${part} ${path.replace(/(\[\*\]|\{\*\})+$/, "")}`;
      if (!marks.has(key)) marks.set(key, []);
      if (!marks.get(key).includes(finding)) marks.get(key).push(finding);
    }
  }
  const draw = (part, root) => place.replaceChildren(treeTable(part, root, rows, marks));
  const changed = parts.find(([, root]) => rows[root].d) ?? parts[0];
  draw(...changed);
  if (parts.length === 1) return section(`Schema: ${PART_WORDS[parts[0][0]].toLowerCase()}`, place);
  const group = h("div", { class: "segments", role: "group", "aria-label": "Part of the call" });
  for (const [part, root] of parts) {
    const button = h("button", { type: "button", "aria-pressed": String(part === changed[0]) }, PART_WORDS[part], rows[root].d ? h("span", { class: "level changed", title: "changed" }, hidden(" changed")) : "");
    button.addEventListener("click", () => {
      for (const other of group.children) other.setAttribute("aria-pressed", String(other === button));
      draw(part, root);
    });
    group.append(button);
  }
  return section("Schema", group, place);
}

function treeTable(part, root, rows, marks) {
  const tree = h("ul", { class: "tree", "aria-label": `Schema of the ${part}, before and after` });
  tree.append(treeRow({ part, rows, marks }, ["", root, ""], "$", new Set(), 0));
  return h("div", { class: "card tree-card" }, h("div", { class: "tree-head", "aria-hidden": "true" }, h("span", null, "Field"), h("span", null, "Before"), h("span", null, "After")), tree);
}

const MOST_SAME = 4;

function treeRow(context, [text, id, required, was], start, above, depth) {
  const row = context.rows[id];
  const path = start + text;
  const children = row.c ?? [];
  const kind = row.b !== undefined ? "same" : row.o === undefined ? "added" : row.n === undefined ? "removed" : "changed";
  const found = context.marks.get(`${context.part} ${path}`) ?? [];
  const moved = required === "o" || required === "n" || was !== undefined;
  const state = kind === "same" && (moved || found.length) && row.b !== undefined ? "changed" : kind;
  const name = h("span", { class: "tree-name" }, treeName(text, was));
  const types = [treeType("before", row.b ?? row.o, required === "o" || required === "b"), treeType("after", row.b ?? row.n, required === "n" || required === "b")];
  if (kind === "same" && !moved) types[1].classList.add("again");
  const links = found.map((finding) => h("a", { class: "tree-mark", href: `#f-${finding.id}`, title: finding.message }, levelMark(levelOf(finding)), finding.rule));
  const below = h("ul", { hidden: true });
  const item = h("li", { class: `tree-item ${state}` });
  item.style.setProperty("--depth", depth);
  const line = h(children.length ? "button" : "div", { class: "tree-line", type: children.length ? "button" : undefined, "data-item": children.length ? "" : undefined, "aria-expanded": children.length ? "false" : undefined }, h("span", { class: "tree-field" }, children.length ? caret() : h("span", { class: "leaf" }), name, state === "same" ? "" : hidden(` ${state} `)), types);
  item.append(line);
  if (links.length) item.append(h("div", { class: "tree-marks" }, links));
  if (!children.length) return item;
  item.append(below);
  const toggle = (wanted) => {
    line.setAttribute("aria-expanded", String(wanted));
    below.hidden = !wanted;
    if (wanted && !below.firstChild) fillTree(context, below, children, path, new Set([...above, id]), depth + 1);
  };
  line.addEventListener("click", () => toggle(below.hidden));
  // Opened as far as something differs; a type that contains itself is not opened again.
  if (row.d && kind !== "added" && kind !== "removed" && !above.has(id)) toggle(true);
  else if (depth === 0) toggle(true);
  return item;
}

function fillTree(context, list, children, path, above, depth) {
  const differs = ([text, id, required, was]) => context.rows[id].d || required === "o" || required === "n" || was !== undefined || context.marks.has(`${context.part} ${path}${text}`);
  const same = children.filter((child) => !differs(child));
  const folded = same.length > MOST_SAME && same.length < children.length;
  for (const child of children) {
    if (!folded || differs(child)) list.append(treeRow(context, child, path, above, depth));
  }
  if (!folded) return;
  const button = h("button", { type: "button", class: "tree-line rest", "data-item": "" }, `${count(same.length, "field")} that did not change`);
  const item = h("li", { class: "tree-item" }, button);
  item.style.setProperty("--depth", depth);
  button.addEventListener("click", () => {
    list.replaceChildren(...children.map((child) => treeRow(context, child, path, above, depth)));
    list.querySelector("button, [data-item]")?.focus();
  });
  list.append(item);
}

function treeName(text, was) {
  if (!text) return "$";
  const [, holder, name] = /^((?:\[\w*\*?\]|\{\*\})*)(.*)$/.exec(text);
  const bare = name.replace(/^\./, "");
  return [holder ? h("span", { class: "quiet", title: "inside the list or map" }, holder) : "", was ? h("s", { class: "quiet" }, was.replace(/^.*\./, "")) : "", was ? " " : "", softened(bare)];
}

function treeType(side, text, required) {
  const word = hidden(`${side}: `);
  if (text === undefined) return h("span", { class: `tree-type ${side}` }, word, h("span", { class: "absent" }, "–"));
  return h("span", { class: `tree-type ${side}` }, word, h("span", { class: "type-text" }, text), required ? h("span", { class: "must", title: "must be there" }, "required") : "");
}

/* ---- mapping ---- */

const KIND_WORDS = { add: "new", update: "updated", refused: "cannot become in place", gone: "no longer there" };
const KIND_CLASS = { add: "added", update: "changed", refused: "changed", gone: "removed" };

function mappingSection(mapping) {
  const changed = mapping.filter((row) => row.length > 2);
  const body = h("div");
  const make = ([path, old, now, kind, reason]) => {
    const same = kind === undefined;
    const after = same ? h("span", { class: "tree-type after again" }, hidden("after: "), old) : mapType("after", now);
    return h("li", { class: `map-row ${same ? "same" : KIND_CLASS[kind]}` }, h("code", { class: "map-path" }, softened(path)), mapType("before", old), after, same ? "" : h("span", { class: reason && kind !== "add" ? "map-why" : "hidden-text" }, reason || KIND_WORDS[kind]));
  };
  const draw = (all) => body.replaceChildren(growing(h("ul", { class: "map-rows" }), all ? mapping : changed, make, 200));
  draw(false);
  const count_ = mapping.length - changed.length;
  const all = h("input", { type: "checkbox" });
  all.addEventListener("change", () => draw(all.checked));
  const toggle = count_ ? h("label", { class: "check" }, all, `Also the ${count(count_, "field")} that stay${count_ === 1 ? "s" : ""} as ${count_ === 1 ? "it is" : "they are"}`) : "";
  const empty = changed.length ? "" : h("p", { class: "note" }, "The mapping of the audit index stays as it is.");
  return section("Mapping of the audit index", empty, h("div", { class: "card map-card" }, h("div", { class: "tree-head", "aria-hidden": "true" }, h("span", null, "Field"), h("span", null, "Before"), h("span", null, "After")), body), toggle);
}

function mapType(side, text) {
  const word = hidden(`${side}: `);
  return h("span", { class: `tree-type ${side}` }, word, text === null ? h("span", { class: "absent" }, "–") : text);
}

/* ---- history ---- */

const INDEX_WORDS = { none: "index stays as it is", put_mapping: "put mapping", reindex: "new generation" };

function historySection(versions) {
  const groups = [];
  for (const version of versions) {
    if (groups.at(-1)?.generation !== version.generation) groups.push({ generation: version.generation, versions: [] });
    groups.at(-1).versions.push(version);
  }
  const body = groups.reverse().map((group) => h("li", { class: "generation" }, h("h3", null, `Generation ${group.generation}`), h("ol", { class: "line" }, group.versions.reverse().map(versionRow))));
  return section("History", h("ol", { class: "card history" }, body));
}

function versionRow(version) {
  const words = [];
  if (version.index === null) words.push("first version");
  else words.push(INDEX_WORDS[version.index]);
  if (version.asked) words.push("a generation of its own was asked for");
  if (version.retention_days) words.push(`kept ${count(version.retention_days, "day")}`);
  const kept = version.changes.slice(0, 6).map(([path, kind, reason]) => h("li", { class: KIND_CLASS[kind] }, h("code", null, softened(path)), " ", h("span", { class: "quiet" }, reason || KIND_WORDS[kind])));
  const more = version.changes.length - kept.length;
  return h(
    "li",
    { class: `dot ${version.open ? "open" : ""} ${version.index ?? ""}` },
    h("div", { class: "dot-head" }, h("strong", null, `Version ${version.version}`), version.label ? h("span", { class: "label" }, version.label) : "", version.open ? h("span", { class: "state added" }, "to be released") : "", version.digest ? h("code", { class: "quiet digest" }, version.digest) : ""),
    h("p", { class: "quiet" }, words.join(" · ")),
    kept.length ? h("ul", { class: "changes" }, kept, more > 0 ? h("li", { class: "quiet" }, `and ${count(more, "more field")}`) : "") : "",
    version.steps.length ? h("ul", { class: "steps" }, version.steps.map((step) => h("li", null, h("code", null, softened(step))))) : "",
  );
}
