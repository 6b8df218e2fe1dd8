"use strict";
// The page shows one state: a direction, a step, and a chosen node. Everything that is drawn follows from it.
const data = JSON.parse(document.getElementById("data").textContent);
const find = (id) => document.getElementById(id);
const nodes = new Map(data.nodes.map((node) => [node.id, node]));
const drawn = new Map([...document.querySelectorAll("#graph [data-node]")].map((g) => [Number(g.dataset.node), g]));
const edges = new Map();
for (const path of document.querySelectorAll("#graph [data-edge]")) {
  edges.set(path.dataset.edge, [...(edges.get(path.dataset.edge) ?? []), path]);
}
const forward = data.nodes.map((node) => node.id).sort((a, b) => a - b);
const state = { direction: "backward", step: 0, chosen: data.steps.length ? data.steps[0].number : forward[0], zoom: 1 };

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function table(heads, rows) {
  const head = element("tr", {}, ...heads.map((text) => element("th", { scope: "col" }, text)));
  const body = rows.map((row) => element("tr", {}, ...row.map((cell) => element("td", {}, cell))));
  return element("table", {}, element("thead", {}, head), element("tbody", {}, ...body));
}

const figure = (value) => (value === null ? "–" : typeof value === "number" ? Number(value.toPrecision(4)).toString() : value);
const bytes = (count) => (count < 1024 ? `${count} B` : count < 2 ** 20 ? `${(count / 1024).toFixed(1)} KiB` : `${(count / 2 ** 20).toFixed(1)} MiB`);
const shape = (lengths) => `(${lengths.join(", ")}${lengths.length === 1 ? "," : ""})`;
const last = () => (state.direction === "backward" ? data.steps.length : forward.length);

// -------------------------------------------------------------------------------------------------- heat maps

function colour(value, scale) {
  if (value === null) return "#888";
  const share = scale ? Math.max(-1, Math.min(1, value / scale)) : 0;
  const pale = Math.round(255 * (1 - Math.abs(share) * 0.8));
  return share < 0 ? `rgb(${pale},${Math.round(pale * 0.6 + 102)},255)` : `rgb(255,${Math.round(pale * 0.6 + 90)},${pale})`;
}

function heatMap(name, array) {
  const box = element("div", {}, element("h3", {}, name));
  if (!array) {
    box.append(element("p", { class: "soft" }, "Not kept. Record with values=\"all\" to see it."));
    return box;
  }
  const rows = array.values.length, columns = rows ? array.values[0].length : 0;
  const range = rows ? `from ${figure(array.min)} to ${figure(array.max)}, norm ${figure(array.norm)}` : "empty";
  box.append(element("p", { class: "soft" }, `${shape(array.shape)}, ${range}${array.note ? "; " + array.note : ""}`));
  if (!rows || !columns) return box;
  if (rows * columns === 1) {
    box.append(element("p", { class: "number" }, figure(array.values[0][0])));
    return box;
  }
  const canvas = element("canvas", { class: "heat", width: columns, height: rows, role: "img", "aria-label": `${name} as a heat map, ${range}` });
  const cell = Math.max(4, Math.min(30, 340 / columns, 230 / rows));
  canvas.style.width = `${cell * columns}px`;
  canvas.style.height = `${cell * rows}px`;
  canvas.style.imageRendering = "pixelated";
  const context = canvas.getContext("2d");
  const scale = Math.max(Math.abs(array.min), Math.abs(array.max));
  array.values.forEach((row, i) => row.forEach((value, j) => {
    context.fillStyle = colour(value, scale);
    context.fillRect(j, i, 1, 1);
  }));
  const twin = element("details", {}, element("summary", {}, "as a table"));
  twin.addEventListener("toggle", () => {
    if (twin.open && twin.children.length === 1) {
      const lines = array.values.map((row) => element("tr", {}, ...row.map((value) => element("td", { class: "figure" }, figure(value)))));
      twin.append(element("table", {}, element("tbody", {}, ...lines)));
    }
  });
  box.append(canvas, element("p", { class: "soft legend" }, "blue is negative, orange positive, white 0"), twin);
  return box;
}

// ------------------------------------------------------------------------------------------------------- panes

function showNode() {
  const node = nodes.get(state.chosen);
  const pane = find("pane-node");
  if (!node) return;
  const about = element("div", {}, element("h3", {}, `${node.title} ${shape(node.shape)}`));
  if (node.place) about.append(element("p", {}, node.place));
  if (node.formula) about.append(element("h3", {}, "derivative"), element("pre", {}, node.formula));
  for (const source of node.sources) {
    about.append(element("details", {}, element("summary", {}, `${source.name ? "d" + source.name : "its rule"}, ${source.place}`), element("pre", {}, source.text)));
  }
  const keeps = element("div", {}, element("h3", {}, "keeps"));
  keeps.append(node.keeps.length ? element("p", {}, node.keeps.join(", ")) : element("p", { class: "soft" }, "nothing of its own"));
  if (node.inside.length) {
    const rows = node.inside.map((each) => [`${each.name} ${each.shape}`, each.formula, figure(each.g)]);
    keeps.append(element("details", { class: "unfold" }, element("summary", {}, "unfold into its reference"), table(["operation", "derivative", "|g|"], rows)));
  }
  pane.replaceChildren(element("div", { class: "columns" }, about, heatMap("value", node.value), heatMap("gradient", node.gradient), keeps));
}

function arrivedUntil(step) {
  const arrived = new Map();
  for (const each of data.steps.slice(0, step)) for (const [id, norm] of Object.entries(each.arrived)) arrived.set(Number(id), norm);
  return arrived;
}

function showGradients() {
  const arrived = arrivedUntil(state.direction === "backward" ? state.step : 0);
  const rows = data.nodes.filter((node) => node.kind !== "operation").map((node) => {
    const has = arrived.has(node.id);
    return [node.label, shape(node.shape), has ? figure(arrived.get(node.id)) : "not yet"];
  });
  const made = table(["leaf", "shape", "|grad|"], rows);
  made.id = "gradients";
  find("pane-gradients").replaceChildren(made);
}

function showMemory() {
  const rows = data.nodes.filter((node) => node.bytes).map((node) => [node.title, node.keeps.join(", "), bytes(node.bytes)]);
  rows.push(["all", "inputs and parameters not counted", bytes(data.kept)]);
  find("pane-memory").replaceChildren(table(["operation", "keeps", "size"], rows));
}

// ----------------------------------------------------------------------------------------------------- the state

function show() {
  const backward = state.direction === "backward";
  const step = backward ? data.steps[state.step - 1] : null;
  const now = step ? step.number : !backward && state.step ? forward[state.step - 1] : null;
  const pending = new Set(step ? step.pending : backward && data.steps.length ? data.roots : []);
  const done = new Set(backward ? data.steps.slice(0, state.step).map((each) => each.number) : forward.slice(0, state.step));
  for (const [id, g] of drawn) {
    g.classList.toggle("now", id === now);
    g.classList.toggle("pending", backward && pending.has(id) && id !== now);
    g.classList.toggle("later", !backward && !done.has(id));
    g.classList.toggle("chosen", id === state.chosen);
  }
  for (const [name, paths] of edges) {
    const [source, target] = name.split("-").map(Number);
    const flows = now !== null && target === now && (!step || step.targets.includes(source));
    for (const path of paths) {
      path.classList.toggle("flow", flows);
      path.classList.toggle("back", flows && backward);
    }
  }
  const kept = backward ? (step ? step.kept : data.kept) : data.nodes.filter((node) => done.has(node.id)).reduce((sum, node) => sum + node.bytes, 0);
  find("kept-text").textContent = `the graph keeps ${bytes(kept)} of ${bytes(data.kept)}`;
  find("kept-bar").firstElementChild.style.width = data.kept ? `${(100 * kept) / data.kept}%` : "0";
  const marks = [...pending].map((id) => `#${id}`).join(", ");
  const said = now === null ? "" : `: ${nodes.get(now).title}${step && nodes.get(now).formula ? ", " + nodes.get(now).formula : ""}`;
  find("status").textContent = `${state.direction}, step ${state.step} of ${last()}${said}${backward ? `; pending {${marks}}` : ""}`;
  const slider = find("slider");
  slider.max = last();
  slider.value = state.step;
  find("chooser").value = state.chosen;
  const line = nodes.get(state.chosen)?.line ?? "";
  for (const item of document.querySelectorAll("#code li")) item.classList.toggle("now", item.dataset.line === line && line !== "");
  showNode();
  showGradients();
}

function go(step) {
  state.step = Math.max(0, Math.min(last(), step));
  if (state.step) state.chosen = state.direction === "backward" ? data.steps[state.step - 1].number : forward[state.step - 1];
  show();
  reveal();
}

function reveal() {
  const graph = find("graph"), chosen = drawn.get(state.chosen);
  if (chosen) {
    const outer = graph.getBoundingClientRect(), inner = chosen.getBoundingClientRect();
    if (inner.top < outer.top || inner.bottom > outer.bottom) graph.scrollTop += inner.top - outer.top - outer.height / 2;
    if (inner.left < outer.left || inner.right > outer.right) graph.scrollLeft += inner.left - outer.left - outer.width / 2;
  }
  const line = document.querySelector("#code .now");
  if (line) {
    const code = find("code"), outer = code.getBoundingClientRect(), inner = line.getBoundingClientRect();
    if (inner.top < outer.top || inner.bottom > outer.bottom) code.scrollTop += inner.top - outer.top - outer.height / 2;
  }
}

function choose(id) {
  state.chosen = id;
  show();
}

function hover(ids, line, on) {
  for (const id of ids) drawn.get(id)?.classList.toggle("hover", on);
  for (const item of document.querySelectorAll("#code li")) if (item.dataset.line === line) item.classList.toggle("hover", on);
}

function zoom(factor) {
  const svg = document.querySelector("#graph svg"), width = svg.viewBox.baseVal.width, height = svg.viewBox.baseVal.height;
  state.zoom = factor === null ? Math.min(1.2, (find("graph").clientWidth - 4) / width) : state.zoom * factor;
  svg.setAttribute("width", width * state.zoom);
  svg.setAttribute("height", height * state.zoom);
}

// ------------------------------------------------------------------------------------------------------ beginning

find("summary").textContent = data.summary;
for (const file of data.files) {
  const list = element("ol");
  for (const [number, text] of file.lines) {
    const line = `${file.name}:${number}`;
    const called = data.nodes.filter((node) => node.line === line).map((node) => node.id);
    const item = element("li", { "data-line": line }, element("span", { class: "number" }, String(number)), element("span", {}, text));
    if (called.length) {
      item.classList.add("called");
      item.addEventListener("mouseenter", () => hover(called, line, true));
      item.addEventListener("mouseleave", () => hover(called, line, false));
      item.addEventListener("click", () => choose(called[called.length - 1]));
    }
    list.append(item);
  }
  find("code").append(element("h3", {}, file.name), list);
}
if (!data.files.length) find("code").append(element("p", { class: "soft" }, "No lines were recorded: compute the result inside `with tinygrad_lite.insight.record():`."));
for (const node of [...data.nodes].sort((a, b) => b.id - a.id)) find("chooser").append(element("option", { value: node.id }, `${node.title} ${shape(node.shape)}`));
for (const [id, g] of drawn) {
  const line = nodes.get(id)?.line ?? "";
  g.addEventListener("mouseenter", () => hover([id], line, true));
  g.addEventListener("mouseleave", () => hover([id], line, false));
  g.addEventListener("click", () => choose(id));
}
find("chooser").addEventListener("change", (event) => { choose(Number(event.target.value)); reveal(); });
find("first").addEventListener("click", () => go(0));
find("back").addEventListener("click", () => go(state.step - 1));
find("next").addEventListener("click", () => go(state.step + 1));
find("last").addEventListener("click", () => go(last()));
find("slider").addEventListener("input", (event) => go(Number(event.target.value)));
find("smaller").addEventListener("click", () => zoom(1 / 1.25));
find("larger").addEventListener("click", () => zoom(1.25));
find("fit").addEventListener("click", () => zoom(null));
for (const radio of document.querySelectorAll("[name=direction]")) {
  radio.addEventListener("change", () => { state.direction = radio.value; state.step = 0; show(); });
}
document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName) || event.target.role === "tab") return;
  const steps = { ArrowRight: state.step + 1, ArrowLeft: state.step - 1, Home: 0, End: last() };
  if (event.key in steps) {
    event.preventDefault();
    go(steps[event.key]);
  }
});
const tabs = [...document.querySelectorAll("[role=tab]")];
function openTab(tab) {
  for (const each of tabs) {
    const open = each === tab;
    each.setAttribute("aria-selected", String(open));
    each.tabIndex = open ? 0 : -1;
    find(each.getAttribute("aria-controls")).hidden = !open;
  }
}
tabs.forEach((tab, i) => {
  tab.addEventListener("click", () => openTab(tab));
  tab.addEventListener("keydown", (event) => {
    const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!move) return;
    const other = tabs[(i + move + tabs.length) % tabs.length];
    openTab(other);
    other.focus();
  });
});
find("pane-program").append(data.program ? element("pre", {}, data.program) : element("p", { class: "soft" }, "Nothing here was compiled: tinygrad_lite.compile makes a program of a function."));
if (!find("pane-derivative").firstElementChild) find("pane-derivative").append(element("p", { class: "soft" }, "It was not asked for: page(…, derivative=True) draws it."));
showMemory();
zoom(null);
show();
