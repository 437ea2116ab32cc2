// Check the Grafana files with Grafana's own code: each query with the grammar of Loki's editor, each unit and
// each step of a transformation with @grafana/data, and each dashboard with the types of @grafana/schema.
//
//   cd tools && npm install --ignore-scripts --legacy-peer-deps && npm run check
//
// CI does not run it: the tests in tests/panels check the same files without Node, and with a real Loki.
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join, dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { JSDOM } from "jsdom";
import ts from "typescript";

const here = dirname(fileURLToPath(import.meta.url));
const folder = join(here, "..", "monitoring", "grafana", "dashboards");
const require = createRequire(import.meta.url);
const faults = [];
const fault = (where, what) => faults.push(`${where}: ${what}`);

// @grafana/data expects a browser
const { window } = new JSDOM("<html><body></body></html>", { url: "http://localhost" });
for (const name of ["document", "localStorage", "HTMLElement", "Element", "navigator"]) {
  Object.defineProperty(globalThis, name, { value: window[name], configurable: true });
}
globalThis.window = window;
const quiet = console.log;
console.log = () => {};
const data = require("@grafana/data");
console.log = quiet;
const { parser } = require("@grafana/lezer-logql");

const dashboards = readdirSync(folder)
  .filter((name) => name.endsWith(".json") && !name.startsWith("metrics-")) // those ask Prometheus
  .map((name) => [name, JSON.parse(readFileSync(join(folder, name), "utf8"))]);

// Values as Grafana puts them into a query
const filled = (expr) =>
  expr
    .replaceAll("$__auto", "5m")
    .replaceAll("$__to", "1795226400000")
    .replaceAll(/ offset -\$?\w+/g, "") // Loki takes a negative offset, this grammar does not
    .replaceAll("${latency_limit:percentencode}", "1000")
    .replace(/\$\{\w+:\w+\}/g, "x");

function checkQuery(where, expr) {
  const query = filled(expr);
  parser.parse(query).iterate({
    enter(node) {
      if (node.type.isError) fault(where, `not LogQL near ${JSON.stringify(query.slice(node.from - 20, node.to + 20))}`);
    },
  });
}

const units = new Set(data.getValueFormats().flatMap((group) => group.submenu.map((unit) => unit.value)));
data.standardTransformersRegistry.setInit(() => [
  ...new Map(
    Object.values(data.standardTransformers).map((one) => [one.id, { id: one.id, name: one.name, transformation: one }]),
  ).values(),
]);
// these live in Grafana itself, not in @grafana/data
const inGrafana = new Set(["extractFields"]);

function checkPanel(where, panel) {
  for (const target of panel.targets ?? []) checkQuery(`${where} ${target.refId}`, target.expr);
  const unit = panel.fieldConfig?.defaults?.unit;
  if (unit && !units.has(unit)) fault(where, `no unit ${unit}`);
  for (const step of panel.transformations ?? []) {
    if (!inGrafana.has(step.id) && !data.standardTransformersRegistry.getIfExists(step.id)) {
      fault(where, `no transformation ${step.id}`);
    }
  }
  if ((panel.targets ?? []).some((target) => target.refId === "S")) checkSparkline(where, panel);
}

// The number of a stat with a curve must be that of its instant query, whatever the curve ends with.
function checkSparkline(where, panel) {
  const frame = (refId, times, values, labels) =>
    data.toDataFrame({
      refId,
      fields: [
        { name: "Time", type: data.FieldType.time, values: times },
        { name: "Value", type: data.FieldType.number, values, labels },
      ],
    });
  const matrix = panel.transformations.find((step) => step.id === "groupingToMatrix");
  const field = matrix?.options.columnField;
  const names = field ? ["one", "two"] : [""];
  const label = (name) => (field ? { [field]: name } : {});
  const frames = [
    ...names.map((name, i) => frame("A", [1000], [40 + i], label(name))),
    ...names.map((name, i) => frame("S", [100, 200, 300 - 100 * i].slice(0, 3 - i), [1, 2, 3].slice(0, 3 - i), label(name))),
  ];
  data.transformDataFrame(panel.transformations, frames).subscribe((found) => {
    const newest = found
      .flatMap((one) => one.fields)
      .filter((one) => one.type === data.FieldType.number)
      .map((one) => data.reduceField({ field: one, reducers: ["lastNotNull"] }).lastNotNull);
    const expected = names.map((_, i) => 40 + i);
    if (JSON.stringify(newest) !== JSON.stringify(expected)) fault(where, `shows ${newest} instead of ${expected}`);
  });
}

// The types of the schema, by the compiler that Grafana's own code is checked with
function checkTypes() {
  const name = join(here, "dashboards.check.ts");
  const source = [
    'import type { Dashboard } from "@grafana/schema";',
    ...dashboards.map(([, tree], i) => {
      const { panels, templating, annotations, links, ...rest } = tree;
      return `export const board${i} = ${JSON.stringify(rest)} satisfies Partial<Dashboard>;`;
    }),
    'import type { FieldConfig, MatcherConfig } from "@grafana/schema";',
    ...dashboards.flatMap(([, tree], i) =>
      tree.panels
        .filter((panel) => panel.fieldConfig)
        .map((panel, k) => {
          const { custom, color, thresholds, mappings, ...defaults } = panel.fieldConfig.defaults;
          const matchers = panel.fieldConfig.overrides.map((one) => one.matcher);
          return (
            `export const field${i}_${k} = ${JSON.stringify(defaults)} satisfies FieldConfig;\n` +
            `export const matchers${i}_${k} = ${JSON.stringify(matchers)} satisfies MatcherConfig[];`
          );
        }),
    ),
  ].join("\n");
  const options = { noEmit: true, strict: true, skipLibCheck: true, moduleResolution: ts.ModuleResolutionKind.Bundler, module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  host.getSourceFile = (file, ...more) => (file === name ? ts.createSourceFile(file, source, options.target) : getSourceFile(file, ...more));
  host.fileExists = (file) => file === name || fileExists(file);
  host.readFile = (file) => (file === name ? source : readFile(file));
  const program = ts.createProgram([name], options, host);
  for (const found of ts.getPreEmitDiagnostics(program)) {
    fault("types", ts.flattenDiagnosticMessageText(found.messageText, " ").slice(0, 300));
  }
}

for (const [name, tree] of dashboards) {
  for (const panel of tree.panels) checkPanel(`${name} ${panel.title}`, panel);
  for (const mark of tree.annotations.list) checkQuery(`${name} ${mark.name}`, mark.expr);
  for (const variable of tree.templating.list) {
    const asked = variable.query?.query;
    if (asked) checkQuery(`${name} $${variable.name}`, asked.replace(/^query_result\((.*)\)$/, "$1"));
  }
}
checkTypes();
for (const text of faults) console.error(text);
console.log(`${dashboards.length} dashboards, ${faults.length} faults`);
process.exit(faults.length ? 1 : 0);
