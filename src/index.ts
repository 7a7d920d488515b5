/**
 * Takes a platform from source to a proven release: builds every image that the platform file names, reproducibly and in
 * parallel, and publishes them under the commit that they were built from. The same functions run on a laptop and in CI.
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

import {
  buildAllImages,
  buildOneImage,
  exportImages,
  type PlatformSource,
  publishAllImages,
} from "./images/functions.ts";
import { describeVersions } from "./images/versions.ts";

/**
 * Builds, proves and ships the platform that a platform file describes.
 */
@object()
export class Slipway {
  private readonly sourceDirectory: Directory;
  private readonly platformPath: string;
  private readonly lockFile: File;
  private readonly givenRevision: string;

  /**
   * @param ownSource This repository's own platform, which is used where --source is not given.
   * @param source Directory that holds the platform file, the Dockerfiles and the sources; default: this repository.
   * @param platform Path of the platform file in the source.
   * @param images Image lock: every outside image, pinned by digest. It is swapped as a whole, for a company mirror or an
   * air-gapped site; default: deploy/images.lock.yaml of this repository.
   * @param revision Full Git commit that is built; default: HEAD of the source's .git. It becomes the label
   * org.opencontainers.image.revision and the tag sha-<commit>, and its time becomes every timestamp in the images.
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
        "!deploy",
        "!docker",
        "**/node_modules",
        "**/dist",
      ],
    })
    ownSource: Directory,
    @argument({ ignore: ["**/node_modules", "**/.env", "**/*.pem", "**/*.key", "**/*.p12", "**/*.pfx"] })
    source?: Directory,
    platform = "deploy/platform.yaml",
    images?: File,
    revision = "",
  ) {
    this.sourceDirectory = source ?? ownSource;
    this.platformPath = platform;
    this.lockFile = images ?? ownSource.file("deploy/images.lock.yaml");
    this.givenRevision = revision;
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
   * every one that was there already with the same digest.
   *
   * Fails with [config] for latest and for an unknown commit, and with [gate], before anything is pushed, when sha-<commit>
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
    const access = {
      prefix: registry,
      username: registryUsername,
      password: registryPassword,
      service: registryService,
    };
    return publishAllImages(this.given(), { ...access, insecure }, { tags: tag, ref, defaultBranch });
  }

  /**
   * Returns a table of what a run is made of: this module, the engine, the tools, and every outside image of the lock with
   * its digest and what it is here for.
   */
  @func({ cache: "never" }) // asks the engine that runs now
  async versions(): Promise<string> {
    return describeVersions(this.lockFile);
  }

  private given(): PlatformSource {
    return {
      source: this.sourceDirectory,
      platformPath: this.platformPath,
      lockFile: this.lockFile,
      revision: this.givenRevision,
    };
  }
}
