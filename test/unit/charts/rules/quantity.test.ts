import { expect, it } from "vitest";

import { parseQuantity } from "../../../../src/charts/rules/quantity.ts";

it.each([
  ["1", 1],
  ["1.5Gi", 1.5 * 2 ** 30],
  ["250m", 0.25],
  ["2e3", 2000],
  ["1E", 1e18],
  [8, 8],
  ["", undefined],
  ["8Gb", undefined],
  ["Gi", undefined],
  [undefined, undefined],
])("reads %s as %s", (quantity, number) => {
  expect(parseQuantity(quantity)).toBe(number);
});
