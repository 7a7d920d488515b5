/**
 * Takes a platform from source to a proven release: builds every image that the platform file names, reproducibly and in
 * parallel; lints, renders and validates every chart for every environment with the images of that very run; and publishes
 * the images under the commit that they were built from. The same functions run on a laptop and in CI.
 */
import {
  argument,
  type Container,
  type Directory,
  type File,
  func,
  object,
  type Secret,
  type Service,
} from "@dagger.io/dagger";

import { buildChartDependencies, lintCharts, renderCharts } from "./charts/functions.ts";
import { chartFindingsFile, immutableFieldsFile, validateCharts } from "./charts/validate.ts";
import { mergedDirectory, runCi, verdictOf } from "./ci/ci.ts";
import { interactiveCluster, interactiveKubeconfig } from "./cluster/interactive.ts";
import { lifecycleReport, lifecycleTest } from "./cluster/lifecycle.ts";
import { smokeImages, smokeReport, smokeTest } from "./cluster/smoke.ts";
import { checkGitopsFiles, expandGitopsFiles } from "./gitops/functions.ts";
import { buildAllImages, buildOneImage, exportImages, type PlatformSource } from "./images/functions.ts";
import { describeVersions } from "./images/versions.ts";
import { environmentNamed } from "./platform/environments.ts";
import { planPlatform } from "./plan/functions.ts";
import { promoteRelease } from "./promote/functions.ts";
import { publishRelease } from "./release/functions.ts";
import type { ReleaseSource } from "./release/gates.ts";
import { mergeReleases } from "./release/join.ts";
import { publishImages } from "./release/publish-images.ts";
import { registryAccess } from "./release/registry.ts";
import { signRelease } from "./release/sign-release.ts";
import { chosenSigner } from "./release/signers.ts";
import { EVIDENCE_TOOLS } from "./release/tool-versions.ts";
import { verifyRelease } from "./release/verify.ts";

/**
 * An environment that a platform is rolled out to. local and production are other names of dev and prod.
 */
export enum Environment {
  Dev = "dev",
  Staging = "staging",
  Prod = "prod",
  Local = "local",
  Production = "production",
}

/**
 * Builds, proves and ships the platform that a platform file describes.
 */
@object()
export class Slipway {
  private readonly sourceDirectory: Directory;
  private readonly platformPath: string;
  private readonly lockFile: File;
  private readonly programs: Directory;
  private readonly clusterPrograms: Directory;
  private readonly gitopsPrograms: Directory;
  private readonly releasePrograms: Directory;
  private readonly givenRevision: string;
  private readonly configuration: string;
  private readonly registryAuth: Secret | undefined;

  /**
   * @param ownSource This repository's own platform, which is used where --source is not given.
   * @param source Directory that holds the platform file, the Dockerfiles and the sources; default: this repository.
   * @param platform Path of the platform file in the source.
   * @param images Image lock: every outside image, pinned by digest. It is swapped as a whole, for a company mirror or an
   * air-gapped site; default: deploy/images.lock.yaml of this repository.
   * @param revision Full Git commit that is built; default: HEAD of the source's .git. It becomes the label
   * org.opencontainers.image.revision and the tag sha-<commit>, and its time becomes every timestamp in the images.
   * @param config Build configuration of every image that takes one (Y-19): path of a JSON file in the source, for example
   * docker/build.prod.json; default: the one that the platform file names for the image.
   * @param registryAuth Logins of the registries that the bases of images come from, where they ask for one: a config.json of
   * Docker with the logins in it, for example file:./config.json. The engine itself pulls with the logins of the machine that calls it.
   */
  constructor(
    @argument({
      defaultPath: "/",
      ignore: [
        "*",
        "!.dockerignore",
        "!.git/HEAD",
        "!.git/refs",
        "!.git/packed-refs",
        "!.git/objects",
        "!.forgejo",
        "!.github",
        "!charts",
        "!deploy",
        "!docker",
        "!src/charts/programs",
        "!src/cluster/programs",
        "!src/gitops/programs",
        "!src/release/programs",
        "**/node_modules",
        "**/dist",
        "charts/**/*.tgz",
      ],
    })
    ownSource: Directory,
    @argument({ ignore: ["**/node_modules", "**/.env", "**/*.pem", "**/*.key", "**/*.p12", "**/*.pfx"] })
    source?: Directory,
    platform = "deploy/platform.yaml",
    images?: File,
    revision = "",
    config = "",
    registryAuth?: Secret,
  ) {
    this.sourceDirectory = source ?? ownSource;
    this.platformPath = platform;
    this.lockFile = images ?? ownSource.file("deploy/images.lock.yaml");
    this.programs = ownSource.directory("src/charts/programs");
    this.clusterPrograms = ownSource.directory("src/cluster/programs");
    this.gitopsPrograms = ownSource.directory("src/gitops/programs");
    this.releasePrograms = ownSource.directory("src/release/programs");
    this.givenRevision = revision;
    this.configuration = config;
    this.registryAuth = registryAuth;
  }

  /**
   * Builds every image of the platform file in parallel and returns a table: image, size compressed and unpacked, digest,
   * layers, seconds, and whether this run built it or had it cached.
   *
   * Fails with [gate] when an image does not build, is over its budget or has grown past the baseline (Y-13), naming every
   * such image with its last lines, and with [config] when the platform file or the lock is wrong. Source: C-02, C-08.
   */
  @func({ cache: "never" }) // the table says what this run built and what was cached
  async buildAll(): Promise<string> {
    return buildAllImages(this.given());
  }

  /**
   * Builds one image and returns it as a container.
   *
   * Fails with [config] when the platform file has no such image, and with the failed command when it does not build.
   *
   * @param image Name of the image in the platform file, for example api.
   */
  @func()
  async build(image: string): Promise<Container> {
    return buildOneImage(this.given(), image);
  }

  /**
   * Builds every image and returns a directory: `<name>.tar` for each, an OCI layout that docker load, podman load and
   * k3s take; images.json with name, repository, digest, bytes and layers; and image-sizes.json, which is committed as the
   * baseline that later builds are compared with (Y-13).
   *
   * Fails as build-all does. Two runs of one commit give the same bytes.
   */
  @func()
  async images(): Promise<Directory> {
    return exportImages(this.given());
  }

  /**
   * Builds every image and publishes it as `<registry>/<repository>`, under sha-<commit> always, edge when --ref is the
   * default branch, and 1.2.3 when --ref is the Git tag v1.2.3 (Y-17). Returns a table of every tag that was set and
   * every one that was there already with the same digest. It gates on the build alone; publish holds aliases to all gates.
   *
   * Fails with [config] for latest, for an unknown commit and for a registry with a scheme, a tag or a digest, and with [gate], before anything is pushed, when sha-<commit>
   * or a version exists with another digest (Y-18). Tags are set only after every image was pushed, aliases last.
   *
   * @param registry Registry and path that the repositories lie under, for example ghcr.io/acme.
   * @param tag Further aliases, such as edge or 1.2.3; an alias that is no version may move.
   * @param ref Git ref that is published, for example refs/heads/main or refs/tags/v1.2.3.
   * @param defaultBranch Branch whose builds are tagged edge.
   * @param registryUsername User to log in as; without it nobody logs in.
   * @param registryPassword Password or token of that user; it is never printed and never part of a layer.
   * @param registryService Service that answers under the registry's host name, for a registry that only the caller sees.
   * @param insecure Speak plain HTTP to the registry instead of HTTPS.
   */
  @func({ cache: "never" }) // changes a registry
  async publishImages(
    registry: string,
    tag: string[] = [],
    ref = "",
    defaultBranch = "main",
    registryUsername = "",
    registryPassword?: Secret,
    registryService?: Service,
    insecure = false,
  ): Promise<string> {
    const access = registryAccess(registry, registryUsername, registryPassword, registryService, undefined, insecure);
    const given = { ...this.given(), programs: this.releasePrograms };
    return publishImages(given, access, { tags: tag, ref, defaultBranch });
  }

  /**
   * Publishes the platform as one transaction and returns a table of what moved: every image, every chart as an OCI artifact
   * that pins these images by digest, their record, and evidence: what an image is made of (SPDX, CycloneDX), provenance
   * (SLSA), the smoke test, a scan for known vulnerabilities, signatures. All is pushed by digest first, aliases move last; a publish that was interrupted is run again and ends the same.
   *
   * Aliases (edge, versions, --tag) are held back, and the table says why and what to do, unless a pass of smoke-test --env dev
   * is recorded for exactly this revision, or nothing is installed in dev, and gitops finds nothing.
   *
   * Fails before anything is pushed: with [gate] when validate is red for this revision, a scan finds what the release
   * policy does not allow, or a tag that never moves has other content, and with [config] as publish-images does.
   *
   * @param registry Registry and path that the repositories lie under, for example ghcr.io/acme.
   * @param tag Further aliases, such as edge or 1.2.3; an alias that is no version may move.
   * @param ref Git ref that is published, for example refs/heads/main or refs/tags/v1.2.3.
   * @param defaultBranch Branch whose builds are tagged edge.
   * @param dryRun Print what would move, and move nothing.
   * @param require Evidence without which nothing is published: smoke, signature, scan.
   * @param signingKey Private key as cosign writes it, that all evidence is signed with; without it, it is attached unsigned.
   * @param signingPassword Password of that key.
   * @param registryUsername User to log in as; without it nobody logs in.
   * @param registryPassword Password or token of that user; it is never printed and never part of a layer.
   * @param registryService Service that answers under the registry's host name, for a registry that only the caller sees.
   * @param registryCa Certificates, PEM, of the authority that signed the registry's own; default: those of the system.
   * @param insecure Speak plain HTTP to the registry instead of HTTPS.
   * @param scanDatabase Archive of grype's database, schema 6, that images are scanned with; without it, none is.
   * @param identityToken Token (OpenID Connect) of the identity that signs in place of a key, meant for sigstore; where it
   * signs is said by the key keyless of deploy/release-policy.yaml.
   * @param identityService Service that answers under the host name of the policy's Fulcio, for one that only the caller sees.
   */
  @func({ cache: "never" }) // changes a registry
  async publish(
    registry: string,
    tag: string[] = [],
    ref = "",
    defaultBranch = "main",
    dryRun = false,
    require: string[] = [],
    signingKey?: Secret,
    signingPassword?: Secret,
    registryUsername = "",
    registryPassword?: Secret,
    registryService?: Service,
    registryCa?: File,
    insecure = false,
    scanDatabase?: File,
    identityToken?: Secret,
    identityService?: Service,
  ): Promise<string> {
    const signing = await this.signer(signingKey, signingPassword, identityToken, identityService);
    const access = registryAccess(registry, registryUsername, registryPassword, registryService, registryCa, insecure);
    const request = { tags: tag, ref, defaultBranch, dryRun, require, signing, scanDatabase };
    return publishRelease(this.releaseSource(), access, request);
  }

  /**
   * Signs in a registry everything that is said of a release and was attached there unsigned, and returns a table: publish
   * without a key in one job, and sign in another that alone has the key and builds nothing. Run again, it changes nothing.
   *
   * Fails with [gate] where the registry does not hold what the record of the release names, whole, or has two statements of
   * one kind about an artifact; then nothing is signed. Source: C-48, C-49.
   *
   * @param registry Registry and path that the release was published under.
   * @param tag Tag of the release: sha- and the commit, or a version.
   * @param dryRun Print what would be signed, and sign nothing.
   * @param signingKey Private key as cosign writes it.
   * @param signingPassword Password of that key.
   * @param identityToken Token (OpenID Connect) of the identity that signs in place of a key, meant for sigstore; where it
   * signs is said by the key keyless of deploy/release-policy.yaml.
   * @param identityService Service that answers under the host name of the policy's Fulcio, for one that only the caller sees.
   * @param registryUsername User to log in as; without it nobody logs in.
   * @param registryPassword Password or token of that user; it is never printed and never part of a layer.
   * @param registryService Service that answers under the registry's host name, for a registry that only the caller sees.
   * @param registryCa Certificates, PEM, of the authority that signed the registry's own; default: those of the system.
   * @param insecure Speak plain HTTP to the registry instead of HTTPS.
   */
  @func({ cache: "never" }) // asks and changes a registry
  async sign(
    registry: string,
    tag: string,
    dryRun = false,
    signingKey?: Secret,
    signingPassword?: Secret,
    identityToken?: Secret,
    identityService?: Service,
    registryUsername = "",
    registryPassword?: Secret,
    registryService?: Service,
    registryCa?: File,
    insecure = false,
  ): Promise<string> {
    const signing = await this.signer(signingKey, signingPassword, identityToken, identityService);
    const access = registryAccess(registry, registryUsername, registryPassword, registryService, registryCa, insecure);
    return signRelease(this.releaseSource(), access, { tag, signing, dryRun });
  }

  /**
   * Reads a release back from a registry, every byte of it, and holds it to a policy: each image and chart whole and the one
   * that the record names, each with the evidence that the policy demands, signed by its keys and about exactly this
   * digest; charts pin the images of the release; tags point where the record says. Returns a table.
   *
   * Fails with [gate] naming every failure, and with [config] for a policy that is wrong or trusts nobody. Nothing but the
   * registry is asked.
   *
   * @param registry Registry and path that the release was published under.
   * @param tag Tag of the release: sha- and the commit, a version, or an alias such as edge.
   * @param policy What is demanded; default: deploy/release-policy.yaml of the source.
   * @param registryUsername User to log in as; without it nobody logs in.
   * @param registryPassword Password or token of that user; it is never printed and never part of a layer.
   * @param registryService Service that answers under the registry's host name, for a registry that only the caller sees.
   * @param registryCa Certificates, PEM, of the authority that signed the registry's own; default: those of the system.
   * @param insecure Speak plain HTTP to the registry instead of HTTPS.
   */
  @func({ cache: "never" }) // asks a registry what it has now
  async verify(
    registry: string,
    tag: string,
    policy?: File,
    registryUsername = "",
    registryPassword?: Secret,
    registryService?: Service,
    registryCa?: File,
    insecure = false,
  ): Promise<string> {
    const access = registryAccess(registry, registryUsername, registryPassword, registryService, registryCa, insecure);
    return verifyRelease(this.releaseSource(), access, { tag, policy });
  }

  /**
   * Says what a run would build, pack, push, tag and install, and why, and does none of it. With --since, only what a change
   * affects is planned: by the files that each Dockerfile copies and .dockerignore lets in, its arguments, its entry in the
   * platform file, the bases of the committed image lock, and the folders of each chart and of those that it depends on.
   *
   * What cannot be told counts as affected: a plan may name too much and never too little. Changes that are not committed
   * count. Fails with [config] where the source's .git does not hold the revision. What a registry has is said by
   * `publish --dry-run`.
   *
   * @param since Commit, tag or branch that changes are counted from; default: everything is planned.
   * @param env Environment whose installs are planned.
   * @param tag Further aliases, as publish takes them.
   * @param ref Git ref that would be published, for example refs/heads/main.
   * @param defaultBranch Branch whose builds are tagged edge.
   * @param asJson Return the plan as JSON, with every reason and the recorded inputs.
   */
  @func({ cache: "never" }) // the history of the source may name another commit than before
  async plan(
    since = "",
    env: Environment = Environment.Dev,
    tag: string[] = [],
    ref = "",
    defaultBranch = "main",
    asJson = false,
  ): Promise<string> {
    const request = { since, environment: environmentNamed(env), tags: tag, ref, defaultBranch, json: asJson };
    return planPlatform(this.given(), request);
  }

  /**
   * Promotes a release by digest, without building anything, and returns a change to review: promotion.patch for git apply,
   * the changed files below files/, promotion.txt with a table of charts and images from digest to digest, and
   * promotion.json. The release goes into gitops.releases of the platform file; where an Application stays at a revision,
   * as in prod, promoting again from the merged source moves it to the commit that has the release (C-44, X-20).
   *
   * Fails with [gate], and moves and writes nothing, for a release that does not verify or has no smoke test that passed, that
   * the environment before does not run, or whose charts are not those of the source. At the end the alias of the environment
   * moves in the registry.
   *
   * @param to Environment to promote to: staging or prod; prod takes what staging has. dev may be pinned as well.
   * @param registry Registry and path that the release was published under.
   * @param tag Tag of the release: sha- and the commit, a version, or an alias such as edge.
   * @param policy What verify demands; default: deploy/release-policy.yaml of the source.
   * @param dryRun Write the change, and move no alias.
   * @param registryUsername User to log in as; without it nobody logs in.
   * @param registryPassword Password or token of that user; it is never printed and never part of a layer.
   * @param registryService Service that answers under the registry's host name, for a registry that only the caller sees.
   * @param registryCa Certificates, PEM, of the authority that signed the registry's own; default: those of the system.
   * @param insecure Speak plain HTTP to the registry instead of HTTPS.
   */
  @func({ cache: "never" }) // asks and changes a registry
  async promote(
    to: Environment,
    registry: string,
    tag: string,
    policy?: File,
    dryRun = false,
    registryUsername = "",
    registryPassword?: Secret,
    registryService?: Service,
    registryCa?: File,
    insecure = false,
  ): Promise<Directory> {
    const access = registryAccess(registry, registryUsername, registryPassword, registryService, registryCa, insecure);
    const request = { environment: environmentNamed(to), tag, policy, dryRun };
    return promoteRelease({ ...this.givenGitops(), releasePrograms: this.releasePrograms }, access, request);
  }

  /**
   * Runs `helm dependency build` for every chart of the platform file and returns the charts with what they depend on,
   * each in a folder of its name. Charts of the source (`repository: file://...`) need no network (C-37).
   *
   * Fails with [config] when a dependency is not there or Chart.lock is out of step with Chart.yaml, naming file and line.
   */
  @func()
  async dependencyBuild(): Promise<Directory> {
    return buildChartDependencies(this.given());
  }

  /**
   * Lints every chart of the platform file with every overlay, `helm lint --strict`, and returns a table of chart,
   * environment, objects and findings.
   *
   * Fails with [gate] naming every finding with file, line and next step (C-53). Images that a chart runs are built first,
   * since a chart may refuse to render without their digests.
   */
  @func({ cache: "never" }) // the table is of this run
  async lint(): Promise<string> {
    return lintCharts(this.given());
  }

  /**
   * Renders every chart of the platform file for one environment and returns a directory with one file of manifests for
   * each chart, `<chart>.yaml`, which names the images of this run by digest where an overlay names none.
   *
   * Fails with [gate] when helm refuses a chart, naming file, line and next step (C-11, C-55).
   *
   * @param env Environment whose overlays are applied.
   */
  @func()
  async render(env: Environment): Promise<Directory> {
    return renderCharts(this.given(), environmentNamed(env));
  }

  /**
   * Validates every chart of the platform file in every environment and returns one table: chart, environment, objects, and
   * findings of lint, render, schemas (kubeconform -strict for each Kubernetes version, nothing skipped), Pod Security
   * "restricted", scores (kube-score with all checks; kube-linter where the image lock has it) and own rules.
   *
   * Own rules hold what no tool holds: digests, credentials in plain text (C-27, C-57), configuration keys (C-13), hooks
   * (C-21), immutable fields, equal renders by helm 3 and 4, server-side apply, the component graph, probes (C-24),
   * minimal overlays (C-12). Fails with [gate] naming every finding that no exception excuses: rule, object, path, reason
   * and fix; an exception that excuses nothing or has expired is a finding itself. The same as data: findings.
   */
  @func({ cache: "never" }) // exceptions expire
  async validate(): Promise<string> {
    return validateCharts({ ...this.given(), programs: this.programs });
  }

  /**
   * Validates as validate does and returns findings.json instead of failing: results per chart and environment, findings
   * with rule, object, path, reason and fix, those that exceptions excuse, and tools that were skipped, with the reason.
   */
  @func({ cache: "never" }) // exceptions expire
  async findings(): Promise<File> {
    return chartFindingsFile({ ...this.given(), programs: this.programs });
  }

  /**
   * Renders every chart in every environment and returns the record of the fields that no upgrade can change, such as
   * selectors and volume claims. It is committed with a release; validate compares later renders with it.
   */
  @func()
  async immutableFields(): Promise<File> {
    return immutableFieldsFile(this.given());
  }

  /**
   * Starts a k3s, installs every chart of one environment with the images of this run, waits until all of it is ready, runs
   * the checks of the platform file from inside the cluster and `helm test`, and takes the cluster away. Returns a table of
   * resources and checks with their seconds.
   *
   * Namespaces refuse pods that are not "restricted", Secrets are made for the run, and at the end every container must
   * have run an image of this run or of the image lock. Fails with [gate] as soon as something has failed for good, naming
   * object, cause, last log lines and what to try, and with [infra] where the engine's machine cannot run a cluster. A pass
   * is recorded and returned at once while images, manifests, cluster and checks stay the same. Source: C-33 to C-37, Y-99.
   *
   * @param env Environment whose overlays are installed.
   * @param chart Chart to install; default: all charts that have the environment.
   * @param force Test again what has passed already.
   * @param kubeconfig Access to a cluster that exists, to be tested in instead: in namespaces of this run alone, which are
   * removed afterwards. Its nodes must have the images (function node-images) or be able to pull them.
   * @param clusterService Service that answers under the host name k3s, for a cluster that only the caller sees.
   */
  @func({ cache: "never" }) // asks a cluster of this run
  async smokeTest(
    env: Environment,
    chart = "",
    force = false,
    kubeconfig?: Secret,
    clusterService?: Service,
  ): Promise<string> {
    const access = kubeconfig && { kubeconfig, service: clusterService };
    const request = { environment: environmentNamed(env), chart, force, access };
    return smokeTest({ ...this.given(), programs: this.clusterPrograms }, request);
  }

  /**
   * Tests as smoke-test does, always anew, and returns a directory instead of failing: smoke.txt and smoke.json, and where
   * something failed, the objects, events, pods and logs of every namespace in evidence/, without the values of Secrets.
   *
   * @param env Environment whose overlays are installed.
   * @param chart Chart to install; default: all charts that have the environment.
   * @param kubeconfig Access to a cluster that exists, to be tested in instead, as smoke-test does.
   * @param clusterService Service that answers under the host name k3s, for a cluster that only the caller sees.
   */
  @func({ cache: "never" }) // asks a cluster of this run
  async smokeReport(env: Environment, chart = "", kubeconfig?: Secret, clusterService?: Service): Promise<Directory> {
    const access = kubeconfig && { kubeconfig, service: clusterService };
    const request = { environment: environmentNamed(env), chart, force: true, access };
    return smokeReport({ ...this.given(), programs: this.clusterPrograms }, request);
  }

  /**
   * Runs all stages in order: lint and test (helm lint and the test suites of the platform file), build, validate (as validate
   * and gitops do; GitOps not with --only), smoke test, publish; stops at the first that fails, and returns the report of all as a directory: report.json with
   * report.schema.json, report.txt, junit.xml, results.sarif, report.html and summary.md (a step summary under 64 KiB).
   *
   * A failed stage is part of the report and no error, since a function that fails returns nothing; `verdict` fails where
   * a report is red. Nothing is published unless all stages before have passed, and without --registry nothing is; with --only,
   * systems are published as parts of a release, without aliases, and merge-releases makes it whole. Fails with [config]
   * before any stage when the platform file or the image lock is wrong. Source: Y-83, X-06.
   *
   * @param env Environment that is installed and tested.
   * @param only Systems that the run is about, for a matrix of CI jobs; default: all.
   * @param registry Registry and path to publish to, for example ghcr.io/acme; default: nothing is published.
   * @param tag Further aliases, such as edge or 1.2.3; an alias that is no version may move.
   * @param ref Git ref that is published, for example refs/heads/main or refs/tags/v1.2.3.
   * @param defaultBranch Branch whose builds are tagged edge.
   * @param signingKey Private key as cosign writes it, that all evidence is signed with; without it, it is attached unsigned.
   * @param signingPassword Password of that key.
   * @param registryUsername User to log in as; without it nobody logs in.
   * @param registryPassword Password or token of that user; it is never printed and never part of a layer.
   * @param registryService Service that answers under the registry's host name, for a registry that only the caller sees.
   * @param registryCa Certificates, PEM, of the authority that signed the registry's own; default: those of the system.
   * @param insecure Speak plain HTTP to the registry instead of HTTPS.
   * @param scanDatabase Archive of grype's database, schema 6, that images are scanned with; without it, none is.
   * @param require Evidence without which nothing is published: smoke, signature, scan.
   * @param identityToken Token (OpenID Connect) of the identity that signs in place of a key, meant for sigstore; where it
   * signs is said by the key keyless of deploy/release-policy.yaml.
   * @param identityService Service that answers under the host name of the policy's Fulcio, for one that only the caller sees.
   */
  @func({ cache: "never" }) // asks a cluster of this run and changes a registry
  async ci(
    env: Environment = Environment.Dev,
    only: string[] = [],
    registry = "",
    tag: string[] = [],
    ref = "",
    defaultBranch = "main",
    signingKey?: Secret,
    signingPassword?: Secret,
    registryUsername = "",
    registryPassword?: Secret,
    registryService?: Service,
    registryCa?: File,
    insecure = false,
    scanDatabase?: File,
    require: string[] = [],
    identityToken?: Secret,
    identityService?: Service,
  ): Promise<Directory> {
    const access = registryAccess(registry, registryUsername, registryPassword, registryService, registryCa, insecure);
    const signing = await this.signer(signingKey, signingPassword, identityToken, identityService);
    const environment = environmentNamed(env);
    const request = { tags: tag, ref, defaultBranch, environment, dryRun: false, require, signing, scanDatabase };
    const publish = () => publishRelease({ ...this.releaseSource(), only }, access, request);
    const given = { ...this.givenGitops(), only, clusterPrograms: this.clusterPrograms };
    return runCi(given, { environment, publish: registry === "" ? undefined : publish });
  }

  /**
   * Reads the report that ci gave and returns its text: every failure, and a table of the stages. A directory that holds
   * the reports of several systems, each in a folder of its own, is read as one report.
   *
   * Fails with [gate] where a stage has failed, naming every failure, and with [config] where a report cannot be read or
   * reports are not of one commit and environment.
   *
   * @param report Directory that ci gave, or that holds several of them.
   */
  @func()
  async verdict(report: Directory): Promise<string> {
    return verdictOf(report);
  }

  /**
   * Joins the reports of `ci --only` of several systems into one and returns it in the same forms as ci.
   *
   * Fails with [config] where a report cannot be read, or reports are not of one commit and environment.
   *
   * @param reports Directory that holds the directories that ci gave.
   */
  @func()
  async mergeReports(reports: Directory): Promise<Directory> {
    return mergedDirectory(reports);
  }

  /**
   * Joins what `ci --only` published of each system into one release and returns a table of what moved: the record of all
   * systems under the commit's tag, the same as one publish of all writes, and then aliases. verify and promote read it.
   *
   * Fails with [gate], and moves nothing, where a system is missing, where parts are not of this commit and platform file,
   * and where a part is not what the policy demands. Aliases are held back, and the table says why, unless every part has a
   * signed pass of its smoke test and gitops finds nothing.
   *
   * @param registry Registry and path that the parts were published under.
   * @param tag Further aliases, such as edge or 1.2.3, as the parts were published with.
   * @param ref Git ref that is published, for example refs/heads/main or refs/tags/v1.2.3.
   * @param defaultBranch Branch whose builds are tagged edge.
   * @param env Environment that the parts were tested in.
   * @param policy What is demanded of the parts; default: deploy/release-policy.yaml of the source.
   * @param dryRun Print what would move, and move nothing.
   * @param signingKey Private key as cosign writes it, that the record is signed with; without it, it is attached unsigned.
   * @param signingPassword Password of that key.
   * @param registryUsername User to log in as; without it nobody logs in.
   * @param registryPassword Password or token of that user; it is never printed and never part of a layer.
   * @param registryService Service that answers under the registry's host name, for a registry that only the caller sees.
   * @param registryCa Certificates, PEM, of the authority that signed the registry's own; default: those of the system.
   * @param insecure Speak plain HTTP to the registry instead of HTTPS.
   * @param identityToken Token (OpenID Connect) of the identity that signs in place of a key, meant for sigstore.
   * @param identityService Service that answers under the host name of the policy's Fulcio, for one that only the caller sees.
   */
  @func({ cache: "never" }) // asks and changes a registry
  async mergeReleases(
    registry: string,
    tag: string[] = [],
    ref = "",
    defaultBranch = "main",
    env: Environment = Environment.Dev,
    policy?: File,
    dryRun = false,
    signingKey?: Secret,
    signingPassword?: Secret,
    registryUsername = "",
    registryPassword?: Secret,
    registryService?: Service,
    registryCa?: File,
    insecure = false,
    identityToken?: Secret,
    identityService?: Service,
  ): Promise<string> {
    const signing = await this.signer(signingKey, signingPassword, identityToken, identityService);
    const access = registryAccess(registry, registryUsername, registryPassword, registryService, registryCa, insecure);
    const request = { tags: tag, ref, defaultBranch, environment: environmentNamed(env), policy, dryRun, signing };
    return mergeReleases(this.releaseSource(), access, request);
  }

  /**
   * Expands the ApplicationSets of the platform file as Argo CD would, checks them, and returns a table: Application, project,
   * environment, revision, policy, cluster, namespace, value files, objects, and how many images have a digest in Git.
   *
   * Each Application is held to Argo CD's own definitions, to its AppProject (repository, destination, every kind rendered)
   * and to the platform file (chart, release, namespace, value files, one for each environment), and is rendered with exactly
   * its value files. dev and staging synchronise by themselves, prod by hand at a pinned revision. Fails with [gate] naming
   * every finding with file and line, and with [config] without the key gitops. Source: C-41 to C-45, C-50, X-20.
   */
  @func()
  async gitops(): Promise<string> {
    return checkGitopsFiles(this.givenGitops());
  }

  /**
   * Expands the ApplicationSets of the platform file and returns a directory with one file for each Application that Argo CD
   * would make, `<application>.yaml`.
   *
   * Fails with [gate] naming every template and field that Argo CD would refuse, with file and line.
   */
  @func()
  async gitopsRender(): Promise<Directory> {
    return expandGitopsFiles(this.givenGitops());
  }

  /**
   * Installs the charts as they were before this revision, and under load upgrades them to it, rolls them back, kills a pod
   * of each component, restarts what the platform file names and uninstalls all. Returns a table of phases with seconds,
   * requests sent, failed and lost, and latencies; of recoveries; and of what was left behind.
   *
   * Fails with [gate] on accepted work that was lost, on any request that failed during upgrade or rollback, on a component
   * that does not recover, and on any object that is left and not of a declared kind, naming what, when and what to try.
   * The release before is the state before the last commit that changed charts, Dockerfiles or sources, or what is given.
   *
   * @param env Environment whose overlays are installed.
   * @param chart Chart to test; default: all charts of the environment that have lifecycle in the platform file.
   * @param previous Directory of the earlier source; default: the history in the source's .git.
   * @param previousCommit Commit, tag or branch of the earlier release in the source's .git.
   */
  @func({ cache: "never" }) // asks a cluster of this run
  async lifecycleTest(env: Environment, chart = "", previous?: Directory, previousCommit = ""): Promise<string> {
    const request = { environment: environmentNamed(env), chart, force: true };
    const before = { source: previous, commit: previousCommit };
    return lifecycleTest({ ...this.given(), programs: this.clusterPrograms }, request, before);
  }

  /**
   * Tests as lifecycle-test does and returns a directory instead of failing: lifecycle.txt and lifecycle.json, and where
   * something failed, the objects, events, pods and logs of every namespace in evidence/, without the values of Secrets.
   *
   * @param env Environment whose overlays are installed.
   * @param chart Chart to test; default: all charts of the environment that have lifecycle in the platform file.
   * @param previous Directory of the earlier source; default: the history in the source's .git.
   * @param previousCommit Commit, tag or branch of the earlier release in the source's .git.
   */
  @func({ cache: "never" }) // asks a cluster of this run
  async lifecycleReport(env: Environment, chart = "", previous?: Directory, previousCommit = ""): Promise<Directory> {
    const request = { environment: environmentNamed(env), chart, force: true };
    const before = { source: previous, commit: previousCommit };
    return lifecycleReport({ ...this.given(), programs: this.clusterPrograms }, request, before);
  }

  /**
   * Returns the images of a smoke test as one tarball, an OCI layout whose names are those that pods use, to be imported
   * into the nodes of a cluster that --kubeconfig leads to: `ctr --namespace k8s.io images import`.
   *
   * @param env Environment whose overlays are installed.
   * @param chart Chart to install; default: all charts that have the environment.
   */
  @func()
  async nodeImages(env: Environment, chart = ""): Promise<File> {
    const request = { environment: environmentNamed(env), chart, force: true };
    return smokeImages({ ...this.given(), programs: this.clusterPrograms }, request);
  }

  /**
   * Starts a k3s and gives it as a service, with its API on port 6443, for interactive use. It ends with the session. The
   * function kubeconfig gives access to it, by the same name.
   *
   * @param name Tells the cluster from others of the engine: letters, digits and hyphens.
   * @param env Environment whose images are loaded into it; default: none.
   * @param chart Chart whose images these are; default: all charts that have the environment.
   */
  @func({ cache: "never" }) // starts a cluster
  async cluster(name = "interactive", env?: Environment, chart = ""): Promise<Service> {
    const environment = env && environmentNamed(env);
    return interactiveCluster({ ...this.given(), programs: this.clusterPrograms }, name, environment, chart);
  }

  /**
   * Returns the kubeconfig of a cluster that runs, as the function cluster has started it: administrator's access.
   *
   * Fails with [config] when no cluster of that name runs.
   *
   * @param name Name of the cluster.
   * @param server Address of its API, as the one who uses the kubeconfig reaches it.
   */
  @func({ cache: "never" }) // asks which cluster runs now
  async kubeconfig(name = "interactive", server = "https://127.0.0.1:6443"): Promise<File> {
    return interactiveKubeconfig(this.lockFile, name, server);
  }

  /**
   * Returns a table of what a run is made of: this module, the engine, the tools, and every outside image of the lock with
   * its digest and what it is here for.
   */
  @func({ cache: "never" }) // asks the engine that runs now
  async versions(): Promise<string> {
    return describeVersions(this.lockFile, EVIDENCE_TOOLS);
  }

  private givenGitops() {
    return { ...this.given(), programs: this.programs, gitopsPrograms: this.gitopsPrograms };
  }

  private releaseSource(): ReleaseSource {
    return {
      ...this.given(),
      programs: this.releasePrograms,
      chartPrograms: this.programs,
      clusterPrograms: this.clusterPrograms,
      gitopsPrograms: this.gitopsPrograms,
    };
  }

  private signer(key?: Secret, password?: Secret, token?: Secret, service?: Service) {
    return chosenSigner(this.given(), { key, password, token, service });
  }

  private given(): PlatformSource {
    return {
      source: this.sourceDirectory,
      platformPath: this.platformPath,
      lockFile: this.lockFile,
      revision: this.givenRevision,
      configuration: this.configuration,
      registryAuth: this.registryAuth,
    };
  }
}
