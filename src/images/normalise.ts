/** Normalises a built image, so that one revision gives one digest, and reads its facts. */
import { dag, type File } from "@dagger.io/dagger";

import { type ImageLock, lookupImage } from "../platform/image-lock.ts";
import { type ImageFacts, parseImageFacts } from "./image-facts.ts";
import { regctl } from "./registry-tool.ts";

// regctl stamps the index of the layout with the time, unless SOURCE_DATE_EPOC (it spells it so) says otherwise.
const SCRIPT = `set -eu
export SOURCE_DATE_EPOC="$SOURCE_DATE_EPOCH"
export PATH="/input:$PATH"
mkdir -p /work /out
cd /work
regctl image import ocidir://image:built /input/built.tar
regctl image mod ocidir://image:built --layer-compress gzip --create ocidir://image:compressed > /dev/null
regctl manifest get ocidir://image:compressed --format raw-body > manifest.json
perl /input/normalise.pl
regctl blob put ocidir://image < final-config.json > /dev/null
regctl manifest put ocidir://image:final < final-manifest.json > /dev/null
regctl image export --name "$NAME" ocidir://image:final /out/image.tar
regctl manifest get ocidir://image:final --format '{{range .Layers}}{{println .Digest .Size}}{{end}}' > layers
{
  echo "made $(cat /proc/sys/kernel/random/uuid)"
  echo "digest $(regctl image digest ocidir://image:final)"
  while read -r digest size; do
    if [ -z "$digest" ]; then continue; fi
    gunzip -c "image/blobs/sha256/\${digest#sha256:}" > layer.tar
    echo "layer $digest $size $(wc -c < layer.tar)"
  done < layers
} > /out/facts
rm -r /work
`;

// Dagger writes the time of the build into the image's configuration, and a history that depends on which of several equal
// steps of a run came first. Everything below the configuration, the Dockerfile itself keeps equal.
const CONFIG_SCRIPT = `use strict;
use warnings;
use Digest::SHA qw(sha256_hex);
use JSON::PP;

sub parsed { open(my $file, '<', $_[0]) or die "$_[0]: $!"; local $/; return decode_json(<$file>) }
sub written { open(my $file, '>', $_[0]) or die "$_[0]: $!"; print {$file} $_[1]; close($file) or die "$_[0]: $!" }
my $json = JSON::PP->new->utf8->canonical;

my $manifest = parsed('manifest.json');
my $config = parsed('image/blobs/sha256/' . substr($manifest->{config}{digest}, length('sha256:')));
my @layers = @{$config->{rootfs}{diff_ids}};
$config->{created} = $ENV{CREATED};
for my $step (@{$config->{history} // []}) {
  $step->{created} = $ENV{CREATED};
  my $layer = $step->{empty_layer} ? undef : shift @layers;
  $step->{created_by} = "layer $layer" if defined $layer && ($step->{comment} // '') =~ /^buildkit[.]exporter/;
}
my $text = $json->encode($config);
$manifest->{config}{digest} = 'sha256:' . sha256_hex($text);
$manifest->{config}{size} = length($text);
written('final-config.json', $text);
written('final-manifest.json', $json->encode($manifest));
`;

// A Dockerfile and not an exec: the engine knows by content what a Dockerfile copies, so an image that came out the same
// from a changed source is not normalised again.
// A copy is hashed with all that it is copied onto, which is little in an empty stage and a second in the Go image.
const DOCKERFILE = `ARG GO_IMAGE
FROM scratch AS input
COPY . /
FROM \${GO_IMAGE}
ARG CREATED
ARG NAME
ARG SOURCE_DATE_EPOCH
RUN --mount=type=bind,from=input,target=/input sh /input/normalise.sh
`;

/** A normalised image. */
export type NormalisedImage = {
  readonly facts: ImageFacts;
  /** OCI layout in a tar archive, with the digest of the facts. */
  readonly tarball: File;
  /** True when this run made it, false when the engine had it from an earlier one. */
  readonly isNew: boolean;
};

/** What an image is normalised to. */
export type Normalisation = {
  /** Seconds since 1970 that all times are set to. */
  readonly createdAtSeconds: number;
  /** Repository and tag that the tarball names for `docker load` and its like. */
  readonly name: string;
  /** Tells this run from earlier ones. */
  readonly nonce: string;
};

/**
 * Sets every time in the image's configuration to one, makes its history independent of the run, and reads digest, sizes
 * and layers.
 *
 * @param built The image as the engine exports it, with layers that are not compressed: the engine compresses a base anew, or
 * takes it as it came from the registry, depending on what it has at the moment.
 * @param lock The image lock; its Go image runs regctl.
 * @param to What the image is normalised to.
 */
export async function normaliseImage(built: File, lock: ImageLock, to: Normalisation): Promise<NormalisedImage> {
  const goImage = lookupImage(lock, "golang").reference;
  const normalised = dag
    .directory()
    .withFile("regctl", regctl(lock))
    .withFile("built.tar", built)
    .withNewFile("normalise.sh", SCRIPT)
    .withNewFile("normalise.pl", CONFIG_SCRIPT)
    .withNewFile("Dockerfile", DOCKERFILE)
    .dockerBuild({
      buildArgs: [
        { name: "GO_IMAGE", value: goImage },
        { name: "CREATED", value: new Date(to.createdAtSeconds * 1000).toISOString() },
        { name: "NAME", value: to.name },
        { name: "SOURCE_DATE_EPOCH", value: String(to.createdAtSeconds) },
      ],
    });
  const facts = parseImageFacts(await normalised.file("/out/facts").contents());
  const firstSeenIn = await firstRunWith(facts.made, goImage, to.nonce);
  return { facts, tarball: normalised.file("/out/image.tar"), isNew: firstSeenIn === to.nonce };
}

/** Nonce of the run that saw `made` first: the volatile variable is in what is executed, and not in what it is known by. */
async function firstRunWith(made: string, goImage: string, nonce: string): Promise<string> {
  return dag
    .container()
    .from(goImage)
    .withEnvVariable("MADE", made)
    .withVolatileVariable("SLIPWAY_RUN", nonce)
    .withExec(["sh", "-c", 'printf %s "$SLIPWAY_RUN"'])
    .stdout();
}
