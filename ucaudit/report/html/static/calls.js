/* All calls. */

let everyCall = false;

function callRow(call) {
  const counts = {};
  for (const index of call.findings) {
    const level = levelOf(report.findings[index]);
    counts[level] = (counts[level] ?? 0) + 1;
  }
  const marks = Object.keys(LEVELS).filter((level) => counts[level]).map((level) => h("span", { class: "tally" }, levelMark(level), number(counts[level])));
  const state = call.status === "changed" ? "" : h("span", { class: `state ${call.status}` }, call.status);
  return h(
    "li",
    { class: "item call" },
    h(
      "a",
      { class: "row", "data-item": "", href: callHref(call.call) },
      h("span", { class: "what" }, h("span", { class: "message name" }, softened(call.call), state ? [" ", state] : ""), h("span", { class: "meta" }, call.renamed_from ? h("span", null, `was ${call.renamed_from}`) : "", versionsInShort(call), marks)),
      call.status === "unchanged" ? h("span", { class: "chips" }) : chips(call),
      caret(),
    ),
  );
}

function versionsInShort(call) {
  const move = report.moves.get(call.call);
  if (move && move.numbered && move.from && move.new_generation) {
    return h("span", null, `generation ${move.from.generation} → ${move.to.generation}`);
  }
  return call.released ? h("span", null, `version ${call.released[0]}, generation ${call.released[1]}`) : "";
}

function callsPage() {
  const place = h("div", { id: "results" });
  const unchanged = report.summary.calls - report.summary.changed;
  const draw = () => {
    const found = filteredCalls(everyCall || !report.summary.changed);
    say(count(found.length, "call"));
    if (!found.length) return place.replaceChildren(nothingFound("call", () => clearFilters(callsPage)));
    place.replaceChildren(growing(h("ul", { class: "card list", "aria-label": "Calls" }), found, callRow));
  };
  const all = h("input", { type: "checkbox", id: "all-calls", checked: everyCall });
  all.addEventListener("change", () => {
    everyCall = all.checked;
    draw();
  });
  draw();
  const both = unchanged && report.summary.changed;
  const label = both ? h("label", { class: "check" }, all, `Also the ${count(unchanged, "call")} that did not change`) : "";
  return [filterBar(draw, label), place];
}
