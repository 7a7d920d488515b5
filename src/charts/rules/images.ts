/** The rules on image references: pinned by digest where it matters, and never floating. */
import { DIGEST, ImageReferenceError, parseImageReference } from "../../platform/image-reference.ts";
import type { ChartRender, RenderRule } from "../finding.ts";
import { itemsAt, type JsonPath, valueAt } from "../json.ts";
import type { Manifest } from "../manifest.ts";
import { type Workload, workloadsOf } from "../workload.ts";
import { isBuiltIn } from "./kinds.ts";
import { type Mistake, objectRule, quote } from "./mistake.ts";
import { pathTo, visitLeaves } from "./walk.ts";

/** An image that an object names. `value` is undefined where a container names none. */
export type ImageUse = { readonly manifest: Manifest; readonly path: JsonPath; readonly value: unknown };

const CONTAINER_LISTS = ["initContainers", "containers", "ephemeralContainers"] as const;
// Fields of custom resources that hold an image by the custom of operators.
const IMAGE_FIELDS = new Set<string | number>(["image", "imageName"]);
const NO_TAG = "without a digest, a tag that names one version, never latest";

/** In staging and prod every image is named by its digest, so that what was tested is what runs. */
export const IMAGE_DIGEST: RenderRule = objectRule(
  "image-digest",
  "Images are pinned by digest in staging and prod",
  (render) => {
    if (render.environment === "dev") return [];
    return imagesOf(render).flatMap(({ value, ...at }) => {
      if (typeof value !== "string" || DIGEST.test(value.slice(value.lastIndexOf("@") + 1))) return [];
      const reason = `${quote(value)} has no digest; in ${render.environment} an image is named by its digest, for a tag can be moved`;
      return [
        { ...at, reason, fix: "set the digest of the image in the overlay, as sha256: and 64 hexadecimal digits" },
      ];
    });
  },
);

/** No environment runs an image whose name may mean another one tomorrow, or none. */
export const IMAGE_TAG: RenderRule = objectRule(
  "image-tag",
  "Images are well named, with a digest or a tag that is not latest",
  (render) =>
    imagesOf(render).flatMap((use) => {
      const mistake = tagMistake(use.value);
      return mistake === undefined ? [] : [{ manifest: use.manifest, path: use.path, ...mistake }];
    }),
);

/** Every image that the objects of a render name: containers of any kind, image volumes, custom resources. */
export function imagesOf({ manifests }: ChartRender): ImageUse[] {
  return [
    ...workloadsOf(manifests).flatMap(podImages),
    ...manifests.filter((manifest) => !isBuiltIn(manifest)).flatMap(customImages),
  ];
}

function podImages({ manifest, spec, specPath }: Workload): ImageUse[] {
  const containers = CONTAINER_LISTS.flatMap((list) =>
    itemsAt(spec, list).map((container, index) => {
      return { manifest, path: [...specPath, list, index, "image"], value: valueAt(container, "image") };
    }),
  );
  const volumes = itemsAt(spec, "volumes").flatMap((volume, index) => {
    const path = [...specPath, "volumes", index, "image", "reference"];
    const source = valueAt(volume, "image");
    return source === undefined ? [] : [{ manifest, path, value: valueAt(source, "reference") }];
  });
  return [...containers, ...volumes];
}

/** Operators patch containers that they make themselves, and there a name without an image is enough. */
function customImages(manifest: Manifest): ImageUse[] {
  const uses: ImageUse[] = [];
  visitLeaves(manifest.body, ({ place, value }) => {
    if (!IMAGE_FIELDS.has(place.key) || typeof value !== "string") return;
    uses.push({ manifest, path: pathTo(place), value });
  });
  return uses;
}

function tagMistake(value: unknown): Pick<Mistake, "reason" | "fix"> | undefined {
  if (typeof value !== "string" || value === "") {
    return {
      reason: `the image is ${quote(value)}; allowed is registry/repository with a digest or a tag`,
      fix: "set repository and tag, or repository and digest, of the image",
    };
  }
  try {
    const { tag, digest } = parseImageReference(value);
    if (tag !== undefined && /^latest(?:-|$)/.test(tag)) {
      const reason = `${quote(value)} has the tag ${tag}, which means another image after every release; allowed is, ${NO_TAG}`;
      return { reason, fix: "name the version that was tested, and its digest" };
    }
    if (tag !== undefined || digest !== undefined) return undefined;
    const reason = `${quote(value)} has neither tag nor digest, which means latest; allowed is, ${NO_TAG}`;
    return { reason, fix: "add a tag that names a version, or a digest" };
  } catch (error) {
    if (!(error instanceof ImageReferenceError)) throw error;
    const reason = `${quote(value)} is no image reference: ${error.reason}`;
    return { reason, fix: `correct the values that it is made of; ${error.nextStep}` };
  }
}
