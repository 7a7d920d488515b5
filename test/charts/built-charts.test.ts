/** Holds the kept charts to what their sources are now. */
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { builtCharts } from "../support/built-charts.ts";
import { hostTool } from "../support/host-tools.ts";

const LIBRARY = "apiVersion: v2\nname: library\ntype: library\nversion: 1.0.0\n";
const SHOP = `apiVersion: v2
name: shop
version: 1.0.0
dependencies: [{ name: library, version: 1.0.0, repository: "file://../library" }]
`;

describe("builtCharts", () => {
  let root: string;
  let helm: string;

  beforeEach(async () => {
    helm = await hostTool("helm");
    root = mkdtempSync(path.join(tmpdir(), "slipway-built-"));
    write("source/library/Chart.yaml", LIBRARY);
    write("source/shop/Chart.yaml", SHOP);
  });
  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  const at = (file: string) => path.join(root, file);
  const write = (file: string, text: string) => {
    mkdirSync(path.dirname(at(file)), { recursive: true });
    writeFileSync(at(file), text);
  };
  const built = (program = helm) => {
    return builtCharts({ source: at("source"), parents: ["shop"], helm: program, place: at("kept") });
  };

  it("puts dependencies in place once, and leaves the source without them", () => {
    const first = built();
    expect(readdirSync(path.join(first, "shop/charts"))).toEqual(["library-1.0.0.tgz"]);
    const packed = path.join(first, "shop/charts/library-1.0.0.tgz");
    utimesSync(packed, new Date(0), new Date(0));
    expect(built()).toBe(first);
    expect(statSync(packed).mtimeMs).toBe(0);
    expect(readdirSync(at("source/shop"))).toEqual(["Chart.yaml"]);
    expect(readdirSync(at("kept"))).toHaveLength(1);
  });

  it("builds anew from other sources and with another helm", () => {
    const first = built();
    write("source/library/values.yaml", "a: 1\n");
    const second = built();
    expect(second).not.toBe(first);
    symlinkSync(helm, at("helm"));
    expect(built(at("helm"))).not.toBe(second);
  });

  it.each([
    {
      what: "changed",
      change: (charts: string) => {
        writeFileSync(path.join(charts, "shop/Chart.yaml"), "other");
      },
    },
    {
      what: "added to",
      change: (charts: string) => {
        writeFileSync(path.join(charts, "shop/values.yaml"), "a: 1");
      },
    },
    {
      what: "removed",
      change: (charts: string) => {
        rmSync(path.join(charts, "shop/charts"), { recursive: true });
      },
    },
  ])("builds anew what someone has $what", ({ change }) => {
    change(built());
    const again = built();
    expect(readFileSync(path.join(again, "shop/Chart.yaml"), "utf8")).toBe(SHOP);
    expect(readdirSync(path.join(again, "shop")).sort()).toEqual(["Chart.lock", "Chart.yaml", "charts"]);
    expect(readdirSync(at("kept"))).toHaveLength(1);
  });

  it("leaves nothing of a build that failed", () => {
    write("source/shop/Chart.yaml", SHOP.replace("../library", "../nowhere"));
    expect(() => built()).toThrow("nowhere");
    expect(readdirSync(at("kept"))).toEqual([]);
  });
});
