/** Makes the values of a plan, some of which only an engine has. */

import { dag } from "@dagger.io/dagger";

import type { AddressType, PlannedValue } from "./flag-value.ts";

/** Makes one value. Engine values are made as `dagger call` makes them: from an address. */
export async function makeValue(planned: PlannedValue): Promise<unknown> {
  switch (planned.kind) {
    case "data":
      return planned.value;
    case "list":
      return Promise.all(planned.items.map(makeValue));
    case "address":
      return fromAddress(planned.type, planned.address, planned.ignore);
  }
}

async function fromAddress(type: AddressType, address: string, ignore: readonly string[]): Promise<unknown> {
  const from = dag.address(address);
  switch (type) {
    case "CacheVolume":
      return dag.cacheVolume(address);
    case "Container":
      return from.container();
    case "Directory":
      return from.directory({ exclude: [...ignore] });
    case "File":
      return from.file();
    case "GitRef":
      return from.gitRef();
    case "GitRepository":
      return from.gitRepository();
    case "Secret":
      return from.secret();
    case "Service":
      return from.service().start();
    case "Socket":
      return from.socket();
  }
}
