/** Measures the smoke test of Cruvero's development environment: whole, and where nothing has changed since a pass. */
import { connection, dag } from "@dagger.io/dagger";

import { Environment, Slipway } from "../../src/index.ts";
import { ROOT } from "../e2e/support/slipway.ts";
import { checkout, least, type Row, seconds } from "./measure.ts";

const REPEATS = 3;
const WHOLE = 40;
const RECORDED = 3;

/** Tests in a session of its own; throws where the test fails. */
async function smoke(lock: string, force: boolean): Promise<void> {
  await connection(async () => {
    const source = checkout(ROOT);
    const module = new Slipway(source, undefined, undefined, dag.host().file(lock));
    await module.smokeTest(Environment.Dev, "cruvero", force);
  });
}

/** Two rows: the images built and the cluster new, and the recorded pass. */
export async function smoked(lock: string): Promise<Row[]> {
  await smoke(lock, false);
  const whole: number[] = [];
  const recorded: number[] = [];
  for (let round = 0; round < REPEATS; round++) {
    whole.push(await seconds(() => smoke(lock, true)));
    recorded.push(await seconds(() => smoke(lock, false)));
  }
  return [
    { what: "smoke-test --env dev, images built", ...toRow(least(whole), WHOLE) },
    { what: "smoke-test --env dev, nothing changed since a pass", ...toRow(least(recorded), RECORDED) },
  ];
}

function toRow(measured: number, bound: number): Omit<Row, "what"> {
  return { measured: `${measured.toFixed(2)} s`, baseline: "none", bound: `${bound} s`, kept: measured <= bound };
}
