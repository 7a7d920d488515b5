import { describe, expect, it } from "vitest";

import { ADMISSION, MOST_REQUESTED, TRUST_FOLDER, TRUST_VARIABLES } from "../../../src/cluster/admission.ts";
import { asRenderedCheck, deviations } from "../../../src/cluster/as-rendered.ts";

const APART = { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: "kubernetes.io/hostname" }] };
const limits = { memory: "512Mi" };
/** What the policies make of the requests: one is lowered, the other is low. */
const LOWERED = { cpu: MOST_REQUESTED.cpu, memory: "16Mi" };
const SPREAD = { topologyKey: "zone", matchLabelKeys: ["hash"], labelSelector: { matchLabels: { app: "api" } } };
const TEMPLATE = {
  containers: [
    {
      name: "api",
      image: "api@sha256:1",
      resources: { requests: { cpu: "500m", memory: "16Mi" }, limits },
    },
  ],
  affinity: { podAntiAffinity: APART },
  topologySpreadConstraints: [SPREAD],
};

/** The pod that a test's cluster makes of the template, with some fields of the container and the pod replaced. */
function objects(container: object = {}, spec: object = {}): unknown {
  const changed = {
    ...TEMPLATE,
    nodeName: "slipway",
    affinity: { podAntiAffinity: {} },
    topologySpreadConstraints: [
      {
        ...SPREAD,
        labelSelector: { ...SPREAD.labelSelector, matchExpressions: [{ key: "hash", operator: "In", values: ["1"] }] },
      },
    ],
    volumes: [{ name: ADMISSION, configMap: { name: ADMISSION } }],
    containers: [
      {
        ...TEMPLATE.containers[0],
        resources: { requests: LOWERED, limits },
        env: TRUST_VARIABLES.map((name) => ({ name, value: `${TRUST_FOLDER}/ca.crt` })),
        volumeMounts: [{ name: ADMISSION, mountPath: TRUST_FOLDER }],
        ...container,
      },
    ],
    ...spec,
  };
  return {
    items: [
      { kind: "ReplicaSet", metadata: { uid: "1" }, spec: { template: { spec: TEMPLATE } } },
      { kind: "Pod", metadata: { namespace: "shop", name: "api", ownerReferences: [{ uid: "1" }] }, spec: changed },
    ],
  };
}

describe("deviations", () => {
  it("finds none where requests, trust and the rule to keep apart are all that differs", () => {
    expect(deviations(objects())).toEqual([]);
  });

  it.each([
    { title: "limits", container: { resources: { requests: LOWERED, limits: { memory: "1Gi" } } } },
    { title: "an image", container: { image: "other" } },
    {
      title: "a request that is not the low one",
      container: { resources: { requests: { cpu: "2m", memory: "16Mi" }, limits } },
    },
    { title: "a request that was raised", container: { resources: { requests: MOST_REQUESTED, limits } } },
    { title: "a variable", container: { env: [{ name: "SSL_CERT_FILE", value: "/other" }] } },
    { title: "a user", spec: { securityContext: { runAsUser: 0 } } },
    { title: "a volume", spec: { volumes: [{ name: "other", emptyDir: {} }] } },
    { title: "a rule of placement", spec: { topologySpreadConstraints: [] } },
  ])("names $title", ({ container, spec }) => {
    expect(deviations(objects(container, spec)).length).toBeGreaterThan(0);
  });
});

describe("deviations of a pod whose template leaves much to Kubernetes", () => {
  /** A template with limits alone, and the pod that Kubernetes and the policies make of it, with other requests. */
  function bare(requests: object): unknown {
    const container = { name: "api", image: "api:1", resources: { limits: { cpu: "1", memory: "16Mi" } } };
    const token = "kube-api-access-x7k2p";
    const spec = {
      ...{ enableServiceLinks: true, serviceAccountName: "default", imagePullSecrets: [{ name: "pull" }] },
      volumes: [{ name: token, projected: {} }],
      containers: [
        {
          ...container,
          resources: { ...container.resources, requests },
          volumeMounts: [{ name: token, mountPath: "/t" }],
        },
      ],
    };
    return {
      items: [
        { kind: "ReplicaSet", metadata: { uid: "1" }, spec: { template: { spec: { containers: [container] } } } },
        { kind: "Pod", metadata: { namespace: "shop", name: "api", ownerReferences: [{ uid: "1" }] }, spec },
      ],
    };
  }

  it("finds none in the defaults of a pod, its token, and requests that are the limits, lowered or not", () => {
    expect(deviations(bare(LOWERED))).toEqual([]);
    expect(deviations(bare({ cpu: "1", memory: "16Mi" }))).toEqual([]);
  });

  it("names a request that is neither", () => {
    expect(deviations(bare({ cpu: "2", memory: "16Mi" }))).toHaveLength(1);
  });
});

describe("deviations of a StatefulSet's pod", () => {
  /** A StatefulSet with a volume for each pod, and the pod that Kubernetes makes of it, with some fields replaced. */
  function stateful(spec: object = {}): unknown {
    const claim = { name: "data", persistentVolumeClaim: { claimName: "data-database-0" } };
    const template = { containers: [{ name: "database", image: "database@sha256:1" }] };
    const owner = { serviceName: "database", volumeClaimTemplates: [{ metadata: { name: "data" } }] };
    const identity = { hostname: "database-0", subdomain: "database", volumes: [claim] };
    return {
      items: [
        { kind: "StatefulSet", metadata: { uid: "1" }, spec: { ...owner, template: { spec: template } } },
        {
          kind: "Pod",
          metadata: { namespace: "shop", name: "database-0", ownerReferences: [{ uid: "1" }] },
          spec: { ...template, ...identity, ...spec },
        },
      ],
    };
  }

  it("are none where it has its own name, Service and volume", () => {
    expect(deviations(stateful())).toEqual([]);
  });

  it.each([
    { title: "another host name", spec: { hostname: "other" }, path: "spec.hostname" },
    { title: "another Service", spec: { subdomain: "other" }, path: "spec.subdomain" },
    {
      title: "another claim",
      spec: { volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data-other-0" } }] },
      path: "spec.volumes",
    },
  ])("name $title", ({ spec, path }) => {
    expect(deviations(stateful(spec))).toEqual([{ pod: "shop/database-0", path }]);
  });
});

describe("asRenderedCheck", () => {
  it("says where a pod differs", () => {
    expect(asRenderedCheck(objects({ image: "other" }))).toMatchObject({
      ok: false,
      reason: "shop/api: spec.containers[0].image",
    });
    expect(asRenderedCheck(objects())).toMatchObject({ ok: true, reason: "" });
  });
});
