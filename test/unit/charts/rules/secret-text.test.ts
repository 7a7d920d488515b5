import { describe, expect, it } from "vitest";

import { secretsInText, type TextKind } from "../../../../src/charts/rules/secret-text.ts";
import { leastCpuMilliseconds } from "../../../support/cpu-time.ts";
import { KNOWN_FORMS, noise, pem } from "./secret-samples.ts";

const whats = (text: string, kind: TextKind) => secretsInText(text, kind).map(({ what }) => what);

describe("secretsInText", () => {
  it.each(KNOWN_FORMS)("knows %s by its form, in every kind of text", (what, sample) => {
    for (const kind of ["line", "data", "code", "prose"] as const) {
      expect(whats(sample, kind)).toContain(what);
      expect(whats(`before ${sample} after`, kind)).toContain(what);
    }
  });

  it.each([
    ["a certificate", pem("CERTIFICATE")],
    ["a public key", pem("PUBLIC KEY")],
    ["a header without a key", "if grep -q 'BEGIN RSA PRIVATE KEY-----' file"],
    ["a digest of an image", `registry.example:5000/shop/api:1@sha256:${"0a1b".repeat(16)}`],
    ["a commit", "9fceb02d0ae598e95dc970b74767f19372d6af8a"],
    ["an address", "https://user@example.com:8443/path?query=1"],
    ["a URL whose password is a key of another Secret", "postgresql://app:{postgresql-auth.password}@db/app"],
    ["an address with a port and an @ behind it", "http://example:8080/@scope/package"],
    ["a URL with a variable", "postgres://shop:$(PASSWORD)@db/shop"],
    ["a URL with a template", "postgres://{{ .user }}:{{ .password }}@db/shop"],
    ["a URL with a place for a password", "postgres://user:<password>@db/shop"],
    ["what documentation calls a key", "AKIAIOSFODNN7EXAMPLE"],
    ["a token of x", `ghp_${"x".repeat(36)}`],
    ["a name that starts as a key does", "sk-learn-based-model-for-classification-tasks"],
    ["base64 of something else", Buffer.from(pem("CERTIFICATE")).toString("base64")],
    ["a UUID", "123e4567-e89b-12d3-a456-426614174000"],
  ])("takes %s for no credential", (_, text) => {
    for (const kind of ["line", "data", "code", "prose"] as const) expect(whats(text, kind)).toEqual([]);
  });

  it.each<[TextKind, string]>([
    ["line", "host=db user=shop password=k9Zq"],
    ["line", "Server=db;Password=k9Zq;"],
    ["line", "https://example.com/?api_key=k9Zq"],
    ["line", "--requirepass=k9Zq"],
    ["line", '{"user":"a","password":"k9Zq"}'],
    ["data", "password: k9Zq"],
    ["data", "user = shop\npassword = k9Zq\n"],
    ["data", "authorization {\n  user: a, password: k9Zq\n}"],
    ["data", "token: 'k9Zq' # of the shop"],
    ["code", "export PGPASSWORD=k9Zq\npsql"],
    ["code", 'PASSWORD="k9Zq"'],
    ["code", "PASSWORD=${PASSWORD:-k9Zq}"],
    ["code", "helm install a --password k9Zq"],
    ["code", '{{- $password := "k9Zq" -}}'],
    ["code", "curl -fsS -u admin:k9Zq https://example.com"],
    ["code", "curl -H 'Authorization: Bearer k9ZqPw4x7b' https://example.com"],
    ["code", "redis-cli -a k9Zq ping"],
    ["code", "mysqldump -uroot -pk9Zq shop"],
    ["code", "CREATE ROLE shop LOGIN PASSWORD 'k9Zq';"],
    ["prose", "run it with --set auth.password=k9ZqPw4x7b"],
  ])("finds what a text of kind %s writes out: %s", (kind, text) => {
    const found = secretsInText(text, kind);
    expect(found).toHaveLength(1);
    expect(JSON.stringify(found)).not.toContain("k9Zq");
  });

  it.each<[TextKind, string]>([
    ["line", 'kube_secret_info{secret="shop-tls"} == 0'],
    ["line", "self.token == oldSelf.token"],
    ["line", "--existing-secret=shop --password-file=/run/secrets/password"],
    ["line", "the token: it is read from a file"],
    ["data", "password: {{ .Values.auth.password }}"],
    ["data", "password: $NATS_PASSWORD"],
    ["data", "password:\ntoken: # comes from the environment"],
    ["data", "password: |\n  {{ .Values.password }}"],
    ["data", "password: [required]\nsecret: { name: a }"],
    ["data", "password_encryption = scram-sha-256\nhost all all all password"],
    ["data", "location / { proxy_pass http://api:8080; proxy_set_header X-Token $http_x_token; }"],
    ["code", 'password="$(cat /run/secrets/password)"'],
    ["code", "TOKEN=$TOKEN PASSWORD=${1} run"],
    ["code", "const token: string = request.headers.token"],
    ["code", "password = readPassword()"],
    ["code", 'if [ "$password" = "" ]; then exit 1; fi'],
    ["code", "docker login --username a --password-stdin"],
    ["code", "docker build --secret id=npm,src=token ."],
    ["code", 'PGPASSWORD="$PGPASSWORD" curl -u "$USER:$PASSWORD" https://example.com'],
    ["code", "ALTER ROLE shop PASSWORD :'password';"],
    ["code", '{{- if not .Values.auth.password }}{{ fail "auth.password: set auth.existingSecret" }}{{ end }}'],
    ["prose", "Set `password: changeme` or postgres://user:password@host/database"],
    ["prose", "The token: read it from the file. A secret: nothing is shown."],
    ["prose", "--set auth.password=$PASSWORD or --set auth.password=my-password"],
  ])("finds nothing in a text of kind %s that refers or explains: %s", (kind, text) => {
    expect(whats(text, kind)).toEqual([]);
  });

  it("lists what it finds in the order of the text", () => {
    const text = `a=1\npassword=${noise(8)}\n${pem("PRIVATE KEY")}token=${noise(8)}`;
    expect(whats(text, "data")).toEqual(["a value for password", "a private key", "a value for token"]);
  });

  it.each(["x://", "curl ", "token=", "sk-", "token={{"])("reads 200 kB of %j in a moment", (unit) => {
    const text = `${unit.repeat(200_000 / unit.length)} token ://`;
    // What is not bounded takes from 5 to 500 seconds.
    expect(leastCpuMilliseconds(() => secretsInText(text, "data"), 1)).toBeLessThan(3000);
  });
});
