/** What the program of registry.ts answers, checked. */
import { z } from "zod";

const referrer = z.object({
  digest: z.string(),
  artifactType: z.string(),
  annotations: z.record(z.string(), z.string()),
});

const state = z.object({
  digests: z.record(z.string(), z.string()),
  referrers: z.record(z.string(), z.array(referrer)),
});

const blobs = {
  reference: z.string(),
  digest: z.string(),
  manifest: z.string(),
  texts: z.record(z.string(), z.string()),
  files: z.record(z.string(), z.string()),
  problems: z.array(z.string()),
};

const content = z.object({
  artifacts: z.array(z.object({ ...blobs, referrers: z.array(z.object({ ...blobs })) })),
});

/** What a registry has: digests by reference, as far as they exist, and what is attached to subjects. */
export type RegistryState = z.infer<typeof state>;

/** Everything that a registry has under some references; what was read was hashed. */
export type RegistryContent = z.infer<typeof content>;

/** What a registry has under one reference. */
export type ReadArtifact = RegistryContent["artifacts"][number];

/** One piece of evidence as it was read. */
export type ReadReferrer = ReadArtifact["referrers"][number];

/** Reads the answer about a state. */
export function readState(text: string): RegistryState {
  return state.parse(JSON.parse(text));
}

/** Reads how many bytes were pushed. */
export function readApplied(text: string): number {
  return z.object({ pushedBytes: z.number() }).parse(JSON.parse(text)).pushedBytes;
}

/** Reads everything that was read from a registry. */
export function readAnswer(text: string): RegistryContent {
  return content.parse(JSON.parse(text));
}
