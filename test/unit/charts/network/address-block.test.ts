import { describe, expect, it } from "vitest";

import {
  type AddressRange,
  cutAddresses,
  formatRange,
  isWithin,
  parseBlock,
} from "../../../../src/charts/network/address-block.ts";

function block(text: string): AddressRange {
  const parsed = parseBlock(text);
  if (parsed === undefined) throw new Error(`${text} is no block`);
  return parsed;
}

describe("parseBlock", () => {
  it.each([
    { text: "0.0.0.0/0", written: "0.0.0.0/0" },
    { text: "10.1.2.3/8", written: "10.0.0.0/8" },
    { text: "203.0.113.80/32", written: "203.0.113.80/32" },
    { text: "::/0", written: "::/0" },
    { text: "2001:DB8::/32", written: "2001:db8::/32" },
    { text: "fe80::1:0:0:1/128", written: "fe80::1:0:0:1/128" },
    { text: "1:0:0:2:0:0:0:3/128", written: "1:0:0:2::3/128" },
    { text: "::1/128", written: "::1/128" },
    { text: "1::/16", written: "1::/16" },
  ])("reads $text as $written", ({ text, written }) => {
    expect(formatRange(block(text))).toBe(written);
  });

  it.each([
    "",
    "10.0.0.0",
    "10.0.0/8",
    "10.0.0.256/8",
    "10.0.0.0/33",
    "10.0.0.0/8/8",
    "010.0.0.0/8",
    "1:2/64",
    "::1::/64",
    "g::/8",
  ])("refuses %j", (text) => {
    expect(parseBlock(text)).toBeUndefined();
  });
});

describe("cutAddresses", () => {
  it("makes ranges that every block holds wholly or not at all, and that are all addresses together", () => {
    const blocks = ["10.0.0.0/8", "10.1.0.0/16", "255.255.255.255/32", "2001:db8::/32"].map(block);
    const ranges = cutAddresses(blocks);
    for (const range of ranges) {
      for (const each of blocks) {
        const isApart = range.family !== each.family || range.last < each.first || range.first > each.last;
        expect(isWithin(range, each) || isApart).toBe(true);
      }
    }
    expect(ranges.map(formatRange)).toEqual([
      "0.0.0.0 to 9.255.255.255",
      "10.0.0.0/16",
      "10.1.0.0/16",
      "10.2.0.0 to 10.255.255.255",
      "11.0.0.0 to 255.255.255.254",
      "255.255.255.255/32",
      ":: to 2001:db7:ffff:ffff:ffff:ffff:ffff:ffff",
      "2001:db8::/32",
      "2001:db9:: to ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    ]);
  });
});
