import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";

import { dag, type Service } from "@dagger.io/dagger";
import { describe, expect, it } from "vitest";

import { parsePlatform } from "../../src/platform/platform-file.ts";
import { registryTool } from "./support/registry-tool.ts";
import { inEngine, lockOfRun, outsideImage, ownSource, ROOT, slipway, tableRows } from "./support/slipway.ts";

const REGISTRY = "registry:5000";
const PLATFORM = "deploy/platform.yaml";
/** Repositories by the names of the images. */
const REPOSITORIES = new Map(
  parsePlatform(readFileSync(path.join(ROOT, PLATFORM), "utf8"), PLATFORM).images.map((image) => [
    image.name,
    image.repository,
  ]),
);

/** A registry of its own, empty. */
async function emptyRegistry(): Promise<Service> {
  const registry = await outsideImage("registry");
  return registry
    .withEnvVariable("SLIPWAY_TEST", randomUUID())
    .withExposedPort(5000)
    .asService({ useEntrypoint: true });
}

/** A registry of its own, empty, behind a server that lets nobody write to one of its repositories. */
async function registryWithout(repository: string): Promise<Service> {
  const folders = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path /tmp/${name};`);
  const toBackend = "proxy_pass http://backend:5000; proxy_set_header Host $http_host; proxy_request_buffering off;";
  const settings = `user root;
pid /tmp/nginx.pid;
events {}
http {
  access_log off;
  ${folders.join(" ")}
  client_max_body_size 0;
  server {
    listen 5000;
    location /v2/acme/${repository}/ {
      limit_except GET { deny all; }
      ${toBackend}
    }
    location / { ${toBackend} }
  }
}
`;
  return (await outsideImage("nginx"))
    .withUser("root")
    .withServiceBinding("backend", await emptyRegistry())
    .withNewFile("/settings.conf", settings)
    .withExposedPort(5000)
    .asService({ args: ["nginx", "-c", "/settings.conf", "-g", "daemon off;"] });
}

async function publish(service: Service, options: { tag?: string[]; ref?: string; edit?: boolean; password?: string }) {
  // Another comment in a label is enough for another digest, and costs no compilation.
  const source = options.edit === true ? await relabelled() : ownSource();
  return slipway({ source }).publishImages(
    `${REGISTRY}/acme`,
    options.tag ?? [],
    options.ref ?? "",
    "main",
    options.password === undefined ? "" : "someone",
    options.password === undefined ? undefined : dag.setSecret("registry-password", options.password),
    service,
    true,
  );
}

async function relabelled() {
  const source = ownSource();
  const file = "docker/Dockerfile.api";
  const text = await source.file(file).contents();
  return source.withNewFile(file, `${text}\nLABEL example.planted="another image of the same commit"\n`);
}

/** What a registry has of the images of this source: those whose manifests it gives by digest, and every tag. */
async function contentOf(service: Service): Promise<{ images: string[]; tags: string[] }> {
  const rows = [...tableRows(await slipway().buildAll()).entries()].filter(([, row]) => row[3]?.startsWith("sha256:"));
  const pinned = rows.map(([name, row]) => `${REGISTRY}/acme/${REPOSITORIES.get(name) ?? name}@${row[3] ?? ""}`);
  const output = await registryTool(await lockOfRun())
    .withServiceBinding("registry", service)
    .withEnvVariable("SLIPWAY_TEST", randomUUID())
    .withEnvVariable("PINNED", pinned.join(" "))
    .withExec(["sh", "-euc", LOOK])
    .stdout();
  const lines = output.trim().split("\n");
  const after = (what: string) => lines.filter((line) => line.startsWith(what)).map((line) => line.slice(what.length));
  return { images: after("image "), tags: after("tag ") };
}

const LOOK = `regctl registry set ${REGISTRY} --tls disabled
for pinned in $PINNED; do
  repository=\${pinned%@*}
  if regctl manifest head "$pinned" > /dev/null 2>&1; then echo "image \${repository##*/}"; fi
  regctl tag ls "$repository" 2> /dev/null | sed "s|^|tag \${repository##*/}:|"
done`;

/** Tags of one publish: the commit and one alias for each image of the platform file. */
const TAGS = 2 * REPOSITORIES.size;

describe("publish-images against a real registry (C-08, Y-17, Y-18)", () => {
  it("publishes by commit and alias, keeps what is there, and refuses another image of the same commit", async () => {
    await inEngine(async () => {
      const service = await (await emptyRegistry()).start();
      try {
        const first = await publish(service, { ref: "refs/heads/main" });
        expect(first.match(/ set$/gm)).toHaveLength(TAGS);
        expect(tableRows(first).get("api")?.[1]).toBe("edge");

        const second = await publish(service, { ref: "refs/heads/main" });
        expect(second.match(/already there with the same digest$/gm)).toHaveLength(TAGS);

        await expect(publish(service, { ref: "refs/heads/main", edit: true })).rejects.toThrow(
          /\[gate\] the registry has other images under tags that never move:\n {2}registry:5000\/acme\/cruvero-api:sha-[0-9a-f]{40} has sha256:/,
        );
        const third = await publish(service, { ref: "refs/heads/main" });
        expect(third.match(/already there with the same digest$/gm), "the refused run moved no alias").toHaveLength(
          TAGS,
        );
        const { images, tags } = await contentOf(service);
        expect(images).toEqual([...REPOSITORIES.values()]);
        expect(tags.filter((tag) => tag.endsWith(":edge"))).toHaveLength(TAGS / 2);
        expect(tags).toHaveLength(TAGS);
      } finally {
        await service.stop();
      }
    });
  });

  it("pushes every other image and sets no tag when the registry refuses to write one repository", async () => {
    await inEngine(async () => {
      const refused = "cruvero-api";
      const service = await registryWithout(refused);
      await service.start();
      try {
        await expect(publish(service, { ref: "refs/heads/main" })).rejects.toThrow(
          /^\[infra\] publishing to registry:5000\/acme failed\n[^]*pushing registry:5000\/acme\/cruvero-api@sha256:[0-9a-f]{64}: /,
        );
        const { images, tags } = await contentOf(service);
        expect(images).toEqual([...REPOSITORIES.values()].filter((name) => name !== refused));
        expect(tags).toEqual([]);
      } finally {
        await service.stop();
      }
    });
  });

  it("refuses latest before it builds anything", async () => {
    await inEngine(async () => {
      await expect(publish(await emptyRegistry(), { tag: ["latest"] })).rejects.toThrow(/^\[config\] the tag "latest"/);
    });
  });

  it("names the registry and the image when the registry refuses, and prints no password", async () => {
    await inEngine(async () => {
      const refusing = (await outsideImage("registry"))
        .withNewFile("/etc/registry/htpasswd", "someone:$2y$05$invalidinvalidinvalidinvalidinvalidinvalidinvalidinva\n")
        .withEnvVariable("REGISTRY_AUTH", "htpasswd")
        .withEnvVariable("REGISTRY_AUTH_HTPASSWD_REALM", "test")
        .withEnvVariable("REGISTRY_AUTH_HTPASSWD_PATH", "/etc/registry/htpasswd")
        .withExposedPort(5000)
        .asService({ useEntrypoint: true });
      const failed = publish(refusing, { password: "canary-3f1c" });
      await expect(failed).rejects.toThrow(
        /^\[infra\] asking registry:5000\/acme what it has failed\n[^]*reading registry:5000\/acme\/[a-z-]+@sha256:/,
      );
      await expect(failed).rejects.not.toThrow(/canary-3f1c/);
    });
  });
});
