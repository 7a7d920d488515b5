/** Debian packages without installing any: an apt with its own state, and mmdebstrap unpacked into the cache. */

import { mkdir, mkdtemp, readdir, writeFile } from "node:fs/promises";
import path from "node:path";

import { makeOnce, remove } from "./cache.ts";
import {
  acquireOptions,
  debianMirrors,
  INDEX_TARGETS,
  type Mirrors,
  privateAptConfig,
  sourceLines,
} from "./debian-sources.ts";
import type { Making } from "./making.ts";
import { runCommand } from "./run.ts";
import { DEBIAN_SUITE, SOURCE_DATE_EPOCH } from "./versions.ts";

/** What a Debian tree is made of. */
export type DebianTree = {
  /** For messages, e.g. `unpacking the engine's root`. */
  readonly step: string;
  /** `minbase`: a small system, installed. `extract`: just the packages and what they need, unpacked only. */
  readonly variant: "minbase" | "extract";
  /** Debian release that the packages are of; default: that of all other parts. */
  readonly suite?: string;
  readonly packages: readonly string[];
};

/** Gets packages for the parts that need them. */
export type Debian = {
  /** Makes a tree of packages in `folder`, which must not be there yet. */
  readonly tree: (tree: DebianTree, folder: string) => Promise<void>;
  /** Unpacks single packages of the suite into `folder`, without what they depend on. */
  readonly unpack: (packages: readonly string[], folder: string) => Promise<void>;
};

/** Files that mmdebstrap takes from the machine, and files that differ from one run to the next. */
const NOT_REPRODUCIBLE = [
  "etc/resolv.conf",
  "etc/hostname",
  "etc/machine-id",
  "var/cache/ldconfig/aux-cache",
  "var/lib/dbus/machine-id",
] as const;

/**
 * Prepares package downloads. The lists are fetched at the first use, so a run that finds everything made asks no
 * mirror.
 *
 * @param codename Release of this machine, whose perl runs mmdebstrap.
 */
export function debianPackages(making: Making, codename: string): Debian {
  let prepared: Promise<Prepared> | undefined;
  const prepare = () => (prepared ??= prepareApt(making, codename));
  return {
    tree: async (tree, folder) => makeTree(making, await prepare(), tree, folder),
    unpack: async (packages, folder) => {
      const { aptConfig } = await prepare();
      await unpackPackages(
        making,
        aptConfig,
        packages.map((name) => `${name}/${DEBIAN_SUITE}`),
        folder,
      );
    },
  };
}

type Prepared = {
  readonly aptConfig: string;
  readonly mirrors: Mirrors;
  readonly options: readonly string[];
  /** Folder of the unpacked mmdebstrap and perl. */
  readonly tools: string;
  readonly perl: string;
};

async function prepareApt(making: Making, codename: string): Promise<Prepared> {
  const step = "reading where this machine gets Debian packages from";
  const targets = await runCommand(making, { step, program: "apt-get", arguments: INDEX_TARGETS });
  const dump = ["dump", "Acquire::http", "Acquire::https"];
  const options = acquireOptions(await runCommand(making, { step, program: "apt-config", arguments: dump }));
  const mirrors = debianMirrors(targets, codename);
  const aptConfig = path.join(making.cache.apt, "apt.conf");
  for (const folder of ["state/lists/partial", "cache/archives/partial", "log"]) {
    await mkdir(path.join(making.cache.apt, folder), { recursive: true });
  }
  const all = new Set([DEBIAN_SUITE, codename].flatMap((suite) => sourceLines(mirrors, suite)));
  await writeFile(path.join(making.cache.apt, "sources.list"), `${[...all].join("\n")}\n`);
  await writeFile(path.join(making.cache.apt, "state/status"), "");
  await writeFile(aptConfig, privateAptConfig(making.cache.apt, options));
  await apt(making, aptConfig, "fetching Debian's package lists", ["update", "--error-on=any"]);
  const version = ["-e", "printf '%vd', $^V"];
  const perl = (await runCommand(making, { step: "asking perl for its version", program: "perl", arguments: version }))
    .split(".")
    .slice(0, 2)
    .join(".");
  return { aptConfig, mirrors, options, perl, tools: await makeTools(making, aptConfig, perl) };
}

/** mmdebstrap needs more of perl than the base that every Debian has. */
async function makeTools(making: Making, aptConfig: string, perl: string): Promise<string> {
  const packages = ["mmdebstrap", `perl-modules-${perl}`, `libperl${perl}`];
  const inputs = { packages, architecture: making.architecture };
  return makeOnce(making, { name: "mmdebstrap", inputs, label: "mmdebstrap, unpacked" }, (folder) =>
    unpackPackages(making, aptConfig, packages, folder),
  );
}

async function unpackPackages(
  making: Making,
  aptConfig: string,
  packages: readonly string[],
  folder: string,
): Promise<void> {
  const archives = await mkdtemp(path.join(making.cache.temporary, "packages-"));
  await apt(making, aptConfig, `downloading ${packages.join(", ")}`, ["download", ...packages], archives);
  for (const archive of (await readdir(archives)).sort()) {
    const step = `unpacking ${archive}`;
    await runCommand(making, { step, program: "dpkg-deb", arguments: ["-x", path.join(archives, archive), folder] });
  }
  await remove(archives);
}

async function apt(
  making: Making,
  aptConfig: string,
  step: string,
  words: readonly string[],
  folder: string = making.cache.apt,
): Promise<void> {
  const variables = { APT_CONFIG: aptConfig, DEBIAN_FRONTEND: "noninteractive" };
  await runCommand(making, { step, program: "apt-get", arguments: ["-q", ...words], folder, variables });
}

async function makeTree(making: Making, prepared: Prepared, tree: DebianTree, folder: string): Promise<void> {
  const { tools, perl, mirrors } = prepared;
  const suite = tree.suite ?? DEBIAN_SUITE;
  const temporary = await mkdtemp(path.join(making.cache.temporary, "mmdebstrap-"));
  const triplet = making.architecture.name === "amd64" ? "x86_64-linux-gnu" : "aarch64-linux-gnu";
  const variables = {
    PERL5LIB: `${tools}/usr/share/perl/${perl}:${tools}/usr/lib/${triplet}/perl/${perl}`,
    TMPDIR: temporary,
    SOURCE_DATE_EPOCH: String(SOURCE_DATE_EPOCH),
  };
  // In namespaces of its own, so that what mmdebstrap mounts and starts ends with it in every case.
  const isolated = ["--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--"];
  const options = prepared.options.map((option) => `--aptopt=${option}`);
  const what = [`--variant=${tree.variant}`, `--include=${tree.packages.join(",")}`, ...options];
  await runCommand(making, {
    step: tree.step,
    program: "unshare",
    arguments: [...isolated, "perl", `${tools}/usr/bin/mmdebstrap`, "--mode=root", "--format=directory"].concat(
      what,
      suite,
      folder,
      "-",
    ),
    folder: path.dirname(folder),
    variables,
    input: `${sourceLines(mirrors, suite).join("\n")}\n`,
  });
  await remove(temporary);
  await Promise.all(NOT_REPRODUCIBLE.map((file) => remove(path.join(folder, file))));
}
