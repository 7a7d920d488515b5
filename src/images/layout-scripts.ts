/**
 * What the containers run that read a base and normalise an image: regctl for blobs and archives, perl (which Debian's Go
 * image has) for JSON.
 */
import { RESULTS } from "../report/results-folder.ts";

// regctl stamps the index of a layout with the time, unless SOURCE_DATE_EPOC (it spells it so) says otherwise.
const PRELUDE = `set -eu
export SOURCE_DATE_EPOC="\${SOURCE_DATE_EPOCH:-0}"
export PATH="/tools:$PATH"
mkdir -p /work
cd /work
`;

/**
 * Copies the base $REFERENCE to /base: its blobs as the registry has them, base.json with its layers and history, and the
 * names of the files in each layer (`names/<number>`).
 */
export const BASE_SCRIPT = `${PRELUDE}
mkdir -p /base/names
regctl image copy --platform local "$REFERENCE" ocidir:///base/layout:base > /dev/null
regctl image copy ocidir:///base/layout:base ocidir://plain:base > /dev/null
regctl image mod ocidir://plain:base --layer-compress none --replace > /dev/null
regctl manifest get ocidir:///base/layout:base --format raw-body > base-manifest.json
regctl manifest get ocidir://plain:base --format raw-body > plain-manifest.json
perl /tools/layout.pl base
`;

/**
 * Makes /out/image.tar from /input/built.tar: the layers of /base as the registry has them, then the image's own with all
 * times set to $CREATED; prints the facts of the image.
 */
export const IMAGE_SCRIPT = `${PRELUDE}
mkdir -p ${RESULTS}
# Set to two times, every layer is written anew: one that has the right times would stay as the engine wrote it.
OTHER_TIME=1970-01-01T00:00:01Z
regctl image import ocidir://image:built /input/built.tar
regctl manifest get ocidir://image:built --format raw-body > built-manifest.json
own=$(perl /tools/layout.pl own)
if [ "$own" = layers ]; then
  regctl blob put ocidir://image < own-config.json > /dev/null
  regctl manifest put ocidir://image:own < own-manifest.json > /dev/null
  regctl image mod ocidir://image:own --layer-time "set=$OTHER_TIME" --layer-time "set=$CREATED" --create ocidir://image:plain > /dev/null
  regctl image mod ocidir://image:plain --layer-compress gzip --create ocidir://image:compressed > /dev/null
  regctl manifest get ocidir://image:compressed --format raw-body > compressed-manifest.json
  regctl manifest get ocidir://image:plain --format raw-body > plain-manifest.json
fi
perl /tools/layout.pl final
if [ -d /base/layout ]; then cp /base/layout/blobs/sha256/* image/blobs/sha256/; fi
regctl blob put ocidir://image < final-config.json > /dev/null
regctl manifest put ocidir://image:final < final-manifest.json > /dev/null
regctl image export --name "$NAME" ocidir://image:final ${RESULTS}/image.tar
echo "digest $(regctl image digest ocidir://image:final)"
echo "made $SLIPWAY_RUN"
`;

/**
 * The part of both that reads and writes JSON.
 *
 * - `base` describes the base in /work as /base/base.json.
 * - `own` takes the layers of the base off a built image; it prints whether others are left. The engine gives the layers of
 *   a base as they came from the registry only until it is started again, so they are compared by the names of their files:
 *   a base that is not the one that the image stands on is an error.
 * - `final` puts the layers of the base and the image's own together, with times and a history that do not depend on the run,
 *   and prints a line for each.
 */
export const LAYOUT_SCRIPT = String.raw`use strict;
use warnings;
use Digest::SHA qw(sha256_hex);
use JSON::PP;

my $json = JSON::PP->new->utf8->canonical;
sub text { open(my $file, '<', $_[0]) or die "$_[0]: $!"; local $/; return <$file> }
sub parsed { return decode_json(text($_[0])) }
sub written { open(my $file, '>', $_[0]) or die "$_[0]: $!"; print {$file} $_[1]; close($file) or die "$_[0]: $!" }
sub blob { return $_[0] . '/blobs/sha256/' . substr($_[1], length('sha256:')) }

# Writes an image as <name>-config.json and <name>-manifest.json: its layers, and what each of them unpacks to.
sub describe {
  my ($name, $config, $manifest, $layers, $unpacked) = @_;
  $config->{rootfs}{diff_ids} = $unpacked;
  my $text = $json->encode($config);
  $manifest->{layers} = $layers;
  @{$manifest->{config}}{qw(digest size)} = ('sha256:' . sha256_hex($text), length($text));
  written("$name-config.json", $text);
  written("$name-manifest.json", $json->encode($manifest));
}

# Names in a layer that are no folders: the engine may leave a folder out, or name it where the registry's layer does not.
sub names {
  open(my $list, '-|', 'tar', '-tf', $_[0]) or die "tar: $!";
  my @names = map { s{^(\./|/)+}{}r } grep { chomp; !m{/$} && !m{(^|/)\.wh\.\.wh\.\.opq$} } <$list>;
  close($list) or die "$_[0] is no archive of tar";
  return join("\n", sort @names) . "\n";
}

# Types of Docker's own, and what the same bytes are in an OCI image.
sub oci_type {
  my ($type) = @_;
  $type =~ s{^application/vnd\.docker\.image\.rootfs\.diff\.tar}{application/vnd.oci.image.layer.v1.tar};
  $type =~ s{^application/vnd\.docker\.image\.rootfs\.foreign\.diff\.tar}{application/vnd.oci.image.layer.nondistributable.v1.tar};
  $type =~ s{\.(gzip|zstd)$}{+$1};
  return $type;
}

sub base {
  my $manifest = parsed('base-manifest.json');
  my $config = parsed(blob('/base/layout', $manifest->{config}{digest}));
  my @plain = @{parsed('plain-manifest.json')->{layers}};
  my @layers;
  for my $index (0 .. $#plain) {
    my %layer = %{$manifest->{layers}[$index]};
    delete $layer{annotations};
    $layer{mediaType} = oci_type($layer{mediaType});
    my ($unpacked, $size) = @{$plain[$index]}{qw(digest size)};
    die "layer $layer{digest} of the base unpacks to $unpacked, which its configuration does not say\n"
      if $unpacked ne $config->{rootfs}{diff_ids}[$index];
    push @layers, { layer => \%layer, unpacked => $unpacked, size => $size };
    written("/base/names/$index", names(blob('plain', $unpacked)));
  }
  written('/base/base.json', $json->encode({ layers => \@layers, history => $config->{history} // [] }));
}

sub base_of_image { return -e '/base/base.json' ? parsed('/base/base.json') : { layers => [], history => [] } }

sub own {
  my @base = @{base_of_image()->{layers}};
  my $manifest = parsed('built-manifest.json');
  my $config = parsed(blob('image', $manifest->{config}{digest}));
  my @layers = @{$manifest->{layers}};
  my %below;
  for my $index (0 .. $#base) {
    my $layer = shift @layers // die "the image has fewer layers than its base\n";
    die "$layer->{digest} came compressed: $layer->{mediaType}\n" if $layer->{mediaType} !~ /[.]tar$/;
    my %expected = map { $_ => 1 } split /\n/, text("/base/names/$index");
    if ($layer->{digest} ne $base[$index]{unpacked}) {
      my %found = map { $_ => 1 } split /\n/, names(blob('image', $layer->{digest}));
      # A file that a layer below has in the same form is left out.
      my @other = sort((grep { !$expected{$_} } keys %found), (grep { !$found{$_} && !$below{$_} } keys %expected));
      die "layer $index of the image has other files than that of its base: " . join(', ', splice(@other, 0, 5)) . "\n" if @other;
    }
    %below = (%below, %expected);
  }
  # What makes a folder that is there already, for example WORKDIR, leaves a layer of nothing but the end of an archive.
  @layers = grep { $_->{size} > 1024 } @layers;
  delete $config->{history};
  describe('own', $config, $manifest, \@layers, [map { $_->{digest} } @layers]);
  print @layers ? 'layers' : 'none';
}

sub final {
  my $base = base_of_image();
  my @layers = @{$base->{layers}};
  if (-e 'plain-manifest.json') {
    my @plain = @{parsed('plain-manifest.json')->{layers}};
    for my $layer (@{parsed('compressed-manifest.json')->{layers}}) {
      my $unpacked = shift @plain;
      push @layers, { layer => $layer, unpacked => $unpacked->{digest}, size => $unpacked->{size} };
    }
  }
  my $config = parsed('own-config.json');
  my @history = @{$base->{history}};
  # A history names every layer or none.
  @history = () if grep({ !$_->{empty_layer} } @history) != @{$base->{layers}};
  my $named = @history ? @{$base->{layers}} : 0;
  push @history, map { { created => $ENV{CREATED}, created_by => "layer $_->{unpacked}" } } @layers[$named .. $#layers];
  $config->{created} = $ENV{CREATED};
  $config->{history} = \@history;
  my ($blobs, $unpacked) = ([map { $_->{layer} } @layers], [map { $_->{unpacked} } @layers]);
  describe('final', $config, parsed('own-manifest.json'), $blobs, $unpacked);
  print "layer $_->{layer}{digest} $_->{layer}{size} $_->{size}\n" for @layers;
}

my %modes = (base => \&base, own => \&own, final => \&final);
$modes{$ARGV[0]}->();
`;
