/**
 * Makes a site from its bundle: puts what its build configuration says into it, and refuses a bundle in which a placeholder is left.
 *
 * node configure.mjs defines <configuration> <application> <file>            writes what Flutter compiles in
 * node configure.mjs site <configuration> <application> <bundle> <kit> <out>  writes the site
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";

const FIREBASE = ["apiKey", "appId", "authDomain", "messagingSenderId", "projectId", "storageBucket"];
const SERVICE_WORKER = "firebase-messaging-sw.js";
const TEXTS = /\.(css|html|js|json|map|mjs|svg|txt|webmanifest)$/;
const PLACEHOLDER = /__(?:FIREBASE|DART)_[A-Z0-9_]+__/g;
const SMALLEST_COMPRESSED_BYTES = 256;

/** The part of the build configuration for one application; ends the process where something is missing or unknown. */
function readSite(file, application) {
  const sites = JSON.parse(readFileSync(file, "utf8")).sites ?? {};
  const site = sites[application];
  if (site === undefined)
    refuse(`${file} has no site "${application}"; it has: ${Object.keys(sites).sort().join(", ")}`);
  const firebase = site.firebase ?? {};
  const missing = FIREBASE.filter(
    (key) => typeof firebase[key] !== "string" || !/^[A-Za-z0-9._:-]+$/.test(firebase[key]),
  );
  if (missing.length > 0) refuse(`${file}: sites.${application}.firebase lacks ${missing.join(", ")}`);
  const unknown = Object.keys(firebase).filter((key) => !FIREBASE.includes(key));
  if (unknown.length > 0) refuse(`${file}: sites.${application}.firebase has unknown keys: ${unknown.join(", ")}`);
  const defines = site.dartDefines ?? {};
  const wrong = Object.entries(defines).filter(
    ([key, value]) => !/^[A-Z][A-Z0-9_]*$/.test(key) || typeof value !== "string",
  );
  if (wrong.length > 0)
    refuse(`${file}: sites.${application}.dartDefines.${wrong[0][0]} is no text under an UPPER_CASE name`);
  return { firebase, defines: Object.fromEntries(Object.entries(defines).sort(([a], [b]) => (a < b ? -1 : 1))) };
}

function writeSite(configuration, application, bundle, kit, out) {
  const { firebase, defines } = readSite(configuration, application);
  const html = path.join(out, "html");
  cpSync(bundle, html, { recursive: true });
  if (!existsSync(kit) || readdirSync(kit).length === 0) refuse(`the shared package ui_kit has no assets in ${kit}`);
  cpSync(kit, path.join(html, "assets/packages/ui_kit"), { recursive: true });
  const values = { __DART_DEFINES__: JSON.stringify(defines) };
  for (const key of FIREBASE) values[`__FIREBASE_${key.replace(/[A-Z]/g, "_$&").toUpperCase()}__`] = firebase[key];
  const texts = filesOf(html).filter((file) => TEXTS.test(file));
  const left = [];
  for (const file of texts) {
    const filled = readFileSync(file, "utf8").replace(PLACEHOLDER, (found) => values[found] ?? found);
    for (const [found] of filled.matchAll(PLACEHOLDER)) left.push(`${path.relative(html, file)}: ${found}`);
    writeFileSync(file, filled);
  }
  if (left.length > 0) refuse(`placeholders are left, which no configuration fills:\n  ${left.join("\n  ")}`);
  const worker = path.join(html, SERVICE_WORKER);
  if (!existsSync(worker) || !readFileSync(worker, "utf8").includes(firebase.projectId)) {
    refuse(`${SERVICE_WORKER} does not name the Firebase project ${firebase.projectId}`);
  }
  writeFileSync(path.join(html, "dart-defines.json"), `${JSON.stringify(defines, null, 2)}\n`);
  for (const file of texts) compress(file);
  mkdirSync(path.join(out, "runtime"), { recursive: true });
  writeFileSync(path.join(out, "runtime/config.js"), "window.runtimeConfig = {};\n");
}

/** nginx serves the compressed file beside the plain one. */
function compress(file) {
  const content = readFileSync(file);
  if (content.length >= SMALLEST_COMPRESSED_BYTES) writeFileSync(`${file}.gz`, gzipSync(content, { level: 9 }));
}

function filesOf(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
}

function refuse(problem) {
  console.error(`configure: ${problem}`);
  process.exit(1);
}

const [command, ...given] = process.argv.slice(2);
if (command === "defines" && given.length === 3) {
  writeFileSync(given[2], `${JSON.stringify(readSite(given[0], given[1]).defines)}\n`);
} else if (command === "site" && given.length === 5) {
  writeSite(...given);
} else {
  refuse(
    "give: defines <configuration> <application> <file>, or: site <configuration> <application> <bundle> <kit> <out>",
  );
}
