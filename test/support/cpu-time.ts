/** Measures what a piece of work costs, whatever else the machine does meanwhile. */

/** Processor time of the cheapest of some rounds, in milliseconds: collections of garbage and what compiles fall into others. */
export function leastCpuMilliseconds(work: () => unknown, rounds = 15): number {
  const costs = Array.from({ length: rounds }, () => {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  });
  return Math.min(...costs);
}
