#!/usr/bin/env node
/* global console, process */
/**
 * Stands in for the Flutter SDK's command, so that the stage that calls it runs: takes the calls that the SDK takes and no others,
 * resolves dependencies by their paths, and writes a bundle of the SDK's shape that shows what was compiled in.
 */
const { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } = require("node:fs");
const path = require("node:path");

const RESOLVED = ".dart_tool/package_config.json";

function refuse(code, problem) {
  console.error(`flutter: ${problem}`);
  process.exit(code);
}

/** Names and folders of the packages that pubspec.yaml takes from a path. */
function pathDependencies(pubspec) {
  return [...pubspec.matchAll(/^ {2}(\w+):\n {4}path: (\S+)$/gm)].map(([, name, folder]) => ({ name, folder }));
}

function pubGet() {
  if (!existsSync("pubspec.yaml")) refuse(66, `no pubspec.yaml in ${process.cwd()}`);
  const packages = pathDependencies(readFileSync("pubspec.yaml", "utf8"));
  for (const { name, folder } of packages) {
    const own = path.join(folder, "pubspec.yaml");
    if (!existsSync(own)) refuse(66, `could not find package ${name} at ${folder}`);
    if (!readFileSync(own, "utf8").startsWith(`name: ${name}\n`)) refuse(65, `${own} is not of ${name}`);
  }
  // The SDK keeps what it downloads here, in the cache mount of the stage.
  writeFileSync(path.join(process.env.PUB_CACHE, "stand-in"), "");
  mkdirSync(path.dirname(RESOLVED), { recursive: true });
  writeFileSync(RESOLVED, JSON.stringify({ packages }));
}

function buildWeb(defines) {
  if (!existsSync(RESOLVED)) refuse(1, "--no-pub, and pub get has not run");
  if (!existsSync(path.join(process.env.PUB_CACHE, "stand-in"))) refuse(1, "PUB_CACHE has lost what pub get put there");
  const main = readFileSync("lib/main.dart", "utf8");
  const values = JSON.parse(readFileSync(defines, "utf8"));
  const compiled = [...main.matchAll(/String\.fromEnvironment\('(\w+)'\)/g)].map(([, name]) => [
    name,
    values[name] ?? "",
  ]);
  cpSync("web", "build/web", { recursive: true });
  const page = readFileSync("build/web/index.html", "utf8");
  if (!page.includes("$FLUTTER_BASE_HREF")) refuse(1, "web/index.html has no $FLUTTER_BASE_HREF");
  writeFileSync("build/web/index.html", page.replace("$FLUTTER_BASE_HREF", "/"));
  writeFileSync("build/web/flutter_bootstrap.js", "// starts main.dart.js\n");
  writeFileSync("build/web/main.dart.js", `const compiled = ${JSON.stringify(Object.fromEntries(compiled))};\n`);
  for (const { name, folder } of JSON.parse(readFileSync(RESOLVED, "utf8")).packages) {
    cpSync(path.join(folder, "assets"), `build/web/assets/packages/${name}/assets`, { recursive: true });
  }
}

const words = process.argv.slice(2).join(" ");
const defines = /^build web --release --no-pub --dart-define-from-file=(\S+)$/.exec(words)?.[1];
if (words === "pub get") pubGet();
else if (defines !== undefined) buildWeb(defines);
else refuse(64, `what the stand-in does not know: ${words}`);
