/** Lists what an image is made of, from the image as it was built, in both forms that others read. */
import type { Directory, File } from "@dagger.io/dagger";

import { RESULTS } from "../report/results-folder.ts";
import { timeText, uuidOf } from "./document-identity.ts";
import { hashOf } from "./oci.ts";
import { statementHead } from "./statements.ts";
import { evidenceProgram, goImage, type Toolbox } from "./tools.ts";

// syft writes the time and an identifier by chance; both are set to what follows from the image, by exactly their keys.
const SCRIPT = `set -eu
mkdir ${RESULTS} && cd ${RESULTS}
syft scan "oci-archive:/image.tar" --source-name "$NAME" --source-version "$DIGEST" --quiet \\
  --output spdx-json=/tmp/spdx --output cyclonedx-json=/tmp/cyclonedx
sed -i -E -e 's|"documentNamespace": ?"[^"]*"|"documentNamespace":"urn:uuid:'"$SERIAL"'"|' \\
  -e 's|"created": ?"[^"]*"|"created":"'"$CREATED"'"|' /tmp/spdx
sed -i -E -e 's|"serialNumber": ?"urn:uuid:[^"]*"|"serialNumber":"urn:uuid:'"$SERIAL"'"|' \\
  -e '0,/"timestamp": ?"[^"]*"/s|"timestamp": ?"[^"]*"|"timestamp":"'"$CREATED"'"|' /tmp/cyclonedx
cp /tmp/cyclonedx sbom.json
for kind in spdx cyclonedx; do
  { cat "/heads/$kind"; cat "/tmp/$kind"; printf '}'; } > "$kind"
  echo "$kind sha256:$(sha256sum < "$kind" | cut -d' ' -f1) $(wc -c < "$kind")"
done
echo "manifest - $(tar -xOf /image.tar "blobs/sha256/\${DIGEST#sha256:}" | wc -c)"`;

/** Statements about what an image is made of, as files in a container. */
export type ImageContents = {
  readonly statements: Directory;
  /** The list alone, CycloneDX, as programs read it. */
  readonly sbom: File;
  /** Digest of each statement, by its kind, which is also the name of its file. */
  readonly digests: Readonly<Record<"spdx" | "cyclonedx", string>>;
  /** Bytes of the image's manifest. */
  readonly manifestBytes: number;
};

/** An image to look into. */
export type BuiltArchive = { readonly name: string; readonly digest: string; readonly tarball: File };

/** Lists what an image is made of; the same image gives the same bytes. */
export async function imageContents(
  tools: Toolbox,
  { name, digest, tarball }: BuiltArchive,
  createdAtSeconds: number,
): Promise<ImageContents> {
  const subjects = [{ name, digest }];
  const run = goImage(tools.lock)
    .withFile("/usr/local/bin/syft", evidenceProgram(tools, "syft"))
    .withEnvVariable("SYFT_CHECK_FOR_APP_UPDATE", "false")
    .withMountedFile("/image.tar", tarball)
    .withNewFile("/heads/spdx", statementHead(subjects, "spdx"))
    .withNewFile("/heads/cyclonedx", statementHead(subjects, "cyclonedx"))
    .withEnvVariable("NAME", name)
    .withEnvVariable("DIGEST", digest)
    .withEnvVariable("CREATED", timeText(createdAtSeconds))
    .withEnvVariable("SERIAL", uuidOf(hashOf(digest)))
    .withExec(["sh", "-c", SCRIPT]);
  const facts = new Map(
    (await run.stdout())
      .trim()
      .split("\n")
      .map((line): [string, string[]] => [line.split(" ")[0] ?? "", line.split(" ").slice(1)]),
  );
  return {
    statements: run.directory(RESULTS),
    sbom: run.file(`${RESULTS}/sbom.json`),
    digests: { spdx: facts.get("spdx")?.[0] ?? "", cyclonedx: facts.get("cyclonedx")?.[0] ?? "" },
    manifestBytes: Number(facts.get("manifest")?.[1]),
  };
}
