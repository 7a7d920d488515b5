/** Base `python-3.11`: Debian's Python, set up in /usr/local as in the official image. */

import { chmod, mkdir, readdir, symlink } from "node:fs/promises";
import path from "node:path";

import type { LayerRecipe } from "../images/layer.ts";
import { runCommand } from "../run.ts";
import { DEBIAN_SUITE, PYTHON_VERSION } from "../versions.ts";
import type { Base } from "./base.ts";
import { staticLayer } from "./static.ts";
import { DOCUMENTATION, INSTALLATION, makeFolder, removeFrom, writeTo } from "./tree.ts";

const PYTHON = `python${PYTHON_VERSION}`;
/** Beside Python what an image has for its build: a shell, the usual commands, users. */
const PACKAGES = [
  ...["bash", "coreutils", "dash", "findutils", "grep", "gzip", "hostname", "libc-bin", "passwd", "sed", "tar"],
  ...[PYTHON, `${PYTHON}-venv`],
] as const;

const NOT_NEEDED = [
  ...DOCUMENTATION,
  ...INSTALLATION,
  "etc/apt",
  "etc/cron.daily",
  "etc/pam.conf",
  "usr/lib/apt",
  "usr/share/bug",
  "usr/share/common-licenses",
  "usr/share/debconf",
  `usr/lib/${PYTHON}/test`,
  `usr/lib/${PYTHON}/EXTERNALLY-MANAGED`,
  "var/cache/apt",
  "var/lib/apt",
] as const;

const WHEELS = "usr/share/python-wheels";
const LIBRARY = `usr/local/lib/${PYTHON}/site-packages`;
/** Names that a program is found by. */
const PYTHON_NAMES = ["python", "python3", PYTHON] as const;
const PIP_NAMES = ["pip", "pip3", `pip${PYTHON_VERSION}`] as const;
const PIP_SCRIPT =
  "#!/usr/local/bin/python\nimport sys\n\nfrom pip._internal.cli.main import main\n\nsys.exit(main())\n";
/**
 * Debian's own Python installs elsewhere than Python's makers would. An environment in /usr/local has everything in the
 * places of the official image, and pip may change it.
 */
const ENVIRONMENT = "home = /usr/bin\ninclude-system-site-packages = false\n";

const pythonLayer: LayerRecipe = {
  name: "python",
  inputs: {
    suite: DEBIAN_SUITE,
    packages: PACKAGES,
    without: NOT_NEEDED,
    script: PIP_SCRIPT,
    environment: ENVIRONMENT,
  },
  fill: async ({ making, debian }, tree) => {
    await debian.tree({ step: "making the Python layer", variant: "extract", packages: PACKAGES }, tree);
    await removeFrom(tree, NOT_NEEDED);
    await mkdir(path.join(tree, LIBRARY), { recursive: true });
    const wheels = await readdir(path.join(tree, WHEELS));
    const wheel = wheels.find((name) => name.startsWith("pip-")) ?? "";
    // The layer's own Python unpacks it: this machine need not have one.
    await runCommand(making, {
      step: "unpacking pip",
      program: "chroot",
      arguments: [tree, `/usr/bin/${PYTHON}`, "-IB", "-m", "zipfile", "-e", `/${WHEELS}/${wheel}`, `/${LIBRARY}`],
    });
    await writeTo(tree, "usr/local/pyvenv.cfg", ENVIRONMENT);
    await makeFolder(tree, "usr/local/bin");
    for (const name of PYTHON_NAMES) await symlink(`/usr/bin/${PYTHON}`, path.join(tree, "usr/local/bin", name));
    for (const name of PIP_NAMES) await writeTo(tree, `usr/local/bin/${name}`, PIP_SCRIPT, 0o755);
    await chmod(path.join(tree, LIBRARY), 0o755);
  },
};

/** Python and pip in the places of the official image. */
export const python: Base = {
  name: "python-3.11",
  tag: PYTHON_VERSION,
  madeFrom: `the Debian ${DEBIAN_SUITE} packages of Python ${PYTHON_VERSION}`,
  reason: "prepares the schemas that manifests are checked against",
  layers: [staticLayer, pythonLayer],
  config: {
    environment: {
      PATH: "/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin",
      LANG: "C.UTF-8",
      // pip brings its own authorities; those that the engine puts into the container would not count.
      PIP_CERT: "/etc/ssl/certs/ca-certificates.crt",
    },
    command: ["python3"],
  },
};
