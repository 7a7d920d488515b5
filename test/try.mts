import { inEngine, slipway } from "./e2e/support/slipway.ts";
const t=Date.now();
await inEngine(async () => { console.log((Date.now()-t)/1000); try { console.log(await slipway().buildAll()); } catch (e: any) { console.log(e.message) } console.log((Date.now()-t)/1000);});
console.log((Date.now()-t)/1000);
