import { describe, expect, it } from "vitest";

import { change, POD, release, RULE } from "./hook-release.ts";
import { only, placesIn, renderFor } from "./render.ts";

describe("hook-closure under Argo CD", () => {
  const argo = (...annotations: string[]) => annotations.map((text) => `, argocd.argoproj.io/${text}`).join("");
  const onJob = (...annotations: string[]) =>
    change("job", "before-hook-creation }", `before-hook-creation${argo(...annotations)} }`);
  const at = (name: string) => `Job shop/migrator metadata.annotations["argocd.argoproj.io/${name}"]`;

  it.each([
    {
      title: "Sync with the same delete policy",
      annotations: ["hook: Sync", "hook-delete-policy: BeforeHookCreation", 'sync-wave: "-1"'],
    },
    { title: "PreSync", annotations: ["hook: PreSync"] },
    { title: "Skip", annotations: ["hook: Skip"] },
  ])("is content with $title", ({ annotations }) => {
    expect(placesIn(RULE, ...release([onJob(...annotations)]))).toEqual([]);
  });

  it.each([
    { title: "the other end of the rollout", annotations: ["hook: PostSync"], place: at("hook") },
    { title: "a hook that there is not", annotations: ["hook: PreInstall"], place: at("hook") },
    {
      title: "another delete policy",
      annotations: ["hook-delete-policy: HookSucceeded"],
      place: at("hook-delete-policy"),
    },
    {
      title: "one more delete policy",
      annotations: ['hook-delete-policy: "BeforeHookCreation,HookFailed"'],
      place: at("hook-delete-policy"),
    },
    { title: "a wave that is no number", annotations: ["sync-wave: early"], place: at("sync-wave") },
    {
      title: "a wave before what it needs",
      annotations: ['sync-wave: "-12"'],
      place: `${POD}.containers[0].envFrom[0].configMapRef.name`,
    },
  ])("finds $title", ({ annotations, place }) => {
    expect(placesIn(RULE, ...release([onJob(...annotations)]))).toEqual([place]);
  });

  it("finds a test that each sync would run", () => {
    expect(
      placesIn(
        RULE,
        ...release([change("test", "helm.sh/hook: test", "helm.sh/hook: test, argocd.argoproj.io/hook: Sync")]),
      ),
    ).toEqual(['Pod shop/test metadata.annotations["argocd.argoproj.io/hook"]']);
  });

  it("finds what Argo CD brings later than the hook, though helm does not", () => {
    const late = change(
      "config",
      "before-hook-creation }",
      'before-hook-creation, argocd.argoproj.io/hook: Sync, argocd.argoproj.io/sync-wave: "1" }',
    );
    const finding = only(RULE.check(renderFor("prod", ...release([late]))));
    expect(finding.reason).toBe(
      "comes in PreSync wave -5 of Argo CD and needs ConfigMap shop/migrator of Sync wave 1; allowed is an earlier wave",
    );
  });

  it("finds a Job that only Argo CD takes for a hook before what it needs", () => {
    const job = (wave: number) => `
apiVersion: batch/v1
kind: Job
metadata: { name: fill-0a1b2c3d, namespace: shop, annotations: { argocd.argoproj.io/hook: Sync, argocd.argoproj.io/sync-wave: "${wave}" } }
spec: { template: { spec: { serviceAccountName: api, containers: [{ name: fill }] } } }`;
    expect(placesIn(RULE, ...release([], job(1)))).toEqual([]);
    expect(placesIn(RULE, ...release([], job(-1)))).toEqual([
      "Job shop/fill-0a1b2c3d spec.template.spec.serviceAccountName",
    ]);
  });
});
