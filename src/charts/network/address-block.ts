/** Address blocks in CIDR form, and the ranges that a set of them cuts all addresses into. */

/** A range of addresses of one family, both ends included. */
export type AddressRange = { readonly family: 4 | 6; readonly first: bigint; readonly last: bigint };

/** An IPv4 or IPv6 block such as 10.0.0.0/8, or undefined where the text is none. Host bits count as zero. */
export function parseBlock(text: string): AddressRange | undefined {
  const [address = "", prefix = "", ...rest] = text.split("/");
  const family = address.includes(":") ? 6 : 4;
  const value = family === 4 ? parseV4(address) : parseV6(address);
  const bits = family === 4 ? 32 : 128;
  if (value === undefined || rest.length > 0 || !/^\d{1,3}$/.test(prefix) || Number(prefix) > bits) return undefined;
  const size = 1n << BigInt(bits - Number(prefix));
  const first = (value / size) * size;
  return { family, first, last: first + size - 1n };
}

/** All addresses of a family. */
export function everyAddress(family: 4 | 6): AddressRange {
  return { family, first: 0n, last: (1n << (family === 4 ? 32n : 128n)) - 1n };
}

/** Tells whether one range lies in another. */
export function isWithin(inner: AddressRange, outer: AddressRange): boolean {
  return inner.family === outer.family && inner.first >= outer.first && inner.last <= outer.last;
}

/** Cuts all addresses of both families at the ends of the blocks: within one range, every block holds all or nothing. */
export function cutAddresses(blocks: readonly AddressRange[]): AddressRange[] {
  return ([4, 6] as const).flatMap((family) => {
    const all = everyAddress(family);
    const starts = new Set([0n]);
    for (const block of blocks.filter((each) => each.family === family)) starts.add(block.first).add(block.last + 1n);
    const sorted = [...starts].filter((start) => start <= all.last).sort((a, b) => (a < b ? -1 : 1));
    return sorted.map((first, index): AddressRange => ({
      family,
      first,
      last: (sorted[index + 1] ?? all.last + 1n) - 1n,
    }));
  });
}

/** A range as people write it: `10.0.0.0/8` where it is a block, else first and last address. */
export function formatRange({ family, first, last }: AddressRange): string {
  const size = last - first + 1n;
  const bits = size.toString(2);
  const isBlock = !bits.includes("1", 1) && first % size === 0n;
  const format = family === 4 ? formatV4 : formatV6;
  const length = (family === 4 ? 32 : 128) - (bits.length - 1);
  return isBlock ? `${format(first)}/${length}` : `${format(first)} to ${format(last)}`;
}

function parseV4(text: string): bigint | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || parts.some((part) => !/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255))
    return undefined;
  return parts.reduce((value, part) => value * 256n + BigInt(part), 0n);
}

function parseV6(text: string): bigint | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head = [], tail = []] = halves.map((half) => (half === "" ? [] : half.split(":")));
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...Array.from({ length: missing }, () => "0"), ...tail];
  if (groups.some((group) => !/^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  return groups.reduce((value, group) => value * 65_536n + BigInt(`0x${group}`), 0n);
}

function formatV4(value: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 255n)).join(".");
}

function formatV6(value: bigint): string {
  const groups = Array.from({ length: 8 }, (_, index) => ((value >> BigInt(112 - 16 * index)) & 65_535n).toString(16));
  let [start, length] = [0, 0];
  for (let from = 0; from < groups.length; from++) {
    const end = groups.findIndex((group, index) => index >= from && group !== "0");
    const run = (end === -1 ? groups.length : end) - from;
    if (run > length) [start, length] = [from, run];
  }
  if (length < 2) return groups.join(":");
  return `${groups.slice(0, start).join(":")}::${groups.slice(start + length).join(":")}`;
}
