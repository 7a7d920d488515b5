import { describe, expect, it } from "vitest";

import { redactDiagnosis, redactor } from "../../../../src/cluster/diagnosis/redact.ts";

const KEY = ["-----BEGIN PRIVATE KEY-----", "MIIEvQIBADANBgkqhkiG9w0BAQEF", "-----END PRIVATE KEY-----"].join("\n");

describe("redactor", () => {
  it.each([
    { given: "s3cret-value", text: "password s3cret-value refused", expected: "password *** refused" },
    { given: "s3cret-value", text: "token=czNjcmV0LXZhbHVl", expected: "token=***" },
    { given: "s3cret-value", text: "token=czNjcmV0LXZhbHVl==", expected: "token=***==" },
    { given: "a&b c/d-e", text: "?key=a%26b%20c%2Fd-e", expected: "?key=***" },
    { given: 'quote"inside', text: '{"key":"quote\\"inside"}', expected: '{"key":"***"}' },
    { given: "trailing-newline\n", text: "got trailing-newline", expected: "got ***" },
    { given: "postgres://app:hunter22@db/app", text: "password hunter22 is wrong", expected: "password *** is wrong" },
    { given: "postgres://app:p%40ss-word@db/app", text: "password p@ss-word", expected: "password ***" },
    { given: KEY, text: "read MIIEvQIBADANBgkqhkiG9w0BAQEF", expected: "read ***" },
    { given: "user=app\npassword=long-enough", text: "with long-enough", expected: "with ***" },
    { given: "$&.*", text: "costs $&.* in all", expected: "costs *** in all" },
  ])("leaves $given out of: $text", ({ given, text, expected }) => {
    expect(redactor([given])(text)).toBe(expected);
  });

  it("leaves out the longer of two values whole", () => {
    expect(redactor(["secret", "secret-longer"])("a secret-longer thing")).toBe("a *** thing");
  });

  it("leaves out a short value only where it stands alone", () => {
    expect(redactor(["abc"])("abc abcdef x-abc =abc;")).toBe("*** abcdef x-abc =***;");
  });

  it("leaves out passwords in addresses and tokens of headers that nobody named", () => {
    expect(redactor([])("dial postgres://app:unknown@db:5432/x, Authorization: Bearer abcdefgh12345")).toBe(
      "dial postgres://app:***@db:5432/x, Authorization: Bearer ***",
    );
  });

  it("changes nothing where there is nothing to hide, or where the value is empty", () => {
    expect(redactor(["", "\n"])("http://cruvero-api:8080/healthz is 503")).toBe(
      "http://cruvero-api:8080/healthz is 503",
    );
  });

  it("goes over every text of a diagnosis that quotes something", () => {
    const diagnosis = {
      ...({
        cause: "crash-loop",
        namespace: "shop",
        object: "Deployment api",
        nextStep: "look",
        previous: false,
      } as const),
      ...{ reason: "bad hunter22", event: "Failed: hunter22", log: "hunter22", followers: [] },
    };
    expect(redactDiagnosis(diagnosis, redactor(["hunter22"]))).toEqual({
      ...diagnosis,
      ...{ reason: "bad ***", event: "Failed: ***", log: "***" },
    });
  });
});
