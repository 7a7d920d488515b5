/** Small changes to the tree of a layer. */

import { chmod, mkdir, writeFile } from "node:fs/promises";
import path from "node:path";

import { remove } from "../cache.ts";

/** What no container needs. */
export const DOCUMENTATION = [
  "usr/share/doc",
  "usr/share/info",
  "usr/share/lintian",
  "usr/share/locale",
  "usr/share/man",
] as const;

/**
 * Where this program is found, the engine runs it before and after every command, in containers of their own, whenever
 * the machine has authorities of its own: a second and a half each time. Without it the engine edits the collection.
 */
export const AUTHORITIES_UPDATE = "usr/sbin/update-ca-certificates";

/** What is unpacked with nearly every Debian package and serves only to install it. */
export const INSTALLATION = [
  "dev",
  AUTHORITIES_UPDATE,
  "usr/bin/perl",
  "usr/lib/aarch64-linux-gnu/perl",
  "usr/lib/aarch64-linux-gnu/perl-base",
  "usr/lib/x86_64-linux-gnu/perl",
  "usr/lib/x86_64-linux-gnu/perl-base",
  "usr/share/perl",
  "usr/share/perl5",
] as const;

/** User and group of that name; the number is the one that distroless images have. */
export const NONROOT = 65532;

/** Writes a file with its folders; the mode is set whatever the umask is. */
export async function writeTo(tree: string, file: string, content: string, mode = 0o644): Promise<void> {
  const target = path.join(tree, file);
  await mkdir(path.dirname(target), { recursive: true });
  await writeFile(target, content);
  await chmod(target, mode);
}

/** Makes an empty folder with exactly this mode. */
export async function makeFolder(tree: string, folder: string, mode = 0o755): Promise<void> {
  const target = path.join(tree, folder);
  await mkdir(target, { recursive: true });
  await chmod(target, mode);
}

/** Removes files and folders; those that are not there are fine. */
export async function removeFrom(tree: string, names: readonly string[]): Promise<void> {
  await Promise.all(names.map((name) => remove(path.join(tree, name))));
}

/** Users that every image without a full system gets, and those that it asks for besides. */
export async function writeUsers(tree: string, others: Readonly<Record<string, number>> = {}): Promise<void> {
  const users = { root: 0, nobody: 65534, nonroot: NONROOT, ...others };
  const homes: Readonly<Record<string, string>> = { root: "/root", nonroot: "/home/nonroot" };
  const passwd = Object.entries(users).map(
    ([name, id]) => `${name}:x:${id}:${id}:${name}:${homes[name] ?? "/nonexistent"}:/sbin/nologin\n`,
  );
  const group = Object.entries(users).map(([name, id]) => `${name}:x:${id}:\n`);
  await writeTo(tree, "etc/passwd", passwd.join(""));
  await writeTo(tree, "etc/group", group.join(""));
  await writeTo(tree, "etc/nsswitch.conf", "hosts: files dns\n");
  await makeFolder(tree, "tmp", 0o1777);
}
