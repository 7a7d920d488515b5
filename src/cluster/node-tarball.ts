/** Puts the images that a node needs into one tarball, under the names that pods use. */
import { type Container, dag, type File } from "@dagger.io/dagger";
import { z } from "zod";

import { type ImageLock, lookupImage } from "../platform/image-lock.ts";
import { RESULTS } from "../report/results-folder.ts";
import type { NodeImage } from "./node-images.ts";
import { nodeImageName } from "./side-load.ts";

/** An image as a tarball of its own, an OCI layout, and the name that pods use. */
export type NamedTarball = { readonly name: string; readonly tarball: File };

/** The tarball of all images, and what is in it. */
export type NodeTarball = { readonly tarball: File; readonly images: readonly NodeImage[] };

// One layout holds a layer that several images share once, and is read once.
const SCRIPT = `use strict;
use warnings;
use JSON::PP;

my $json = JSON::PP->new->utf8->canonical;
sub parsed { open(my $file, '<', $_[0]) or die "$_[0]: $!"; local $/; return $json->decode(<$file>) }
sub written { open(my $file, '>', $_[0]) or die "$_[0]: $!"; print {$file} $_[1]; close($file) or die "$_[0]: $!" }

chdir('/layout') or die "/layout: $!";
my (@entries, @images);
for my $name (@ARGV) {
  my $number = @entries;
  system('tar', '--extract', '--file', "/input/$number.tar") == 0 or die "$name: its tarball cannot be read";
  my @found = @{parsed('index.json')->{manifests}};
  die "$name: its tarball holds " . @found . ' images instead of one' if @found != 1;
  my $entry = $found[0];
  my $manifest = parsed('blobs/sha256/' . substr($entry->{digest}, length('sha256:')));
  die "$name: its tarball holds an index of images" unless $manifest->{config};
  push @images, {name => $name, digest => $entry->{digest}, configDigest => $manifest->{config}{digest}};
  push @entries, {
    mediaType => $entry->{mediaType}, digest => $entry->{digest}, size => $entry->{size},
    annotations => {'io.containerd.image.name' => $name},
  };
}
unlink('manifest.json', 'repositories');
mkdir '${RESULTS}';
written('index.json', $json->encode({schemaVersion => 2, mediaType => 'application/vnd.oci.image.index.v1+json', manifests => \\@entries}));
system('tar', '--create', '--file', '${RESULTS}/images.tar', 'oci-layout', 'index.json', 'blobs') == 0 or die 'tar failed';
written('${RESULTS}/images.json', $json->encode(\\@images));
`;

const imagesSchema = z.array(z.object({ name: z.string(), digest: z.string(), configDigest: z.string() }));

/** Puts images into one tarball. Names are those of pods; in the tarball they are as the node writes them. */
export async function nodeTarball(lock: ImageLock, images: readonly NamedTarball[]): Promise<NodeTarball> {
  const made = images
    .reduce<Container>(
      (before, { tarball }, index) => before.withMountedFile(`/input/${index}.tar`, tarball),
      dag.container().from(lookupImage(lock, "golang").reference),
    )
    .withMountedTemp("/layout")
    .withNewFile("/join.pl", SCRIPT)
    .withExec(["perl", "/join.pl", ...images.map(({ name }) => nodeImageName(name))]);
  const results = made.directory(RESULTS);
  const [tarball, text] = await Promise.all([
    results.file("images.tar").sync(),
    results.file("images.json").contents(),
  ]);
  return { tarball, images: imagesSchema.parse(JSON.parse(text)) };
}
