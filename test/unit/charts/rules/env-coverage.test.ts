import { describe, expect, it } from "vitest";

import { parseConfigRegistry } from "../../../../src/charts/config-registry.ts";
import type { ChartRender } from "../../../../src/charts/finding.ts";
import { checkConfigDefaults, checkEnvCoverage, envCoverageRule } from "../../../../src/charts/rules/env-coverage.ts";
import { leastCpuMilliseconds } from "../../../support/cpu-time.ts";
import { renderOf } from "../network/release.ts";

const REGISTRY = parseConfigRegistry(
  [
    key("API_URL", "[web]", "config", "true"),
    key("DATABASE_URL", "[api, migrate]", "secret", "true"),
    key("CACHE_PASSWORD", "[api]", "secret", "false"),
    key("LOG_LEVEL", "[web, api, migrate]", "config", "false", "info"),
    key("QUOTA_LIMIT", "[api]", "config", "false", "60"),
    key("QUOTA_WINDOW", "[api]", "config", "false"),
  ].join("\n"),
  "shop.yaml",
);

const SPEC = {
  registry: REGISTRY,
  components: { migrate: "migrator" },
  secrets: { "shop-database": ["DATABASE_URL"], "shop-cache": ["password"] },
};

function key(name: string, components: string, kind: string, required: string, fallback?: string): string {
  const given = fallback === undefined ? "" : `, default: "${fallback}"`;
  return `- { name: ${name}, components: ${components}, kind: ${kind}, required: ${required}${given}, description: A key. }`;
}

/** A Deployment or Job of one component, whose pod has these containers. */
function workload(kind: string, component: string, containers: string, initContainers = "[]"): string {
  return `
apiVersion: apps/v1
kind: ${kind}
metadata: { name: shop-${component} }
spec:
  template:
    metadata: { labels: { app.kubernetes.io/component: ${component} } }
    spec:
      initContainers: ${initContainers}
      containers: ${containers}`;
}

const DATABASE_URL = "{ name: DATABASE_URL, valueFrom: { secretKeyRef: { name: shop-database, key: DATABASE_URL } } }";
const CACHE_PASSWORD =
  "{ name: CACHE_PASSWORD, valueFrom: { secretKeyRef: { name: shop-cache, key: password, optional: true } } }";

const GOOD = {
  webConfig:
    "{ apiVersion: v1, kind: ConfigMap, metadata: { name: shop-web }, data: { level: info, API_URL: 'http://api' } }",
  apiConfig:
    "{ apiVersion: v1, kind: ConfigMap, metadata: { name: shop-api }, data: { LOG_LEVEL: info, LIMIT: '60', WINDOW: '' } }",
  web: workload(
    "Deployment",
    "web",
    "[{ name: main, image: x/y, env: [" +
      "{ name: LOG_LEVEL, valueFrom: { configMapKeyRef: { name: shop-web, key: level } } }," +
      "{ name: API_URL, valueFrom: { configMapKeyRef: { name: shop-web, key: API_URL } } }] }]",
  ),
  api: workload(
    "Deployment",
    "api",
    "[{ name: api, image: shop-api:1, envFrom: [{ configMapRef: { name: shop-quota }, prefix: QUOTA_ }, { configMapRef: { name: shop-log } }]," +
      ` env: [${DATABASE_URL}, ${CACHE_PASSWORD}, { name: GOMEMLIMIT, valueFrom: { resourceFieldRef: { resource: limits.memory } } }] },` +
      " { name: proxy, image: envoy:1, env: [{ name: ADMIN_PORT, value: '9901' }] }]",
    `[{ name: wait, image: shop-migrate:1, env: [${DATABASE_URL}, { name: STEP, value: wait }] }]`,
  ),
  quota: "{ apiVersion: v1, kind: ConfigMap, metadata: { name: shop-quota }, data: { LIMIT: '60', WINDOW: '' } }",
  log: "{ apiVersion: v1, kind: ConfigMap, metadata: { name: shop-log }, data: { LOG_LEVEL: info } }",
  migrator: workload(
    "Job",
    "migrator",
    `[{ name: migrate, image: shop-migrate:1, env: [${DATABASE_URL}, { name: LOG_LEVEL, value: info }] }]`,
  ),
};

type Part = keyof typeof GOOD;

/** The good release with a word of one document replaced, which must be there. */
function replaced(part: Part, from: string, to: string): ChartRender {
  if (!GOOD[part].includes(from)) throw new Error(`${part} has no ${from}`);
  return renderOf(...Object.values({ ...GOOD, [part]: GOOD[part].replace(from, () => to) }));
}

/** What is found, without what all findings share. */
function found(render: ChartRender, spec = SPEC): string[] {
  return checkEnvCoverage(render, spec).map(
    ({ object, path, reason, fix }) => `${object} | ${path} | ${reason} | ${fix}`,
  );
}

describe("checkEnvCoverage", () => {
  it("finds nothing where every component gets its keys, of the right kind, and no other", () => {
    expect(found(renderOf(...Object.values(GOOD)))).toEqual([]);
  });

  it("names rule, chart and environment", () => {
    expect(envCoverageRule(SPEC).check(replaced("quota", "LIMIT", "LIMITS"))[0]).toMatchObject({
      ...{ rule: "env-coverage", chart: "shop", environment: "dev" },
    });
  });

  it.each([
    {
      defect: "a config key that is not surfaced",
      render: replaced("migrator", ", { name: LOG_LEVEL, value: info }", ""),
    },
    { defect: "a required secret that is not surfaced", render: replaced("migrator", `${DATABASE_URL}, `, "") },
    { defect: "a key of another component", render: replaced("web", "name: API_URL, ", "name: QUOTA_LIMIT, ") },
    { defect: "a key that is spelt wrongly", render: replaced("quota", "LIMIT", "LIMT") },
    { defect: "a key without its prefix", render: replaced("api", ", prefix: QUOTA_", "") },
    {
      defect: "a secret as a literal",
      render: replaced("migrator", DATABASE_URL, "{ name: DATABASE_URL, value: 'postgres://u:p@h/d' }"),
    },
    {
      defect: "a secret in a ConfigMap",
      render: replaced(
        "api",
        DATABASE_URL,
        "{ name: DATABASE_URL, valueFrom: { configMapKeyRef: { name: shop-log, key: LOG_LEVEL } } }",
      ),
    },
    {
      defect: "config from a Secret",
      render: replaced(
        "migrator",
        "{ name: LOG_LEVEL, value: info }",
        DATABASE_URL.replace("DATABASE_URL", "LOG_LEVEL"),
      ),
    },
    {
      defect: "a required secret that is optional",
      render: replaced("migrator", "key: DATABASE_URL", "key: DATABASE_URL, optional: true"),
    },
    { defect: "a required key that is empty", render: replaced("webConfig", "'http://api'", "''") },
    {
      defect: "a Secret that nobody declares",
      render: replaced("migrator", "name: shop-database", "name: shop-databse"),
    },
    { defect: "a key that the Secret does not have", render: replaced("migrator", "key: DATABASE_URL", "key: URL") },
    { defect: "a ConfigMap that is not rendered", render: replaced("api", "name: shop-log", "name: shop-lag") },
    { defect: "a key that the ConfigMap does not have", render: replaced("web", "key: level", "key: lvl") },
    {
      defect: "a helper that takes a secret from a literal",
      render: replaced(
        "api",
        `image: shop-migrate:1, env: [${DATABASE_URL}`,
        "image: shop-migrate:1, env: [{ name: DATABASE_URL, value: x }",
      ),
    },
    {
      defect: "a component without a container",
      render: replaced("web", "app.kubernetes.io/component: web", "app.kubernetes.io/component: wbe"),
    },
    {
      defect: "a key of a ConfigMap that no container takes",
      render: replaced("webConfig", "level: info", "level: info, NEW_KEY: x"),
    },
    {
      defect: "a variable twice, of which the last wins",
      render: replaced(
        "migrator",
        "{ name: LOG_LEVEL, value: info }",
        "{ name: LOG_LEVEL, value: info }, { name: DATABASE_URL, value: x }",
      ),
    },
  ])("tells $defect", ({ render }) => {
    expect(found(render)).toMatchSnapshot();
    expect(found(render)).not.toEqual([]);
  });

  it("takes a secret that is put together from Secrets", () => {
    const password = DATABASE_URL.replace("name: DATABASE_URL", "name: PG_PASSWORD");
    const url = "{ name: DATABASE_URL, value: 'postgres://shop:$(PG_PASSWORD)@db/shop' }";
    expect(found(replaced("migrator", DATABASE_URL, `${password}, ${url}`))).toEqual([]);
    expect(found(replaced("migrator", DATABASE_URL, `${password}, ${url.replace("$(", () => "$$(")}`))).toHaveLength(2);
  });

  it("takes a Secret of the render, whole or by key", () => {
    const secret = "{ apiVersion: v1, kind: Secret, metadata: { name: own }, stringData: { DATABASE_URL: x } }";
    const whole = GOOD.migrator.replace(`env: [${DATABASE_URL},`, "envFrom: [{ secretRef: { name: own } }], env: [");
    const byKey = GOOD.migrator.replace("name: shop-database", "name: own");
    for (const migrator of [whole, byKey]) {
      expect(found(renderOf(...Object.values({ ...GOOD, migrator }), secret))).toEqual([]);
      expect(found(renderOf(...Object.values({ ...GOOD, migrator })))).not.toEqual([]);
    }
  });

  it("does not take ConfigMaps and Secrets of another namespace", () => {
    expect(found(replaced("log", "name: shop-log", "name: shop-log, namespace: other"))).not.toEqual([]);
  });

  it("does not take a test pod with the component's labels for the component", () => {
    const test =
      "{ apiVersion: v1, kind: Pod, metadata: { name: t, annotations: { helm.sh/hook: test }, labels: { app.kubernetes.io/component: api } }, spec: { containers: [{ name: curl }] } }";
    expect(found(renderOf(...Object.values(GOOD), test))).toEqual([]);
  });

  it("asks helpers with the component's image for no key that they do not need, and lets them have no strange one", () => {
    const helper = (env: string) =>
      workload(
        "Job",
        "migrator",
        `[{ name: migrate, image: shop-migrate:1, env: [${DATABASE_URL}, { name: LOG_LEVEL, value: info }] }]`,
        `[{ name: wait, image: shop-migrate:1, env: [${env}] }]`,
      );
    expect(found(renderOf(...Object.values({ ...GOOD, migrator: helper(DATABASE_URL) })))).toEqual([]);
    expect(found(renderOf(...Object.values({ ...GOOD, migrator: helper("{ name: STRANGE, value: x }") })))).toEqual([
      "Job shop-migrator | spec.template.spec.initContainers[0].env[0] | migrator gets STRANGE, which no component reads according to shop.yaml | remove it, or list migrate for it in the registry",
    ]);
  });
});

describe("checkConfigDefaults", () => {
  it("finds nothing where the chart's defaults are those of the registry", () => {
    expect(checkConfigDefaults(renderOf(...Object.values(GOOD)), SPEC)).toEqual([]);
  });

  it("tells a default that differs, in a ConfigMap and as a literal", () => {
    const documents = {
      ...GOOD,
      quota: GOOD.quota.replace("'60'", "'61'"),
      migrator: GOOD.migrator.replace("value: info", "value: debug"),
    };
    expect(checkConfigDefaults(renderOf(...Object.values(documents)), SPEC)).toMatchSnapshot();
  });
});

describe("the time it takes", () => {
  it("is under 50 ms for 100 objects", () => {
    const render = renderOf(...Array.from({ length: 15 }, () => Object.values(GOOD)).flat());
    expect(render.manifests.length).toBeGreaterThan(100);
    expect(leastCpuMilliseconds(() => checkEnvCoverage(render, SPEC))).toBeLessThan(50);
  });
});
