/* The data: unpacked once each; what belongs to single calls only when one is opened. */

const unpacking = {};

function unpack(id) {
  unpacking[id] ??= (async () => {
    const letters = atob(JSON.parse(document.getElementById(id).textContent));
    const bytes = Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return JSON.parse(await new Response(stream).text());
  })();
  return unpacking[id];
}

let report;
const byCall = new Map();
const byId = new Map();

async function load() {
  report = await unpack("overview");
  report.calls.forEach((call, index) => {
    call.at = index;
    byCall.set(call.call, call);
  });
  for (const finding of report.findings) {
    byId.set(finding.id, finding);
    const reached = new Set(finding.reach.groups.flatMap(([, parts]) => parts.map(([call]) => call)));
    finding.calls = [...reached].filter((index) => index >= 0).sort((a, b) => a - b);
    finding.text = [finding.message, finding.rule, finding.owner, finding.pointer, finding.id, finding.place].join(" ").toLowerCase();
  }
  report.moves = new Map(report.migrations.map((move) => [move.call, move]));
}

/* Everywhere that a finding reaches, one after the other: there may be very many. */
function* occurrences(finding, only) {
  for (const [spots, parts] of finding.reach.groups) {
    for (const [call, part, start] of parts) {
      if (only !== undefined && only !== call) continue;
      for (const spot of spots) yield { call, part, path: start + spot };
    }
  }
}

const quiet = (finding) => finding.accepted !== null;
const levelOf = (finding) => (quiet(finding) ? "accepted" : finding.level);

/* ---- filters: one state for all pages ---- */

const NO_FILTER = { query: "", levels: "", effect: "", call: "", rule: "" };
const filter = { ...NO_FILTER };
const isFiltered = () => Object.entries(filter).some(([, value]) => value !== "");

const EFFECTS = {
  "": "Any effect",
  backward: "Breaks backward",
  forward: "Breaks forward",
  unknown: "Undecided",
  reindex: "Reindex",
  put_mapping: "Put mapping",
};

function hasEffect(effects, wanted) {
  if (!wanted) return true;
  if (wanted === "backward" || wanted === "forward") return effects[wanted] === "breaks";
  if (wanted === "unknown") return effects.backward === "unknown" || effects.forward === "unknown";
  return effects.index === wanted;
}

/* A glob on call names; one without * or ? matches anywhere. */
function globber(pattern) {
  if (!pattern) return () => true;
  const text = pattern.toLowerCase();
  if (!/[*?]/.test(text)) return (name) => name.toLowerCase().includes(text);
  const source = text.replace(/[.+^${}()|[\]\\]/g, "\\$&").replace(/\*/g, ".*").replace(/\?/g, ".");
  const matcher = new RegExp(`^${source}$`);
  return (name) => matcher.test(name.toLowerCase());
}

function filteredFindings() {
  const query = filter.query.toLowerCase();
  const inGlob = globber(filter.call);
  const named = report.calls.map((call) => query !== "" && call.call.toLowerCase().includes(query));
  const globbed = report.calls.map((call) => inGlob(call.call));
  return report.findings.filter(
    (finding) =>
      (!filter.levels || levelOf(finding) === filter.levels) &&
      (!filter.rule || finding.rule === filter.rule) &&
      hasEffect(finding.effects, filter.effect) &&
      (!query || finding.text.includes(query) || finding.calls.some((index) => named[index])) &&
      (!filter.call || finding.calls.some((index) => globbed[index])),
  );
}

function filteredCalls(everything) {
  const query = filter.query.toLowerCase();
  const inGlob = globber(filter.call);
  return report.calls.filter((call) => {
    if (!everything && call.status === "unchanged") return false;
    if (!inGlob(call.call) || !hasEffect(call, filter.effect)) return false;
    const found = call.findings.map((index) => report.findings[index]);
    if (filter.levels && !found.some((finding) => levelOf(finding) === filter.levels)) return false;
    if (filter.rule && !found.some((finding) => finding.rule === filter.rule)) return false;
    return !query || call.call.toLowerCase().includes(query) || found.some((finding) => finding.text.includes(query));
  });
}
