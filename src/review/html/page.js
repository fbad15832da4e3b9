// Draws the plan that stands as JSON in this page. Foreign text reaches the page only through text nodes (`put`), never as HTML.
"use strict";
const plan = JSON.parse(document.getElementById("plan").textContent);
const changes = plan.changes;
const find = (id) => document.getElementById(id);
const count = (number, word) => number.toLocaleString("en") + " " + word + (number === 1 ? "" : "s");

// An element with a class and children; text becomes a text node.
function put(tag, className, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}
function button(className, onPress, ...children) {
  const element = put("button", className, ...children);
  element.type = "button";
  element.addEventListener("click", onPress);
  return element;
}

// ---- what is shown -------------------------------------------------------------------------------------------------------------------
const FIRST = 100, MORE = 400, LONG_LIST = 200;
const rank = new Map(plan.actions.map((action, place) => [action.word, place]));
const byRisk = changes.map((_, number) => number).sort((one, other) => rank.get(changes[one].a) - rank.get(changes[other].a) || changes[other].z - changes[one].z || one - other);
const isRemoval = (change) => change.a === "delete" || change.a === "deactivate";
const state = { words: [], action: null, kind: null, only: null, open: false, shown: FIRST };
let matching = byRisk;
let texts = null;

// What a search looks through, made when the first search is.
function searchable() {
  texts ??= changes.map((change) => [
    change.a, change.i, change.w, change.t, change.p, change.r, change.d,
    ...change.v.flat(),
    ...(change.m ? [...change.m.leave, ...change.m.join] : []),
  ].filter(Boolean).join("\n").toLowerCase());
  return texts;
}
function filter() {
  const inside = state.words.length > 0 ? searchable() : null;
  matching = byRisk.filter((number) => {
    const change = changes[number];
    return (!state.action || change.a === state.action) && (!state.kind || change.k === state.kind)
      && (!state.only || state.only.numbers.has(number))
      && state.words.every((word) => inside[number].includes(word));
  });
  state.shown = FIRST;
  drawChips();
  drawRows();
  remember();
}
function only(label, numbers) {
  Object.assign(state, { words: [], action: null, kind: null, only: { label, numbers: new Set(numbers) } });
  find("search").value = "";
  filter();
  find("changes").scrollIntoView({ block: "start" });
  find("changes").focus({ preventScroll: true });
}

// A search can be sent as a link: #q=sales&action=delete&kind=group
function remember() {
  const words = new URLSearchParams();
  if (state.words.length) words.set("q", state.words.join(" "));
  if (state.action) words.set("action", state.action);
  if (state.kind) words.set("kind", state.kind);
  if (state.open) words.set("open", "1");
  try { history.replaceState(null, "", "#" + words); } catch { /* a viewer without history shows the page all the same */ }
}
function recall() {
  const words = new URLSearchParams(location.hash.slice(1));
  find("search").value = words.get("q") ?? "";
  readSearch();
  if (rank.has(words.get("action"))) state.action = words.get("action");
  state.open = words.get("open") === "1";
  if (["user", "group"].includes(words.get("kind"))) state.kind = words.get("kind");
}
function readSearch() {
  state.words = find("search").value.toLowerCase().split(/\s+/).filter(Boolean);
}

// ---- the head ------------------------------------------------------------------------------------------------------------------------
function drawHead() {
  const fact = (name) => plan.facts.find((one) => one[0] === name)?.[1];
  const seal = put("div", "seal", put("span", "soft", "digest"), put("code", "", plan.digest));
  const until = put("div", "seal", put("span", "soft", "made " + fact("made") + (fact("author") ? " by " + fact("author") : "") + ", expires " + fact("expires")));
  find("top").append(put("p", "kicker", "wpsync plan for " + fact("directory")), put("h1", "", plan.summary),
    ...[...plan.kinds, plan.moves].filter(Boolean).map((line) => put("p", "soft", line)), seal, until);
  if (plan.notice) notice("", plan.notice, []);
  if (plan.refusals.length) notice("refused", "Refused: this plan cannot be applied", plan.refusals);
  for (const alike of plan.held) notice("held", "Held, nothing is planned for them: " + alike.why, [...alike.who, alike.next]);
  if (plan.byHand.length) notice("held", plan.byHandTitle, plan.byHand);
  const waived = plan.guards.filter((one) => one.reason !== undefined);
  if (waived.length) notice("waived", "Exceptions to guards", waived.map((one) => one.name + ": exactly " + one.count.toLocaleString("en") + ", because " + one.reason
    + (one.cases.length ? ": " + one.cases.join("; ") : "")));
  if (plan.rights.length) notice("", "Rights that people get", plan.rights.map((right) => right.what + ": " + right.who.join(", ")));
}
function notice(className, title, texts) {
  find("top").append(put("div", "notice " + className, put("strong", "", title), put("ul", "", ...texts.map((text) => put("li", "", text)))));
}

// ---- beside the changes --------------------------------------------------------------------------------------------------------------
function panel(title, isOpen, ...children) {
  const details = put("details", "panel", put("summary", "", title), put("div", "inside", ...children));
  details.open = isOpen;
  find("about").append(details);
}
function drawAbout() {
  const wide = matchMedia("(min-width: 981px)").matches;
  if (plan.patterns.length) panel("The same for many", wide, ...plan.patterns.slice(0, 12).map(pattern), ...rest(plan.patterns.length - 12, "pattern"));
  if (changes.length) panel("What comes first", wide, order());
  const guards = plan.guards.filter((one) => one.limit !== undefined);
  if (guards.length) panel("Guards", wide, ...guards.map(guard));
  const facts = put("dl", "facts", ...plan.facts.flatMap(([name, text]) => [put("dt", "", name), put("dd", "", text)]));
  panel("What this plan rests on", false, facts);
}
const rest = (left, word) => (left > 0 ? [put("p", "soft", "and " + count(left, word) + " more")] : []);
function pattern(one) {
  const label = count(one.changes.length, one.kind) + ": " + one.path + " " + one.before + " → " + one.after;
  return button("pattern", () => only(label, one.changes), put("span", "count", count(one.changes.length, one.kind)), ": " + one.path + " ",
    put("span", "was", one.before), " → ", put("span", "now", one.after));
}
function guard(one) {
  const bar = put("span", "");
  const used = one.count + one.earlier;
  const week = one.earlier ? " and " + one.earlier.toLocaleString("en") + " in the last 7 days," : "";
  bar.style.width = Math.min(100, one.limit ? (100 * used) / one.limit : used ? 100 : 0) + "%";
  return put("div", one.holds ? "guard" : "guard broken",
    put("div", "line", put("span", "", one.name), put("span", "", one.count.toLocaleString("en") + week + " of at most " + one.limit.toLocaleString("en"))),
    put("div", "bar", bar));
}

// The order as a picture: a step is done when all steps above it are; the longer a bar, the more changes.
function order() {
  const steps = new Map();
  changes.forEach((change, number) => {
    const step = steps.get(change.s) ?? steps.set(change.s, new Map()).get(change.s);
    const name = change.a + " " + change.k;
    (step.get(name) ?? step.set(name, []).get(name)).push(number);
  });
  const most = Math.max(...[...steps.values()].flatMap((step) => [...step.values()].map((numbers) => numbers.length)));
  const sorted = [...steps].sort((one, other) => one[0] - other[0]);
  return put("ol", "", ...sorted.map(([place, step]) => {
    const item = put("li", "step", ...[...step].map(([name, numbers]) => {
      const [action, kind] = name.split(" ");
      const track = put("span", "track");
      track.style.width = 6 + (94 * Math.log1p(numbers.length)) / Math.log1p(most) + "%";
      const label = action + " " + count(numbers.length, kind);
      return button(action, () => only("Step " + (place + 1) + ": " + label, numbers), put("span", "label", label), track);
    }));
    item.dataset.number = place + 1;
    return item;
  }));
}

// ---- the changes ---------------------------------------------------------------------------------------------------------------------
function drawChips() {
  const chip = (className, isOn, onPress, ...children) => {
    const element = button("chip " + className, onPress, ...children);
    element.setAttribute("aria-pressed", isOn);
    return element;
  };
  const toggle = (name, value) => () => { state[name] = state[name] === value ? null : value; filter(); };
  const focused = [...find("chips").children].indexOf(document.activeElement);
  const tally = (test) => put("b", "", changes.filter(test).length.toLocaleString("en"));
  const actions = plan.actions.filter(({ word }) => changes.some((change) => change.a === word))
    .map(({ word, symbol }) => chip(word, state.action === word, toggle("action", word), symbol + " " + word + " ", tally((change) => change.a === word)));
  const kinds = ["user", "group"].filter((kind) => changes.some((change) => change.k === kind))
    .map((kind) => chip("", state.kind === kind, toggle("kind", kind), kind + "s ", tally((change) => change.k === kind)));
  const pinned = state.only ? [button("chip only", () => { state.only = null; filter(); }, state.only.label + "  ✕")] : [];
  find("chips").replaceChildren(...actions, ...kinds, ...pinned);
  find("chips").children[focused]?.focus();
}
function drawRows() {
  find("rows").replaceChildren(...matching.slice(0, state.shown).map(row));
  if (!matching.length) find("rows").append(put("li", "empty", changes.length ? "No change matches." : "There is nothing to change."));
  drawCounts();
}
function drawCounts() {
  const left = matching.length - state.shown;
  find("open").setAttribute("aria-pressed", state.open);
  find("open").textContent = state.open ? "Close all" : "Open all";
  find("more").hidden = left <= 0;
  find("more").textContent = "Show " + Math.min(left, MORE).toLocaleString("en") + " more of " + Math.max(left, 0).toLocaleString("en");
  const all = count(changes.length, "change");
  find("found").textContent = matching.length === changes.length ? all : matching.length.toLocaleString("en") + " of " + all;
}
function brief(change) {
  const parts = [];
  if (change.m) {
    const { leave, join, before, after } = change.m;
    parts.push([leave.length ? "− " + count(leave.length, "member") : null, join.length ? "+ " + count(join.length, "member") : null].filter(Boolean).join(", ")
      + (before === null ? "" : " (" + before.toLocaleString("en") + " → " + after.toLocaleString("en") + ")"));
  }
  if (change.a === "create" || change.a === "delete") parts.push(...change.v.slice(0, 4).map(([path, before, after]) => path + " " + (after ?? before)));
  else parts.push(...change.v.slice(0, 4).filter(([, before, after]) => before !== after).map(([path, before, after]) => path + " " + (before ?? "(nothing)") + " → " + (after ?? "(nothing)")));
  return parts.join("; ").slice(0, 400);
}
function row(number) {
  const change = changes[number];
  const symbol = plan.actions[rank.get(change.a)].symbol;
  const name = put("span", "name", put("span", "kind", change.k + " "), change.n, change.w ? put("span", "kind", " (was " + change.w + ")") : null,
    change.t ? put("span", "kind", " (" + change.t + " in the directory)") : null);
  const details = put("details", "", put("summary", "", put("span", "badge " + change.a, symbol + " " + change.a), name,
    put("span", "place", change.p), put("span", "brief", brief(change))));
  details.addEventListener("toggle", () => { if (details.open && !details.querySelector(".inner")) details.append(inner(change)); });
  if (state.open) {
    details.append(inner(change));
    details.open = true;
  }
  const item = put("li", "row", details);
  if (isRemoval(change)) item.dataset.removal = "";
  return item;
}
function inner(change) {
  const why = put("div", "why", put("span", "", "Why: " + change.r), change.p === change.r ? null : put("span", "", "Where: " + change.p),
    change.d ? put("span", "", "Id in the directory: " + change.d) : null, put("span", "", "Step " + (change.s + 1)));
  if (change.f) {
    why.append(put("span", "", "Waits for: ", ...change.f.slice(0, 20).flatMap((need, place) => [place ? ", " : "",
      button("link", () => only("What " + change.i + " waits for", change.f), changes[need].i)]), ...rest(change.f.length - 20, "change")));
  }
  return put("div", "inner", change.m ? sides(change) : null, change.v.length ? values(change) : null, why);
}
function values(change) {
  const cell = (className, text, isSame) => put("td", className + (text === null ? " none" : "") + (isSame ? " same" : ""), put("span", "code", text ?? "(nothing)"));
  const rows = change.v.map(([path, before, after]) => put("tr", "", put("th", "", path), cell("was", before, before === after), cell("now", after, before === after)));
  rows.forEach((line) => line.firstChild.setAttribute("scope", "row"));
  return put("table", "", put("thead", "", put("tr", "", put("th", "", "attribute"), put("th", "", "before"), put("th", "", "after"))), put("tbody", "", ...rows));
}
function sides(change) {
  const { before, after, leave, join } = change.m;
  const list = (className, names) => {
    const items = names.slice(0, LONG_LIST).map((one) => put("li", className, one));
    if (names.length > LONG_LIST) {
      const more = put("li", "stay", button("link", () => more.replaceWith(...names.slice(LONG_LIST).map((one) => put("li", className, one))), "show " + (names.length - LONG_LIST).toLocaleString("en") + " more"));
      items.push(more);
    }
    return items;
  };
  const stay = before === null ? 0 : before - leave.length;
  const size = (number) => (number === null ? "not known" : count(number, "member"));
  const staying = () => (stay > 0 ? [put("li", "stay", count(stay, "member") + (stay === 1 ? " stays" : " stay"))] : []);
  const side = (title, ...items) => put("div", "side", put("h3", "", title), put("ul", "", ...items));
  return put("div", "sides",
    side(change.a === "create" ? "Before: there is no such group" : "Before: " + size(before), ...list("out", leave), ...staying()),
    side(change.a === "delete" ? "After: there is no such group" : "After: " + size(after), ...list("in", join), ...(change.a === "delete" ? [] : staying())));
}

// ---- start ---------------------------------------------------------------------------------------------------------------------------
find("search").addEventListener("input", () => { readSearch(); filter(); });
find("filters").addEventListener("submit", (event) => event.preventDefault());
find("more").addEventListener("click", () => {
  const next = matching.slice(state.shown, state.shown + MORE).map(row);
  find("rows").append(...next);
  state.shown += MORE;
  drawCounts();
  next[0]?.querySelector("summary").focus();
});
find("open").addEventListener("click", () => { state.open = !state.open; drawRows(); remember(); });
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && document.activeElement !== find("search")) { event.preventDefault(); find("search").focus(); }
});
drawHead();
drawAbout();
recall();
filter();
// How long it took, for whoever measures.
document.documentElement.dataset.ready = Math.round(performance.now());
document.documentElement.dataset.found = matching.length;
