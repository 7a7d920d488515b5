import { describe, expect, it } from "vitest";

import { PLAIN_SECRET_RULE, THROW_AWAY } from "../../../../src/charts/rules/plain-secret.ts";
import type { Environment } from "../../../../src/platform/environments.ts";
import { only, places, placesIn, renderFor } from "./render.ts";
import { KNOWN_FORMS, noise, pem } from "./secret-samples.ts";

const VALUE = noise(12);
const json = (value: unknown) => JSON.stringify(value);
const base64 = (text: string) => Buffer.from(text).toString("base64");

const object = (
  kind: string,
  rest: Record<string, unknown>,
  metadata: Record<string, unknown> = {},
  apiVersion = "v1",
) => json({ apiVersion, kind, metadata: { name: "a", ...metadata }, ...rest });
const container = (fields: Record<string, unknown>) =>
  object("Deployment", { spec: { template: { spec: { containers: [{ name: "api", ...fields }] } } } }, {}, "apps/v1");
const env = (name: string, value: unknown) => container({ env: [{ name, value }] });

const found = (environment: Environment, ...documents: string[]) =>
  places(PLAIN_SECRET_RULE.check(renderFor(environment, ...documents)));
const CONTAINER = "Deployment a spec.template.spec.containers[0]";

describe("plain-secret in Secrets (C-57)", () => {
  it.each(["dev", "staging", "prod"] as const)(
    "finds values that a chart writes into a Secret for %s",
    (environment) => {
      const secret = object("Secret", {
        stringData: { url: "anything", empty: "" },
        data: { key: base64("other"), none: null },
      });
      expect(found(environment, secret)).toEqual(["Secret a data.key", "Secret a stringData.url"]);
    },
  );

  it("lets dev have a Secret that is marked as thrown away", () => {
    const secret = object("Secret", { stringData: { password: VALUE } }, { annotations: { [THROW_AWAY]: "true" } });
    expect(found("dev", secret)).toEqual([]);
    const finding = only(PLAIN_SECRET_RULE.check(renderFor("staging", secret)));
    expect(finding.reason).toBe(
      `holds a value that the chart writes out (not shown); allowed in staging are Secrets made outside the chart; the mark ${THROW_AWAY} counts in dev only`,
    );
    expect(
      found("dev", object("Secret", { stringData: { password: VALUE } }, { annotations: { [THROW_AWAY]: "false" } })),
    ).toHaveLength(1);
  });

  it("is content with empty values, certificates, references and Secrets that operators make", () => {
    const documents = [
      object("Secret", { type: "kubernetes.io/service-account-token" }),
      object("Secret", {
        data: { "ca.crt": base64(pem("CERTIFICATE")), empty: "" },
        stringData: { password: "<path:secret/data/a#password>" },
      }),
      object("SealedSecret", { spec: { encryptedData: { password: VALUE } } }, {}, "bitnami.com/v1alpha1"),
      object(
        "ExternalSecret",
        { spec: { data: [{ secretKey: "apiKey9", remoteRef: { key: "shop/api", property: "password" } }] } },
        {},
        "external-secrets.io/v1",
      ),
    ];
    expect(found("prod", ...documents)).toEqual([]);
  });

  it("finds a key beside its certificate", () => {
    const secret = object("Secret", {
      type: "kubernetes.io/tls",
      data: { "tls.crt": base64(pem("CERTIFICATE")), "tls.key": base64(pem("PRIVATE KEY")) },
    });
    expect(found("prod", secret)).toEqual(['Secret a data["tls.key"]']);
  });
});

describe("plain-secret in other objects", () => {
  it.each(["POSTGRES_PASSWORD", "API_TOKEN", "CLIENT_SECRET", "QDRANT__SERVICE__API_KEY", "SECRET_KEY", "SMTP_PASS"])(
    "finds a value of the variable %s",
    (name) => {
      expect(placesIn(PLAIN_SECRET_RULE, env(name, VALUE))).toEqual([`${CONTAINER}.env[0].value`]);
    },
  );

  it.each(KNOWN_FORMS)("finds %s in a variable of any name", (_, sample) => {
    expect(placesIn(PLAIN_SECRET_RULE, env("ANYTHING", sample))).toEqual([`${CONTAINER}.env[0].value`]);
  });

  it.each([
    { where: "an argument", document: container({ args: ["serve", "--token", VALUE] }), place: `${CONTAINER}.args[2]` },
    {
      where: "an argument with =",
      document: container({ args: [`--requirepass=${VALUE}`] }),
      place: `${CONTAINER}.args[0]`,
    },
    {
      where: "a script",
      document: container({ command: ["sh", "-c", `set -e\nexport PGPASSWORD=${VALUE}\npsql`] }),
      place: `${CONTAINER}.command[2]`,
    },
    {
      where: "a probe",
      document: container({ livenessProbe: { httpGet: { httpHeaders: [{ name: "X-Api-Key", value: VALUE }] } } }),
      place: `${CONTAINER}.livenessProbe.httpGet.httpHeaders[0].value`,
    },
    {
      where: "a ConfigMap, by its key",
      document: object("ConfigMap", { data: { ADMIN_PASSWORD: VALUE } }),
      place: "ConfigMap a data.ADMIN_PASSWORD",
    },
    {
      where: "a ConfigMap, by its form",
      document: object("ConfigMap", { data: { URL: `amqp://a:${VALUE}@mq` } }),
      place: "ConfigMap a data.URL",
    },
    {
      where: "a file in a ConfigMap",
      document: object("ConfigMap", { data: { "nats.conf": `port: 4222\nauthorization {\n  token: ${VALUE}\n}\n` } }),
      place: 'ConfigMap a data["nats.conf"]',
    },
    {
      where: "a script in a ConfigMap",
      document: object("ConfigMap", { data: { "init.sh": `#!/bin/sh\ncurl -u a:${VALUE} http://b\n` } }),
      place: 'ConfigMap a data["init.sh"]',
    },
    {
      where: "an annotation",
      document: object("Service", {}, { annotations: { "example.com/dsn": `https://a:${VALUE}@b` } }),
      place: 'Service a metadata.annotations["example.com/dsn"]',
    },
    {
      where: "an annotation, by its name",
      document: object("Service", {}, { annotations: { "example.com/api-token": VALUE } }),
      place: 'Service a metadata.annotations["example.com/api-token"]',
    },
    {
      where: "a custom resource",
      document: object("Cluster", { spec: { auth: { clientSecret: VALUE } } }, {}, "example.com/v1"),
      place: "Cluster a spec.auth.clientSecret",
    },
    {
      where: "an annotation of a Secret",
      document: object("Secret", {}, { annotations: { note: `a=1 password=${VALUE}` } }),
      place: "Secret a metadata.annotations.note",
    },
  ])("finds a credential in $where", ({ document, place }) => {
    expect(placesIn(PLAIN_SECRET_RULE, document)).toEqual([place]);
  });

  it("finds a credential once, and shows it nowhere", () => {
    const value = `postgres://a:${VALUE}@db?password=${VALUE}`;
    const finding = only(PLAIN_SECRET_RULE.check(renderFor("prod", env("DB_PASSWORD", value))));
    expect(finding).toMatchObject({
      rule: "plain-secret",
      reason: "holds a value for DB_PASSWORD, written out (not shown); allowed are references to a Secret",
    });
    expect(JSON.stringify(finding)).not.toContain(VALUE);
  });

  it("is content with references", () => {
    const documents = [
      container({
        env: [
          { name: "POSTGRES_PASSWORD", valueFrom: { secretKeyRef: { name: "shop-database", key: "password" } } },
          { name: "DATABASE_URL", value: "postgres://shop:$(POSTGRES_PASSWORD)@db:5432/shop" },
          { name: "REDIS_PASSWORD", value: "$(CACHE_PASSWORD)" },
          { name: "POSTGRES_PASSWORD_FILE", value: "/run/secrets/password" },
          { name: "API_TOKEN", value: "" },
          { name: "MAX_TOKENS", value: "4096" },
          { name: "TOKEN_URL", value: "https://login.example.com/oauth/token" },
          { name: "JWT_PUBLIC_KEY", value: pem("PUBLIC KEY") },
          { name: "TLS_SECRET", value: "shop-tls" },
        ],
        envFrom: [{ secretRef: { name: "shop-secret" } }],
        args: ["--token-file", "/run/secrets/token", "--password", "$(PASSWORD)", "--secret-name", "shop"],
      }),
      object("Deployment", {
        spec: {
          template: {
            spec: {
              automountServiceAccountToken: false,
              imagePullSecrets: [{ name: "pull" }],
              volumes: [{ secret: { secretName: "shop" } }],
            },
          },
        },
      }),
      object(
        "Ingress",
        { spec: { tls: [{ secretName: "shop-tls" }] } },
        { annotations: { "nginx.ingress.kubernetes.io/auth-secret": "basic-auth" } },
      ),
      object(
        "Deployment",
        { spec: {} },
        { annotations: { "checksum/secret": noise(64), "checksum/token": noise(64) } },
      ),
      object("ConfigMap", {
        data: {
          "nginx.conf": "location / {\n  proxy_pass http://api;\n}\n",
          "server.conf": "password_encryption = scram-sha-256\n",
        },
      }),
      object(
        "ServiceMonitor",
        {
          spec: {
            endpoints: [
              {
                bearerTokenSecret: { name: "a", key: "token" },
                basicAuth: { password: { name: "a", key: "password" } },
              },
            ],
          },
        },
        {},
        "monitoring.coreos.com/v1",
      ),
      object("CustomResourceDefinition", {
        spec: { versions: [{ schema: { properties: { password: { default: "changeme" } } } }] },
      }),
      object("Role", { rules: [{ resources: ["secrets"], verbs: ["get"] }] }),
      object("PrometheusRule", {
        spec: {
          groups: [
            {
              rules: [
                {
                  expr: 'absent(kube_secret_info{secret="shop"})',
                  annotations: { description: "The token: it expired" },
                },
              ],
            },
          ],
        },
      }),
    ];
    expect(found("prod", ...documents)).toEqual([]);
  });
});
