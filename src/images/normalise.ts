/** Normalises a built image, so that one revision gives one digest, and reads its facts. */
import { type Container, dag, type File } from "@dagger.io/dagger";

import { type ImageLock, lookupImage } from "../platform/image-lock.ts";
import { type ImageFacts, parseImageFacts } from "./image-facts.ts";
import { regctl } from "./registry-tool.ts";

// regctl stamps the index of the layout with the time, unless SOURCE_DATE_EPOC (it spells it so) says otherwise.
const SCRIPT = `set -eu
export SOURCE_DATE_EPOC="$SOURCE_DATE_EPOCH"
export PATH="/tools:$PATH"
mkdir -p /work /out
cd /work
regctl image import ocidir://image:built /input/built.tar
regctl image mod ocidir://image:built --layer-compress gzip --create ocidir://image:compressed > /dev/null
regctl manifest get ocidir://image:built --format raw-body > built-manifest.json
regctl manifest get ocidir://image:compressed --format raw-body > manifest.json
perl /tools/normalise.pl
regctl blob put ocidir://image < final-config.json > /dev/null
regctl manifest put ocidir://image:final < final-manifest.json > /dev/null
regctl image export --name "$NAME" ocidir://image:final /out/image.tar
echo "digest $(regctl image digest ocidir://image:final)"
echo "made $SLIPWAY_RUN"
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

my @plain = @{parsed('built-manifest.json')->{layers}};
for my $layer (@{$manifest->{layers}}) {
  my $unpacked = shift @plain // die 'a layer more than before it was compressed';
  die "$unpacked->{digest} came compressed: $unpacked->{mediaType}" if $unpacked->{mediaType} !~ /[.]tar$/;
  print "layer $layer->{digest} $layer->{size} $unpacked->{size}\n";
}
`;

/** A normalised image. */
export type NormalisedImage = {
  readonly facts: ImageFacts;
  /** OCI layout in a tar archive, with the digest of the facts. */
  readonly tarball: File;
  /** True when this run made it, false when the engine had it from an earlier one. */
  readonly isNew: boolean;
};

/** What normalises all images of one run. */
export type Normaliser = {
  /** Holds the tools; it is made while the images are built. */
  readonly container: Promise<Container>;
  /** Tells this run from earlier ones. */
  readonly nonce: string;
};

/**
 * Begins to make the container that images are normalised in.
 *
 * @param lock The image lock; its Go image runs regctl and perl.
 * @param createdAtSeconds Seconds since 1970 that all times are set to.
 * @param nonce Tells this run from earlier ones.
 */
export function startNormaliser(lock: ImageLock, createdAtSeconds: number, nonce: string): Normaliser {
  const tools = dag
    .directory()
    .withFile("regctl", regctl(lock))
    .withNewFile("normalise.sh", SCRIPT)
    .withNewFile("normalise.pl", CONFIG_SCRIPT);
  const container = dag
    .container()
    .from(lookupImage(lock, "golang").reference)
    .withMountedDirectory("/tools", tools)
    .withMountedTemp("/work")
    .withEnvVariable("CREATED", new Date(createdAtSeconds * 1000).toISOString())
    .withEnvVariable("SOURCE_DATE_EPOCH", String(createdAtSeconds))
    // Volatile: it is in what is executed and not in what that is known by, so an image keeps the nonce of its own run.
    .withVolatileVariable("SLIPWAY_RUN", nonce)
    .sync();
  // Every image waits for it, and reports its failure.
  container.catch(() => undefined);
  return { container, nonce };
}

/**
 * Sets every time in the image's configuration to one, makes its history independent of the run, and reads digest, sizes
 * and layers.
 *
 * @param built The image as the engine exports it, with layers that are not compressed: the engine compresses a base anew, or
 * takes it as it came from the registry, depending on what it has at the moment.
 * @param name Repository and tag that the tarball names for `docker load` and its like.
 * @param normaliser What normalises all images of this run.
 */
export async function normaliseImage(built: File, name: string, normaliser: Normaliser): Promise<NormalisedImage> {
  // A file of a directory is known by its content, so an image that came out the same from a changed source is not
  // normalised again.
  const input = await dag.directory().withFile("built.tar", built).file("built.tar").sync();
  const normalised = (await normaliser.container)
    .withMountedFile("/input/built.tar", input)
    .withEnvVariable("NAME", name)
    .withExec(["sh", "/tools/normalise.sh"]);
  const facts = parseImageFacts(await normalised.stdout());
  return { facts, tarball: normalised.file("/out/image.tar"), isNew: facts.made === normaliser.nonce };
}
