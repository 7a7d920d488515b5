import { describe, expect, it } from "vitest";

import { parsePlatform } from "../../../src/platform/platform-file.ts";
import { PLATFORM } from "../gitops/shop.ts";

function gitopsOf(text: string) {
  return parsePlatform(text, "platform.yaml").gitops;
}

describe("gitops of a platform file", () => {
  it("may be left out", () => {
    expect(gitopsOf(PLATFORM.replace(/gitops:[\s\S]*/, ""))).toBeUndefined();
  });

  it("rolls out every environment and automates dev and staging where it says nothing of them", () => {
    expect(gitopsOf(PLATFORM)).toEqual({
      projects: "argocd/project.yaml",
      applicationSets: "argocd/applicationset.yaml",
      repository: "https://git.example.com/shop.git",
      environments: ["dev", "staging", "prod"],
      automated: ["dev", "staging"],
      customResources: { goModule: "github.com/argoproj/argo-cd/v3", version: "v3.5.7", directory: "manifests/crds" },
    });
  });

  it("C-43: refuses prod among the environments that synchronise by themselves, and credentials in an address", () => {
    const text = PLATFORM.replace("gitops:\n", "gitops:\n  automated: [dev, prod]\n").replace(
      "//git",
      "//bot:secret@git",
    );
    expect(() => gitopsOf(text)).toThrowErrorMatchingInlineSnapshot(`
      [PlatformFileError: [config] platform.yaml has 2 mistakes
      platform.yaml:10:20 gitops.automated.1
        found    "prod" (string)
        allowed  dev, staging; prod is synchronised by a person (C-43)
        next     write, for example dev
      platform.yaml:13:15 gitops.repository
        found    "https://bot:***@git.example.com/shop.git" (string)
        allowed  the https or ssh address of a Git repository, without a password or token
        next     write, for example https://git.example.com/shop/platform.git
      Next: correct platform.yaml and run again; an editor shows such mistakes with Slipway's deploy/platform.schema.json]
    `);
  });

  it.each(["https://git.example.com/a/b.git", "ssh://git@git.example.com/a/b", "git@git.example.com:a/b.git"])(
    "takes %s for the address of a repository",
    (address) => {
      const text = PLATFORM.replace("https://git.example.com/shop.git", address);
      expect(gitopsOf(text)?.repository).toBe(address);
    },
  );
});
