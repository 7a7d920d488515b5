{{- /*
Settings of the process, as YAML: they stand in the ConfigMap, and as options of the command.
Args: root (chart context).
*/ -}}
{{- define "server.config" -}}
{{- $server := .root.Values.server -}}
CLEVERAGENTS_SERVER_HOST: {{ $server.host | quote }}
CLEVERAGENTS_SERVER_LOG_LEVEL: {{ $server.logLevel | quote }}
CLEVERAGENTS_SERVER_PORT: {{ $server.port | int | quote }}
{{- end -}}

{{- /*
Name of the Secret with what was given in the values.
Args: root (chart context).
*/ -}}
{{- define "server.inlineSecretName" -}}
{{- include "common.componentName" (dict "root" .root "component" "credentials") -}}
{{- end -}}

{{- /*
Secrets that were given in the values, as a YAML map of base64; empty where there are none.
Args: root (chart context).
*/ -}}
{{- define "server.inlineSecrets" -}}
{{- $values := .root.Values -}}
{{- with $values.database.url }}
CLEVERAGENTS_DATABASE_URL: {{ b64enc . | quote }}
{{- end }}
{{- with $values.externalRedis.password }}
CLEVERAGENTS_REDIS_PASSWORD: {{ b64enc . | quote }}
{{- end }}
{{- end -}}

{{- /*
A variable from a Secret, as a list.
Args: name, secret (name of the Secret), key.
*/ -}}
{{- define "server.secretVariable" -}}
- name: {{ .name | quote }}
  valueFrom:
    secretKeyRef:
      name: {{ .secret | quote }}
      key: {{ .key | quote }}
{{- end -}}

{{- /*
Variable with the address of the database, as a list. That of the bundled one is put together by the kubelet.
Args: root (chart context).
*/ -}}
{{- define "server.databaseVariables" -}}
{{- $values := .root.Values -}}
{{- $name := "CLEVERAGENTS_DATABASE_URL" -}}
{{- if $values.postgresql.enabled -}}
{{- $auth := $values.postgresql.auth -}}
{{- $host := include "common.componentName" (dict "root" .root.Subcharts.postgresql "component" "postgresql") -}}
{{ include "server.secretVariable" (dict "name" "DATABASE_PASSWORD" "secret" $auth.existingSecret "key" $auth.existingSecretKey) }}
- name: {{ $name | quote }}
  value: {{ printf "postgres://%s:$(DATABASE_PASSWORD)@%s:5432/%s" $auth.username $host $auth.database | quote }}
{{- else if $values.database.url -}}
{{ include "server.secretVariable" (dict "name" $name "secret" (include "server.inlineSecretName" .) "key" $name) }}
{{- else -}}
{{ include "server.secretVariable" (dict "name" $name "secret" $values.database.existingSecret "key" $values.database.existingSecretKey) }}
{{- end -}}
{{- end -}}

{{- /*
Variables about Redis, as a list; empty where Redis is not used. Without a password there is no variable for one.
Args: root (chart context).
*/ -}}
{{- define "server.redisVariables" -}}
{{- $values := .root.Values -}}
{{- $host := include "server.redisHost" . -}}
{{- $name := "CLEVERAGENTS_REDIS_PASSWORD" -}}
{{- if $host -}}
{{- $external := $values.externalRedis -}}
- name: "CLEVERAGENTS_REDIS_HOST"
  value: {{ $host | quote }}
- name: "CLEVERAGENTS_REDIS_PORT"
  value: {{ ternary 6379 (int $external.port) $values.redis.enabled | quote }}
- name: "CLEVERAGENTS_REDIS_TLS"
  value: {{ ternary false $external.tls $values.redis.enabled | quote }}
{{- if and $values.redis.enabled $values.redis.auth.enabled }}
{{ include "server.secretVariable" (dict "name" $name "secret" (include "redis.secretName" (dict "root" .root.Subcharts.redis)) "key" $values.redis.auth.existingSecretPasswordKey) }}
{{- else if and (not $values.redis.enabled) $external.password }}
{{ include "server.secretVariable" (dict "name" $name "secret" (include "server.inlineSecretName" .) "key" $name) }}
{{- else if and (not $values.redis.enabled) $external.existingSecret }}
{{ include "server.secretVariable" (dict "name" $name "secret" $external.existingSecret "key" $external.existingSecretPasswordKey) }}
{{- end }}
{{- end -}}
{{- end -}}

{{- /*
Digest of all that the server reads when it starts, so that its pods are made anew when that changes.
Args: root (chart context).
*/ -}}
{{- define "server.checksum" -}}
{{- list (include "server.config" .) (include "server.inlineSecrets" .) | join "\n" | sha256sum -}}
{{- end -}}
