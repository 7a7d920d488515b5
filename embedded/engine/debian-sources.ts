/** Finds out where a machine gets its Debian packages from. Pure; the edge is debian.ts. */

import { PipelineError } from "../../src/report/errors.ts";

/** Arguments of apt-get that print the package lists the machine is set up for, one per line. */
export const INDEX_TARGETS = [
  // Otherwise apt keeps what it has read in /var/cache/apt.
  "--option=Dir::Cache::pkgcache=",
  "--option=Dir::Cache::srcpkgcache=",
  "indextargets",
  "--format",
  "$(CREATED_BY)|$(REPO_URI)|$(RELEASE)|$(COMPONENT)",
  "Created-By: Packages",
] as const;

const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";

/** Where the archive and its security updates are. */
export type Mirrors = {
  readonly archive: string;
  /** Nothing where the machine is not set up for security updates. */
  readonly security?: string;
};

/** The machine's apt is not set up for Debian's archive. */
export class NoMirrorError extends PipelineError {
  override readonly name = "NoMirrorError";

  constructor(codename: string) {
    super(
      "infra",
      `apt has no source for the component main of Debian ${codename} on this machine`,
      "add one to /etc/apt/sources.list.d, run apt-get update, and run again",
    );
  }
}

/**
 * Takes the mirrors from the machine's own sources, so that a company mirror is used. Throws NoMirrorError.
 *
 * @param indexTargets Output of apt-get with `INDEX_TARGETS`.
 * @param codename Release of the machine, e.g. `bookworm`.
 */
export function debianMirrors(indexTargets: string, codename: string): Mirrors {
  const targets = indexTargets.split("\n").flatMap((line) => {
    const [, address, release, component] = line.split("|");
    return address !== undefined && component === "main" ? [{ address: address.replace(/\/+$/, ""), release }] : [];
  });
  const at = (release: string) => targets.find((target) => target.release === release)?.address;
  const archive = at(codename);
  const security = at(`${codename}-security`);
  if (archive === undefined) throw new NoMirrorError(codename);
  return security === undefined ? { archive } : { archive, security };
}

/** The lines of a sources.list for one Debian release. */
export function sourceLines(mirrors: Mirrors, suite: string): readonly string[] {
  const line = (address: string, release: string) => `deb [signed-by=${KEYRING}] ${address} ${release} main`;
  return [
    line(mirrors.archive, suite),
    line(mirrors.archive, `${suite}-updates`),
    ...(mirrors.security === undefined ? [] : [line(mirrors.security, `${suite}-security`)]),
  ];
}

/**
 * Keeps those lines of `apt-config dump` that say how to reach a mirror: proxies, time limits and certificates.
 * Everything else of the machine's configuration, its hooks above all, stays out.
 */
export function acquireOptions(aptConfig: string): readonly string[] {
  return aptConfig.split("\n").filter((line) => /^Acquire::(http|https)::\S*[^:\s] "[^"]+";$/.test(line));
}

/** An apt configuration that reads and writes below one folder only, and takes nothing from /etc/apt. */
export function privateAptConfig(folder: string, options: readonly string[]): string {
  const settings = {
    "Dir::Etc::main": "/dev/null",
    "Dir::Etc::parts": "/dev/null",
    "Dir::Etc::sourcelist": `${folder}/sources.list`,
    "Dir::Etc::sourceparts": "/dev/null",
    "Dir::Etc::preferences": "/dev/null",
    "Dir::Etc::preferencesparts": "/dev/null",
    "Dir::State": `${folder}/state`,
    "Dir::State::status": `${folder}/state/status`,
    "Dir::Cache": `${folder}/cache`,
    "Dir::Log": `${folder}/log`,
    // The usual user of downloads cannot write into a folder of root's home.
    "APT::Sandbox::User": "root",
    "Acquire::Languages": "none",
    "Acquire::Retries": "3",
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} "${value}";`);
  return [...lines, ...options, ""].join("\n");
}
