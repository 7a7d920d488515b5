import { describe, expect, it } from "vitest";

import { change, POD, release, RULE } from "./hook-release.ts";
import { placesIn } from "./render.ts";

describe("hook-closure on the settings of hooks", () => {
  const policy = 'Job shop/migrator metadata.annotations["helm.sh/hook-delete-policy"]';
  it.each([
    {
      title: "no deadline",
      from: "activeDeadlineSeconds: 600",
      to: "suspend: false",
      place: "Job shop/migrator spec.activeDeadlineSeconds",
    },
    {
      title: "no backoffLimit",
      from: "backoffLimit: 3",
      to: "suspend: false",
      place: "Job shop/migrator spec.backoffLimit",
    },
    {
      title: "another restartPolicy",
      from: "restartPolicy: Never",
      to: "restartPolicy: OnFailure",
      place: `${POD}.restartPolicy`,
    },
    {
      title: "no restartPolicy",
      from: "restartPolicy: Never",
      to: "enableServiceLinks: false",
      place: `${POD}.restartPolicy`,
    },
    { title: "hook-succeeded alone", from: "before-hook-creation", to: "hook-succeeded", place: policy },
    { title: "no delete policy", from: ", helm.sh/hook-delete-policy: before-hook-creation", to: "", place: policy },
    {
      title: "a weight that is no number",
      from: '"-5"',
      to: "first",
      place: 'Job shop/migrator metadata.annotations["helm.sh/hook-weight"]',
    },
  ])("finds a Job with $title", ({ from, to, place }) => {
    expect(placesIn(RULE, ...release([change("job", from, to)]))).toContain(place);
  });

  it("finds a test pod that would restart, or block its next run", () => {
    const changes = [
      change("test", "restartPolicy: Never, ", ""),
      change("test", "helm.sh/hook: test", "helm.sh/hook: test, helm.sh/hook-delete-policy: hook-succeeded"),
    ];
    expect(placesIn(RULE, ...release(changes))).toEqual([
      'Pod shop/test metadata.annotations["helm.sh/hook-delete-policy"]',
      "Pod shop/test spec.restartPolicy",
    ]);
  });
});
