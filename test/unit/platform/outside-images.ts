/** Finds outside images that a text names. Which files are searched is outside-images.test.ts. */

/** An image that a line of a file names. */
export type OutsideImage = { readonly line: number; readonly image: string };

/** The one file that may name outside images. */
export const LOCK_FILE = "deploy/images.lock.yaml";

// Where other people's images lie. Slipway's own examples publish below the owner acme, and yab's sheet of values below
// yourorg; neither is pulled from.
const ON_KNOWN_REGISTRY =
  /(?<![\w.-])(?:(?:[\w-]+\.)?docker\.io|docker\.dragonflydb\.io|(?:[\w-]+\.)?gcr\.io|ghcr\.io|quay\.io|registry\.k8s\.io|registry\.dagger\.io|mcr\.microsoft\.com|public\.ecr\.aws)\/(?!(?:acme|yourorg)\b)[\w./:@-]*\w/g;
const PINNED_NAME = String.raw`[a-z0-9][\w./-]*(?::[\w.-]+|@sha256:\w+)`;
const IN_DOCKERFILE_TEXT = new RegExp(String.raw`\bFROM\s+(?:--platform=\S+\s+)?(${PINNED_NAME})`, "g");
const AS_SETTING = new RegExp(
  String.raw`(?:image|container)\w*["']?\s*[:=]\s*["']?(${PINNED_NAME})["']?\s*[,;]?\s*(?:#.*)?$`,
  "gim",
);
const IN_CALL = new RegExp(String.raw`\.from\(\s*["'\x60](${PINNED_NAME})`, "g");
const IN_CONTAINER_CALL = /\bcontainer\([^()]*\)\s*\.from\(\s*["'`]([^"'`$]+)/g;
const IN_WORKFLOW = /\bdocker:\/\/([\w./:@-]+)/g;
const ANYWHERE = [ON_KNOWN_REGISTRY, IN_DOCKERFILE_TEXT, AS_SETTING, IN_CALL, IN_CONTAINER_CALL, IN_WORKFLOW];

// Names that no registry can ever have, for images that lie on a node already. Source: RFC 2606.
const NOWHERE = /^(?:[\w-]+\.)+invalid\//;

const DOCKERFILE = /(?:^|\/)(?:Dockerfile|Containerfile)[^/]*$/;
const OWN_DOCKERFILE = /^(?:docker\/Dockerfile\.[^/]+|docs\/getting-started\/service\/Dockerfile)$/;
const DEFAULT_BASE = /^ARG [A-Z0-9_]+=\S+$/gm;

/** Lists the outside images that a file names where only the lock may, in the order of the file. */
export function outsideImages(file: string, text: string): OutsideImage[] {
  if (file === LOCK_FILE) return [];
  // The familiar tag in a Dockerfile is for a plain `docker build`; a run passes the locked reference instead.
  const searched = OWN_DOCKERFILE.test(file) ? text.replace(DEFAULT_BASE, "") : text;
  const found = ANYWHERE.flatMap((pattern) => matches(pattern, searched));
  if (DOCKERFILE.test(file)) found.push(...dockerfileImages(searched));
  const unique = new Map(
    found.filter(({ image }) => !NOWHERE.test(image)).map((image) => [`${image.line} ${image.image}`, image]),
  );
  return [...unique.values()].sort((a, b) => a.line - b.line);
}

/** The images that only a Dockerfile can name without a tag: a FROM, a copy's source, and the syntax directive. */
function dockerfileImages(text: string): OutsideImage[] {
  const stages = new Set([...text.matchAll(/^FROM\s.*\sAS\s+(\S+)/gim)].map(([, stage]) => stage));
  const bases = matches(/^FROM\s+(?:--platform=\S+\s+)?([^$\s-]\S*)/gim, text);
  const copied = matches(/^(?:COPY|ADD|RUN)\s.*?(?:--|,)from=([^$\s,]+)/gim, text);
  const known = ({ image }: OutsideImage) => image === "scratch" || stages.has(image) || /^\d+$/.test(image);
  return [...[...bases, ...copied].filter((image) => !known(image)), ...matches(/^#\s*syntax\s*=\s*(\S+)/gim, text)];
}

function matches(pattern: RegExp, text: string): OutsideImage[] {
  return [...text.matchAll(pattern)].map((match) => {
    const image = match[1] ?? match[0];
    const offset = match.index + match[0].indexOf(image);
    return { line: text.slice(0, offset).split("\n").length, image };
  });
}
