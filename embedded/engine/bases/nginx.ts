/** Base `nginx`: Debian's nginx, arranged as the unprivileged official image: port 8080, all that is written in /tmp. */

import { mkdir, symlink } from "node:fs/promises";
import path from "node:path";

import type { LayerRecipe } from "../images/layer.ts";
import { DEBIAN_SUITE } from "../versions.ts";
import type { Base } from "./base.ts";
import { staticLayer } from "./static.ts";
import { DOCUMENTATION, makeFolder, removeFrom, writeTo } from "./tree.ts";

const USER = { name: "nginx", id: 101 } as const;
/** nginx, a small shell, and the libraries that they are linked with: what else the packages ask for serves a full system. */
const PACKAGES = [
  ...["busybox", "libc6", "libcrypt1", "libgcc-s1", "libpcre2-8-0", "libssl3", "nginx", "nginx-common", "zlib1g"],
] as const;

const NOT_NEEDED = [
  ...DOCUMENTATION,
  "etc/default",
  "etc/init.d",
  "etc/ld.so.conf.d",
  "etc/logrotate.d",
  "etc/nginx/conf.d",
  "etc/nginx/modules-available",
  "etc/nginx/modules-enabled",
  "etc/nginx/sites-available",
  "etc/nginx/sites-enabled",
  "etc/nginx/snippets",
  "etc/ufw",
  "lib/systemd",
  "usr/lib/nginx",
  "usr/share/apport",
  "usr/share/bug",
  "usr/share/nginx",
  "usr/share/vim",
  "var",
] as const;

const CONFIG = `worker_processes auto;
error_log /var/log/nginx/error.log notice;
pid /tmp/nginx.pid;

events {
    worker_connections 1024;
}

http {
    proxy_temp_path /tmp/proxy_temp;
    client_body_temp_path /tmp/client_temp;
    fastcgi_temp_path /tmp/fastcgi_temp;
    uwsgi_temp_path /tmp/uwsgi_temp;
    scgi_temp_path /tmp/scgi_temp;

    include /etc/nginx/mime.types;
    default_type application/octet-stream;
    access_log /var/log/nginx/access.log;
    sendfile on;
    keepalive_timeout 65;
    include /etc/nginx/conf.d/*.conf;
}
`;

const WELCOME = "server {\n    listen 8080;\n    root /usr/share/nginx/html;\n}\n";

/** Commands of the official image that the platform uses; busybox with its libraries finds names, and busybox-static does not. */
const COMMANDS = { "bin/sh": "/bin/busybox", "bin/sleep": "/bin/busybox", "usr/bin/wget": "/bin/busybox" } as const;

/** What nginx logs to files goes to the container's output. */
const LOGS = { "access.log": "/dev/stdout", "error.log": "/dev/stderr" } as const;

const nginxLayer: LayerRecipe = {
  name: "nginx",
  inputs: {
    suite: DEBIAN_SUITE,
    packages: PACKAGES,
    without: NOT_NEEDED,
    config: CONFIG,
    commands: COMMANDS,
    welcome: WELCOME,
    logs: LOGS,
  },
  fill: async ({ debian }, tree) => {
    await debian.unpack(PACKAGES, tree);
    await removeFrom(tree, NOT_NEEDED);
    await writeTo(tree, "etc/nginx/nginx.conf", CONFIG);
    await writeTo(tree, "etc/nginx/conf.d/default.conf", WELCOME);
    await makeFolder(tree, "usr/share/nginx/html");
    for (const [name, target] of Object.entries(COMMANDS)) {
      await mkdir(path.dirname(path.join(tree, name)), { recursive: true });
      await symlink(target, path.join(tree, name));
    }
    const logs = path.join(tree, "var/log/nginx");
    await mkdir(logs, { recursive: true });
    for (const [name, target] of Object.entries(LOGS)) await symlink(target, path.join(logs, name));
  },
};

/** A web server that runs as anybody, with the shell that the official image has. */
export const nginx: Base = {
  name: "nginx",
  tag: DEBIAN_SUITE,
  madeFrom: `the Debian ${DEBIAN_SUITE} packages nginx and busybox`,
  reason: "serves the web images",
  layers: [staticLayer, nginxLayer],
  config: {
    user: String(USER.id),
    workingDirectory: "/",
    command: ["nginx", "-g", "daemon off;"],
    ports: ["8080/tcp"],
    environment: { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" },
  },
};
