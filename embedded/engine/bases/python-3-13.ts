/** Base `python-3.13`: Debian's Python, set up in /usr/local as in the official image. */

import { chmod, mkdir, readdir, symlink } from "node:fs/promises";
import path from "node:path";

import type { LayerRecipe } from "../images/layer.ts";
import { runCommand } from "../run.ts";
import type { Base } from "./base.ts";
import { staticLayer } from "./static.ts";
import { DOCUMENTATION, INSTALLATION, makeFolder, removeFrom, writeTo } from "./tree.ts";

/** Python of the base, as Debian numbers its packages. */
const VERSION = "3.13";
/** Debian release that has it; the other bases are made from an older one. */
const SUITE = "trixie";
const PYTHON = `python${VERSION}`;
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
const PIP_NAMES = ["pip", "pip3", `pip${VERSION}`] as const;
const PIP_SCRIPT =
  "#!/usr/local/bin/python\nimport sys\n\nfrom pip._internal.cli.main import main\n\nsys.exit(main())\n";
/**
 * Debian's own Python installs elsewhere than Python's makers would. An environment in /usr/local has everything in the
 * places of the official image, and pip may change it.
 */
const ENVIRONMENT = "home = /usr/bin\ninclude-system-site-packages = false\n";
const AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt";

const pythonLayer: LayerRecipe = {
  name: "python-3-13",
  inputs: { suite: SUITE, packages: PACKAGES, without: NOT_NEEDED, script: PIP_SCRIPT, environment: ENVIRONMENT },
  fill: async ({ making, debian }, tree) => {
    const step = "making the Python 3.13 layer";
    await debian.tree({ step, suite: SUITE, variant: "extract", packages: PACKAGES }, tree);
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
export const python313: Base = {
  name: "python-3.13",
  tag: VERSION,
  madeFrom: `the Debian ${SUITE} packages of Python ${VERSION}`,
  reason: "builds and runs Python services",
  layers: [staticLayer, pythonLayer],
  config: {
    environment: {
      PATH: "/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin",
      LANG: "C.UTF-8",
      // pip and uv bring their own authorities; those that the engine puts into the container would not count.
      PIP_CERT: AUTHORITIES,
      SSL_CERT_FILE: AUTHORITIES,
    },
    command: ["python3"],
  },
};
