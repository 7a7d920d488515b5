/** Reads lock files of Python packages, and says what is wrong with them. The files are lock-files.test.ts. */

/** A package of a lock file. */
export type LockedPackage = { readonly name: string; readonly version: string; readonly hashes: readonly string[] };

/** The packages of a lock file, in its order; throws an Error at a line that is none of its form. */
export function lockedPackages(text: string): readonly LockedPackage[] {
  const lines = text.replaceAll(/ *\\\n */g, " ").split("\n");
  return lines
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => {
      const [, name, version, rest = ""] =
        /^([a-z0-9-]+)==([0-9][\w.]*)((?: ;[^-]*)?(?: --hash=\S+)*)$/.exec(line) ?? [];
      if (name === undefined || version === undefined) throw new Error(`no exact version: ${line}`);
      return { name, version, hashes: rest.match(/(?<=--hash=)\S+/g) ?? [] };
    });
}

/** What a lock file must not have: packages without hashes, packages twice, addresses. */
export function lockProblems(text: string): readonly string[] {
  const packages = lockedPackages(text);
  const names = packages.map(({ name }) => name);
  return [
    ...packages.filter(({ hashes }) => hashes.length === 0).map(({ name }) => `${name} has no hash`),
    ...packages
      .filter(({ hashes }) => !hashes.every((hash) => /^sha256:[0-9a-f]{64}$/.test(hash)))
      .map(({ name }) => `${name} has a hash of another form`),
    ...names.filter((name, index) => names.indexOf(name) !== index).map((name) => `${name} stands there twice`),
    ...(text.match(/https?:\/\/\S+|--(?:extra-)?index-url\S*|--find-links\S*/g) ?? []).map((found) => `names ${found}`),
  ];
}

/** What a lock file of Poetry must not have: packages without hashes, or from elsewhere than the registry that is configured. */
export function poetryLockProblems(text: string): readonly string[] {
  const [, ...packages] = text.split(/^\[\[package\]\]$/m);
  if (packages.length === 0) throw new Error("no package is locked");
  return packages.flatMap((lines) => {
    const name = /^name = "([^"]+)"$/m.exec(lines)?.[1] ?? "a package without a name";
    const files = [...lines.matchAll(/^ {4}\{file = .*\},$/gm)].map(([line]) => line);
    return [
      ...(files.length === 0 ? [`${name} has no file`] : []),
      ...(files.every((file) => /hash = "sha256:[0-9a-f]{64}"/.test(file))
        ? []
        : [`${name} has a file without a hash`]),
      ...(/^\[package\.source\]$/m.test(lines) ? [`${name} has a source of its own`] : []),
      ...(lines.match(/\w+:\/\/[^\s"]+/g) ?? []).map((found) => `${name} names ${found}`),
    ];
  });
}

/** The requirements in a list of pyproject.toml; throws an Error when there is no such list. */
export function requirements(pyproject: string, list: string): readonly string[] {
  const [, items] = new RegExp(String.raw`^${list} = \[([^\]]*)\]`, "m").exec(pyproject) ?? [];
  if (items === undefined) throw new Error(`pyproject.toml has no list ${list}`);
  return [...items.matchAll(/"([^"]+)"/g)].map(([, requirement = ""]) => requirement);
}
