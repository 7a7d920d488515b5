import { describe, expect, it } from "vitest";

import { isLiteralSecret } from "../../../../src/charts/rules/secret-literals.ts";
import { noise } from "./secret-samples.ts";

describe("isLiteralSecret", () => {
  it.each<[string, unknown]>([
    ["a word", "hunter2"],
    ["a default that everyone knows", "changeme"],
    ["the word itself", "password"],
    ["noise", noise(20)],
    ["a number", 12345],
    ["a text with a dollar in it", "pa$$w0rd"],
    ["the default of a shell variable", "${PASSWORD:-hunter2}"],
    ["the default of a template", '{{ .Values.password | default "hunter2" }}'],
    ["the default of an expression", "${{ secrets.PASSWORD || 'hunter2' }}"],
    ["a URL with a password in it", `https://a:${noise(8)}@b`],
  ])("takes %s for a credential", (_, value) => {
    expect(isLiteralSecret(value, "credential")).toBe(true);
  });

  it.each<[string, unknown]>([
    ["nothing", ""],
    ["null", null],
    ["a switch", true],
    ["a switch in words", "enabled"],
    ["a variable of Kubernetes", "$(DATABASE_PASSWORD)"],
    ["a variable of a shell", "$PASSWORD"],
    ["a variable of a shell in braces", "${PASSWORD}"],
    ["a variable that must be set", "${PASSWORD:?is not set}"],
    ["a variable with an empty default", "${PASSWORD:-}"],
    ["the default of another variable", "${PASSWORD:-$OTHER}"],
    ["the output of a command", "$(cat /run/secrets/password)"],
    ["a template", "{{ .Values.auth.password | quote }}"],
    ["a template with an empty default", '{{ .Values.auth.password | default "" }}'],
    ["an expression of a workflow", "${{ secrets.TOKEN }}"],
    ["a place for one", "<your password>"],
    ["stars", "********"],
    ["a file", "/run/secrets/password"],
    ["an address", "https://login.example.com/token"],
    ["a place in a store", "arn:aws:secretsmanager:eu-west-1:1:secret:a"],
    ["another place in a store", "vault:secret/data/a#password"],
    ["a format", "%s"],
    ["a key of another Secret", "{postgresql-auth.password}"],
    ["what a permission says", "write"],
  ])("takes %s for none", (_, value) => {
    expect(isLiteralSecret(value, "credential")).toBe(false);
  });

  it.each(["shop-database", "api-tls", "DATABASE_URL", "database_url", "my.secret.v2"])(
    "takes %s for the name of a Secret or of a key, where the name allows both",
    (value) => {
      expect(isLiteralSecret(value, "either")).toBe(false);
      expect(isLiteralSecret(value, "credential")).toBe(true);
    },
  );

  it.each([noise(24), noise(24).toLowerCase(), "Correct Horse", "s3cr3t!"])(
    "takes %s for no name of anything",
    (value) => {
      expect(isLiteralSecret(value, "either")).toBe(true);
    },
  );

  it.each(["changeme", "my-password", "example", "s3cret-example", "...", "two", "dHdv", "temporal", "12345678"])(
    "takes %s for an example where examples stand",
    (value) => {
      expect(isLiteralSecret(value, "credential", "example")).toBe(false);
    },
  );

  it("takes noise for a credential in an example, too", () => {
    expect(isLiteralSecret(noise(20), "credential", "example")).toBe(true);
  });
});
