/** Versions of the tools that are compiled from published Go modules, since no image of them could be pinned. */

/** kube-score; the Go checksum database proves what is downloaded. */
export const KUBE_SCORE = {
  module: "github.com/zegl/kube-score",
  package: "cmd/kube-score",
  version: "v1.20.0",
} as const;
