/* What changed, by cause. */

const LEVELS = { error: "Errors", warning: "Warnings", info: "Infos", accepted: "Accepted" };

function levelMark(level) {
  return h("span", { class: `level ${level}`, title: level }, hidden(`${level}: `));
}

function callHref(name) {
  return `#call-${encodeURIComponent(name)}`;
}

const callLink = (name) => h("a", { href: callHref(name) }, softened(name));

const firstPath = (finding) => occurrences(finding).next().value?.path ?? "";

function whereInShort(finding) {
  const names = finding.calls.map((index) => report.calls[index].call);
  if (!names.length) return "";
  return names.length === 1 ? names[0] : `${names[0]} and ${count(names.length - 1, "more call")}`;
}

function findingRow(finding, { open = false, inCall } = {}) {
  const id = `f-${finding.id}${inCall === undefined ? "" : "-here"}`;
  const more = h("div", { class: "more", id: `${id}-more`, hidden: true });
  const button = h(
    "button",
    { type: "button", class: "row finding-row", "data-item": "", "aria-expanded": "false", "aria-controls": more.id },
    levelMark(levelOf(finding)),
    h(
      "span",
      { class: "what" },
      h("span", { class: "message" }, prose(finding.message, firstPath(finding))),
      h("span", { class: "meta" }, h("code", null, finding.rule), inCall === undefined ? h("span", null, softened(whereInShort(finding))) : ""),
    ),
    chips(finding.effects),
    caret(),
  );
  const item = h("li", { class: `item finding ${levelOf(finding)}`, id }, button, more);
  const toggle = (wanted) => {
    button.setAttribute("aria-expanded", String(wanted));
    more.hidden = !wanted;
    item.classList.toggle("open", wanted);
    if (wanted && !more.firstChild) more.append(...findingDetails(finding, inCall));
  };
  button.addEventListener("click", () => {
    const wanted = more.hidden;
    toggle(wanted);
    if (inCall === undefined) history.replaceState(null, "", wanted ? `#f-${finding.id}` : "#");
  });
  item.toggle = toggle;
  if (open) toggle(true);
  return item;
}

function findingDetails(finding, inCall) {
  const rule = report.rules[finding.rule];
  const pieces = [];
  if (finding.accepted) {
    const until = finding.accepted.until ? ` until ${finding.accepted.until}` : "";
    pieces.push(h("p", { class: "note" }, `Accepted${until}: ${finding.accepted.reason}`));
  }
  if (finding.expired) pieces.push(h("p", { class: "note amber" }, `Accepted until ${finding.expired.until}, which is over: ${finding.expired.reason}`));
  if (rule) {
    pieces.push(
      h("div", { class: "advice" }, h("div", null, h("div", { class: "heading" }, "What it means"), h("p", null, rule.explanation)), h("div", null, h("div", { class: "heading" }, "Safe way"), h("p", null, rule.safe_way))),
    );
  }
  if (finding.old !== null || finding.new !== null) pieces.push(beside(finding.old, finding.new));
  pieces.push(...Object.entries(finding.witnesses).map(([direction, witness]) => proof(direction, witness)));
  if (inCall === undefined) pieces.push(reach(finding));
  pieces.push(facts(finding));
  return pieces;
}

/* On one line where it is short. */
function json(value) {
  const line = JSON.stringify(value, null, 1).replace(/\n\s*/g, " ");
  return line.length <= 64 ? line : JSON.stringify(value, null, 2);
}

function codeBlock(text, label) {
  return h("pre", { class: "code", tabindex: "0", "aria-label": label }, h("code", null, text));
}

function beside(old, now) {
  const side = (title, value) => h("div", null, h("div", { class: "heading" }, title), value === null ? h("p", { class: "absent" }, "not there") : codeBlock(json(value), title));
  return h("div", { class: "beside" }, side("Before", old), side("After", now));
}

function proof(direction, witness) {
  const sides = { old: "the old side", new: "the new side" };
  const taker = sides[witness.accepted_by] ?? witness.accepted_by;
  const refuser = sides[witness.rejected_by] ?? (witness.rejected_by.startsWith("the ") ? witness.rejected_by : `the ${witness.rejected_by}`);
  return h(
    "details",
    { class: "fold" },
    h("summary", null, caret(), h("span", null, h("strong", null, "Proof"), `, ${direction}: a document that ${taker} may send and ${refuser} does not take`)),
    h("p", { class: "refusal" }, witness.error),
    codeBlock(json(witness.document), `Document that proves the ${direction} effect`),
  );
}

const FEW = 8;

function reach(finding) {
  const total = finding.reach.count;
  const list = h("ul", { class: "places" });
  const iterator = occurrences(finding);
  const add = (amount) => {
    for (let made = 0; made < amount; made += 1) {
      const { value, done } = iterator.next();
      if (done) return;
      const call = report.calls[value.call];
      list.append(h("li", null, call ? callLink(call.call) : "", h("span", { class: "quiet" }, ` ${value.part} `), value.path === "$" ? "" : h("code", null, softened(value.path))));
    }
  };
  add(FEW);
  const rest = h("button", { type: "button", class: "link" }, `Show ${number(Math.min(total - FEW, 500))} more`);
  rest.addEventListener("click", () => {
    add(500);
    if (list.children.length >= total) rest.remove();
    else rest.textContent = `Show ${number(Math.min(total - list.children.length, 500))} more`;
  });
  return h("div", null, h("div", { class: "heading" }, total === 1 ? "Where" : `${count(total, "place")} in ${count(finding.calls.length, "call")}`), list, total > FEW ? rest : "");
}

function facts(finding) {
  const row = (name, ...value) => h("div", null, h("dt", null, name), h("dd", null, value));
  const rows = [row("Schema of", h("code", null, softened(finding.owner_name + finding.pointer)))];
  if (finding.place) rows.push(row("Stands in", h("code", null, softened(finding.place))));
  for (const key of ["renamed_from", "renamed_to"]) {
    const proposal = finding[key];
    if (proposal) rows.push(row(key === "renamed_from" ? "Perhaps once" : "Perhaps now", h("code", null, proposal.name), ` (${proposal.reason})`));
  }
  if (finding.versions) rows.push(row("Shown by", `released ${finding.versions.length === 1 ? "version" : "versions"} ${finding.versions.join(", ")}`));
  rows.push(row("Finding", h("a", { href: `#f-${finding.id}` }, h("code", null, finding.id))));
  return h("dl", { class: "facts" }, rows);
}

/* ---- the bar of filters ---- */

function filterBar(refresh, lead = levelSwitch(refresh)) {
  const search = h("input", { type: "search", id: "search", placeholder: "Search fields, rules, calls", "aria-label": "Search", value: filter.query, autocomplete: "off", spellcheck: "false" });
  const glob = h("input", { type: "text", id: "glob", placeholder: "Call, such as files.*", "aria-label": "Call", value: filter.call, autocomplete: "off", spellcheck: "false" });
  let frame;
  const typed = (name, input) => () => {
    filter[name] = input.value.trim();
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(refresh);
  };
  search.addEventListener("input", typed("query", search));
  glob.addEventListener("input", typed("call", glob));
  const choose = (name, label, options) => {
    const select = h("select", { id: `choose-${name}`, "aria-label": label }, options.map(([value, text]) => h("option", { value, selected: filter[name] === value }, text)));
    select.addEventListener("change", () => {
      filter[name] = select.value;
      refresh();
    });
    return h("span", { class: "select" }, select);
  };
  const rules = [...new Set(report.findings.map((finding) => finding.rule))].sort();
  return h(
    "div",
    { class: "filters", role: "search" },
    lead,
    h("div", { class: "fields" }, h("span", { class: "search" }, search, h("kbd", { "aria-hidden": "true" }, "/")), glob, choose("effect", "Effect", Object.entries(EFFECTS)), choose("rule", "Rule", [["", "Any rule"], ...rules.map((rule) => [rule, rule])])),
  );
}

function levelSwitch(refresh) {
  const counts = {};
  for (const finding of report.findings) counts[levelOf(finding)] = (counts[levelOf(finding)] ?? 0) + 1;
  const options = [["", "All", report.findings.length], ...Object.entries(LEVELS).map(([level, word]) => [level, word, counts[level] ?? 0])];
  const group = h("div", { class: "segments", role: "group", "aria-label": "Level" });
  for (const [level, word, amount] of options) {
    if (!amount && level) continue;
    const button = h("button", { type: "button", "data-level": level, "aria-pressed": String(filter.levels === level) }, level ? h("span", { class: `level ${level}` }) : "", word, h("span", { class: "amount" }, number(amount)));
    button.addEventListener("click", () => {
      filter.levels = filter.levels === level ? "" : level;
      for (const other of group.children) other.setAttribute("aria-pressed", String(other.dataset.level === filter.levels));
      refresh();
    });
    group.append(button);
  }
  return group;
}

function nothingFound(what, reset) {
  return h("div", { class: "empty" }, h("p", null, `No ${what} matches.`), h("button", { type: "button", class: "button", id: "reset", onclick: reset }, "Clear the filters"));
}

function findingsPage(openId) {
  if (!report.findings.length && !report.remarks.length) return [nothingChanged()];
  const wanted = openId && byId.get(openId);
  if (openId && !wanted) say("There is no such finding in this report.");
  if (wanted) Object.assign(filter, filteredFindings().includes(wanted) ? {} : NO_FILTER);
  const place = h("div", { id: "results" });
  const refresh = () => {
    const found = filteredFindings();
    say(count(found.length, "finding"));
    if (!found.length) return place.replaceChildren(nothingFound("finding", () => clearFilters(findingsPage)));
    const list = h("ul", { class: "card list", "aria-label": "Findings" });
    growing(list, found, (finding) => findingRow(finding));
    place.replaceChildren(list);
  };
  const bar = report.findings.length ? filterBar(refresh) : "";
  if (report.findings.length) refresh();
  const pieces = [remarksCard(), bar, place];
  if (wanted) {
    const list = place.querySelector("ul");
    while (!list.querySelector(`#f-${wanted.id}`) && list.showMore());
    const row = list.querySelector(`#f-${wanted.id}`);
    row.toggle(true);
    queueMicrotask(() => reveal(row));
  }
  return pieces;
}

function reveal(row) {
  row.querySelector("button").focus({ preventScroll: true });
  row.scrollIntoView({ block: "start" });
}

function clearFilters(page) {
  Object.assign(filter, NO_FILTER);
  show(page());
  document.getElementById("search")?.focus();
}

const FEW_REMARKS = 5;

function remarksCard() {
  if (!report.remarks.length) return "";
  const rows = report.remarks.map((remark) =>
    h(
      "li",
      { class: "item remark" },
      levelMark(remark.level),
      h("div", { class: "what" }, h("span", { class: "message" }, remark.call ? [callLink(remark.call), ": "] : "", remark.message), h("span", { class: "meta" }, h("code", null, remark.rule), remark.file ? h("span", null, softened(`${remark.file}:${remark.line}`)) : ""), remark.fix ? h("span", { class: "fix" }, commands(remark.fix)) : ""),
    ),
  );
  const list = h("ul", { class: "card list" }, rows.slice(0, FEW_REMARKS));
  const rest = rows.length - FEW_REMARKS;
  if (rest <= 0) return h("section", { class: "remarks" }, h("h2", null, "To mend first"), list);
  const more = h("button", { type: "button", class: "link" }, `Show ${number(rest)} more`);
  more.addEventListener("click", () => {
    list.append(...rows.slice(FEW_REMARKS));
    more.remove();
  });
  return h("section", { class: "remarks" }, h("h2", null, `To mend first: ${number(rows.length)}`), list, h("p", null, more));
}

function nothingChanged() {
  const calls = count(report.summary.calls, "call");
  return h(
    "div",
    { class: "empty big" },
    h("div", { class: "tick", "aria-hidden": "true" }, "✓"),
    h("h2", null, "Both sides say the same"),
    h("p", null, `${calls} compared. No caller breaks, and no audit index needs anything.`),
    report.calls.length ? h("a", { class: "button", href: "#calls" }, "Look at the calls") : "",
  );
}
