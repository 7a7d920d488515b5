import { describe, expect, it } from "vitest";

import { isCredentialName, nameMeaning } from "../../../../src/charts/rules/secret-names.ts";

describe("nameMeaning", () => {
  it.each([
    ...[
      "PASSWORD",
      "POSTGRES_PASSWORD",
      "PGPASSWORD",
      "MYSQL_PWD",
      "SMTP_PASS",
      "adminPassword",
      "root-password",
      "passphrase",
    ],
    ...[
      "DFLY_requirepass",
      "REDISCLI_AUTH",
      "API_TOKEN",
      "authToken",
      "accesstoken",
      "github-token",
      "spring.datasource.password",
    ],
    ...[
      "API_KEY",
      "apiKey",
      "apikey",
      "QDRANT__SERVICE__API_KEY",
      "AWS_SECRET_ACCESS_KEY",
      "PRIVATE_KEY",
      "encryptionKey",
      "SECRET_KEY",
    ],
    ...[
      "CLIENT_SECRET",
      "clientSecret",
      "JWT_SECRET",
      "webhookSecret",
      "SESSION_SECRET",
      "APP_SECRET",
      "DJANGO_SECRET",
    ],
  ])("takes %s for a credential", (name) => {
    expect(nameMeaning(name)).toBe("credential");
  });

  it.each(["secret", "tlsSecret", "databaseSecret", "secretKey", "IMAGE_PULL_SECRET", "TLS_SECRET", "credentials"])(
    "takes %s for a credential or the name of one",
    (name) => {
      expect(nameMeaning(name)).toBe("either");
    },
  );

  it.each([
    ...[
      "POSTGRES_PASSWORD_FILE",
      "passwordSecretName",
      "secretName",
      "existingSecret",
      "existingSecretPasswordKey",
      "existingSecretKey",
    ],
    ...[
      "TOKEN_TTL",
      "tokenUrl",
      "maxTokens",
      "MAX_TOKEN",
      "nextToken",
      "tokens",
      "tokenizer",
      "eos_token",
      "pageToken",
    ],
    ...[
      "automountServiceAccountToken",
      "PWD",
      "OLDPWD",
      "bypass",
      "proxy_pass",
      "compass",
      "passthrough",
      "PASSWORD_LENGTH",
    ],
    ...[
      "partitionKey",
      "PRIMARY_KEY",
      "key",
      "keys",
      "tls.key",
      "publicKey",
      "AWS_ACCESS_KEY_ID",
      "monkey",
      "keyboard",
      "SSH_KEY_PATH",
    ],
    ...["author", "authority", "oauthScopes", "secretary", "secrets", "imagePullSecrets", "LOG_LEVEL", "username"],
  ])("takes %s for no credential", (name) => {
    expect(isCredentialName(name)).toBe(false);
  });
});
