/** Credentials that are known by their form, whatever they are called. */
import { isLiteralSecret, type Strictness } from "./secret-literals.ts";

type Form = {
  /** What it is, with its article. */
  readonly what: string;
  readonly pattern: RegExp;
};

// Sources: the documentation of each issuer on the form of its tokens; gitleaks/gitleaks:config/gitleaks.toml.
const TOKENS: readonly Form[] = [
  // A header without a body is the text of a program that looks for keys.
  {
    what: "a private key",
    pattern:
      /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----(?:\s|\\[nr])+(?:[A-Z][\w-]+:[^\n]*\n\s*)*[A-Za-z0-9+/]{16,}/g,
  },
  { what: "an age private key", pattern: /AGE-SECRET-KEY-1[0-9A-Z]{40,}/g },
  { what: "an AWS access key", pattern: /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g },
  { what: "a GitHub token", pattern: /\bgh[pousr]_[A-Za-z0-9]{36,}|\bgithub_pat_\w{60,}/g },
  { what: "a GitLab token", pattern: /\bgl(?:pat|dt|rt|ptt|cbt|agent|soat|ft)-[\w-]{20,}/g },
  { what: "a Slack token", pattern: /\bxox[abeoprs]-[\w-]{10,}|\bxapp-\d-[\w-]{10,}/g },
  { what: "a Slack webhook", pattern: /hooks\.slack\.com\/(?:services|workflows)\/[A-Za-z0-9/]{20,}/g },
  { what: "a Google API key", pattern: /\bAIza[\w-]{35}/g },
  { what: "a Google client secret", pattern: /\bGOCSPX-[\w-]{20,}/g },
  { what: "a Stripe key", pattern: /\b(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,}|\bwhsec_[A-Za-z0-9]{24,}/g },
  { what: "a key of a language model API", pattern: /\bsk-(?:ant-|proj-|svcacct-)?(?=[\w-]{0,100}\d)[\w-]{32,}/g },
  { what: "an npm token", pattern: /\bnpm_[A-Za-z0-9]{36}\b/g },
  { what: "a PyPI token", pattern: /\bpypi-AgE[\w-]{40,}/g },
  { what: "a Docker Hub token", pattern: /\bdckr_(?:pat|oat)_[\w-]{20,}/g },
  { what: "a DigitalOcean token", pattern: /\bdo[opr]_v1_[a-f0-9]{64}/g },
  { what: "a Vault token", pattern: /\bhv[sbr]\.[\w-]{24,}/g },
  { what: "a SendGrid key", pattern: /\bSG\.[\w-]{16,32}\.[\w-]{32,64}/g },
  { what: "a Hugging Face token", pattern: /\bhf_[A-Za-z0-9]{34}\b/g },
  { what: "a Databricks token", pattern: /\bdapi[a-f0-9]{32}\b/g },
  { what: "an Azure storage key", pattern: /\bAccountKey=([A-Za-z0-9+/]{60,}={0,2})/g },
  { what: "a NATS seed", pattern: /\bS[ACNOUX][A-Z2-7]{56}\b/g },
  { what: "a JSON Web Token", pattern: /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}/g },
  {
    what: "a password hash",
    pattern: /\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}|\$apr1\$[./A-Za-z0-9]{8}\$[./A-Za-z0-9]{22}/g,
  },
];

const CANDIDATE =
  /-----BEGIN|AGE-SECRET|AKIA|ASIA|gh[pousr]_|github_pat_|gl[a-z]{2,5}-|xox|xapp-|slack\.com|AIza|GOCSPX-|[sr]k_|whsec_|sk-|npm_|pypi-|dckr_|do[opr]_v1|hv[sbr]\.|SG\.|hf_|dapi|AccountKey|\bS[ACNOUX][A-Z2-7]{56}|eyJ|\$2[aby]\$|\$apr1\$/;

const URL_PASSWORD = /\b[a-z][a-z0-9+.-]{0,30}:\/\/[^\s:@/"'`]*:([^\s@/"'`]+)@/gi;
const ENCODED_PEM = /LS0tLS1CRUdJTi[A-Za-z0-9+/]{20,}/g;

/** A secret that was found in a text: what it is and where it starts. */
export type FoundSecret = { readonly what: string; readonly offset: number };

/** False for a text that certainly holds no credential of a known form. */
export function mayBeKnown(text: string): boolean {
  return CANDIDATE.test(text) || text.includes("://") || text.includes("LS0tLS1CRUdJTi");
}

/** Finds credentials that are known by their form. */
export function knownSecrets(text: string, strictness: Strictness): FoundSecret[] {
  const found: FoundSecret[] = [];
  const add = (what: string, offset: number) => void found.push({ what, offset });
  if (CANDIDATE.test(text)) {
    for (const { what, pattern } of TOKENS) {
      for (const match of text.matchAll(pattern)) if (!isMadeUp(match[0])) add(what, match.index);
    }
  }
  if (text.includes("://")) {
    for (const { index, 1: password } of text.matchAll(URL_PASSWORD)) {
      if (isLiteralSecret(decodedPercent(password), "credential", strictness)) add("a URL with a password", index);
    }
  }
  if (text.includes("LS0tLS1CRUdJTi")) {
    for (const { index, 0: encoded } of text.matchAll(ENCODED_PEM)) {
      const decoded = Buffer.from(encoded.slice(0, 80), "base64").toString("latin1");
      if (decoded.includes("PRIVATE KEY")) add("a private key in base64", index);
    }
  }
  return found;
}

/** True for what documentation writes in the place of a token: one character over and over. */
function isMadeUp(text: string): boolean {
  return /(.)\1{11}/.test(text) || text.includes("EXAMPLE");
}

function decodedPercent(text = ""): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    // No bytes in percent notation: then the text as it stands is what there is to judge.
    if (error instanceof URIError) return text;
    throw error;
  }
}
