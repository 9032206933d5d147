// The playground: what is typed goes to Python in a worker, and what comes back is shown. Nothing is sent anywhere.
"use strict";

const EXAMPLE = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop
spec:
  selector:
    matchLabels: {app: shop}
  template:
    metadata:
      labels: {app: shop}
    spec:
      containers:
      - name: web
        image: registry.example.com/shop/web:1.4   # pinned by the platform team
      - {name: cache, image: redis}
---
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {generateName: report-}
spec:
  entrypoint: report
  templates:
  - name: report
    script:
      image: "python:3.12-slim"
      source: print("monthly report")
`;

const playground = document.querySelector(".playground");
const form = playground.querySelector("form");
const base = new URL("pyodide/", document.querySelector("script[src$='playground.js']").src).href;

// A worker from a blob has the Content-Security-Policy of this page; one from a file would have none.
const code = `
let python;
const load = async () => {
  const { loadPyodide } = await import("${base}pyodide.mjs");
  const pyodide = await loadPyodide({ indexURL: "${base}" });
  const unpack = async (name) => {
    const answer = await fetch("${base}" + name);
    if (!answer.ok) throw new Error(name + ": " + answer.status);
    pyodide.unpackArchive(await answer.arrayBuffer(), "zip", { extractDir: "/packages" });
  };
  await unpack("packages.zip");
  pyodide.runPython("import sys; sys.path.insert(0, '/packages')");
  return pyodide.pyimport("playground_answers").answer;
};
onmessage = async ({ data: { id, asked } }) => {
  try {
    python ??= load();
    postMessage({ id, answer: JSON.parse((await python)(JSON.stringify(asked))) });
  } catch (error) {
    postMessage({ id, error: String(error) });
  }
};
`;

class Krmfn {
  #worker = new Worker(URL.createObjectURL(new Blob([code], { type: "text/javascript" })), { type: "module" });
  #waiting = new Map();
  #last = 0;

  constructor() {
    this.#worker.onmessage = ({ data: { id, answer, error } }) => {
      const { resolve, reject } = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) resolve(answer);
      else reject(new Error(error));
    };
  }

  // asked: {manifest, secrets: [name], policy, overwrite, settings}; the answer: {output, diff, results, messages, code}.
  run(asked) {
    return new Promise((resolve, reject) => {
      this.#last += 1;
      this.#waiting.set(this.#last, { resolve, reject });
      this.#worker.postMessage({ id: this.#last, asked });
    });
  }
}

const krmfn = new Krmfn();
window.krmfn = krmfn;
const status = playground.querySelector(".status");
const diff = playground.querySelector(".diff");
const results = playground.querySelector(".results");
const copy = playground.querySelector("button[name='copy']");
let shown = 0;
let output = "";

async function show() {
  shown += 1;
  const turn = shown;
  playground.dataset.state = "running";
  if (!output) status.textContent = "Loading Python (15 MB, once) …";
  try {
    const answer = await krmfn.run({
      manifest: form.manifest.value,
      secrets: form.secrets.value.split(/[\s,]+/).filter(Boolean),
      policy: form.policy.value,
      overwrite: form.overwrite.value,
      settings: form.settings.value,
    });
    if (turn !== shown) return;
    output = answer.output ?? form.manifest.value;
    copy.hidden = answer.output === null;
    diff.replaceChildren(...(answer.diff.length ? answer.diff : [""]).map(line));
    results.replaceChildren(...answer.results.map(result));
    status.textContent = summary(answer);
    playground.dataset.state = "done";
  } catch (error) {
    if (turn !== shown) return;
    status.textContent = `The playground does not work in this browser: ${error.message}`;
    playground.dataset.state = "failed";
  }
}

function summary({ code, diff, results }) {
  if (code) return "There is an error: nothing is written. Exit code 1.";
  const changed = diff.filter((text) => text.startsWith("+") || text.startsWith("-")).length;
  return changed ? "" : `Nothing to change.${results.length ? "" : " No results."}`;
}

function line(text) {
  const shape = { "+": "added", "-": "removed", "@": "hunk" }[text[0]] ?? "";
  return element("div", shape, text || " ");
}

function result({ severity, text }) {
  return element("li", severity, text);
}

function element(tag, shape, text) {
  const made = document.createElement(tag);
  made.className = shape;
  made.textContent = text;
  return made;
}

let timer;
const later = () => {
  clearTimeout(timer);
  timer = setTimeout(show, 300);
};
form.addEventListener("input", later);
form.addEventListener("change", later); // what some drivers and tools for accessibility send alone
form.addEventListener("submit", (event) => event.preventDefault());
copy.addEventListener("click", () => navigator.clipboard.writeText(output));
if (!form.manifest.value) form.manifest.value = EXAMPLE;
playground.hidden = false;
show();
