/** What the parts of the embedded mode hand to each other. */

/** Where progress lines go; one call is one line for a person, without a line break. */
export type Progress = {
  /** Says that a step begins, e.g. `compiling the Dagger engine v0.21.8 (about 4 minutes)`. */
  readonly step: (text: string) => void;
  /** Says that the last step ended, with its seconds. */
  readonly done: (text: string, seconds: number) => void;
};

/** One image of the embedded lock, and what it replaces. */
export type StandIn = {
  /** Logical name in the lock, e.g. `golang`. */
  readonly name: string;
  /** What it is made from, e.g. `Debian bookworm packages and Go 1.26.8`. */
  readonly madeFrom: string;
};

/** A running engine that was made from packages, and what a run needs to use it. */
export type EmbeddedEngine = {
  /** Variables that make the Dagger SDK use this engine. */
  readonly environment: Readonly<Record<string, string>>;
  /** Path of the image lock that names the stand-ins. */
  readonly imagesLock: string;
  /** The stand-ins in the order of the lock. */
  readonly standIns: readonly StandIn[];
  /** Loopback registry, `host:port`, speaking plain HTTP. */
  readonly registry: string;
  /** True when this call started the servers, false when it found them running. */
  readonly started: boolean;
  /** Stops the servers and waits for them; safe to call twice. */
  readonly stop: () => Promise<void>;
};
