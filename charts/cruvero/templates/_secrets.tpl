{{- /*
Where the value of a secret key lies, as a YAML map with name and key; empty where nothing is configured.
Args: root (chart context), component, name (of the key).
*/ -}}
{{- define "cruvero.secretRef" -}}
{{- $values := .root.Values -}}
{{- $given := get $values.secrets .name -}}
{{- $bundled := dict "CACHE_PASSWORD" $values.dragonfly "NATS_TOKEN" $values.nats "QDRANT_API_KEY" $values.qdrant -}}
{{- $service := get $bundled .name | default dict -}}
{{- if $given.value }}
name: {{ include "cruvero.inlineSecretName" . | quote }}
key: {{ .name | quote }}
{{- else if $given.existingSecret }}
name: {{ $given.existingSecret | quote }}
key: {{ $given.key | default .name | quote }}
{{- else if $service.enabled }}
name: {{ $service.auth.existingSecret | quote }}
key: {{ $service.auth.existingSecretKey | quote }}
{{- end }}
{{- end -}}

{{- /*
Name of the Secret with the values that were given inline: the migrator has one of its own, since it runs before all else.
Args: root (chart context), component.
*/ -}}
{{- define "cruvero.inlineSecretName" -}}
{{- $owner := ternary "migrator" "inline" (eq .component "migrator") -}}
{{- include "common.componentName" (dict "root" .root "component" $owner) -}}
{{- end -}}

{{- /*
Environment variables of a component that come from Secrets, as a list.
Args: root (chart context), component.
*/ -}}
{{- define "cruvero.secretEnv" -}}
{{- $root := .root -}}
{{- $traits := include "cruvero.traits" . | fromJson -}}
{{- range include "cruvero.keys" (dict "root" $root "program" $traits.program "kind" "secret") | fromJsonArray }}
{{- if and (eq .name "DATABASE_URL") $root.Values.postgresql.enabled }}
{{- include "cruvero.bundledDatabase" (dict "root" $root) }}
{{- else }}
{{- $ref := include "cruvero.secretRef" (dict "root" $root "component" $.component "name" .name) | fromYaml }}
{{- if $ref }}
- name: {{ .name | quote }}
  valueFrom:
    secretKeyRef:
      name: {{ $ref.name | quote }}
      key: {{ $ref.key | quote }}
{{- else if .required }}
{{- fail (printf "cruvero: secrets.%s names no Secret, and %s does not start without it; set secrets.%s.existingSecret" .name $traits.key .name) }}
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{- /*
Address of the bundled database, put together by the kubelet from the password in the database's own Secret.
Args: root (chart context).
*/ -}}
{{- define "cruvero.bundledDatabase" -}}
{{- $auth := .root.Values.postgresql.auth }}
- name: "DATABASE_PASSWORD"
  valueFrom:
    secretKeyRef:
      name: {{ $auth.existingSecret | quote }}
      key: {{ $auth.existingSecretKey | quote }}
- name: "DATABASE_URL"
  value: {{ printf "postgres://%s:$(DATABASE_PASSWORD)@%s:5432/%s" $auth.username (include "cruvero.bundledName" (dict "root" .root "name" "postgresql")) $auth.database | quote }}
{{- end -}}

{{- /*
Secret values that were given inline and that some components read, as a YAML map of base64; empty where there are none.
Args: root (chart context), components (list of names).
*/ -}}
{{- define "cruvero.inlineSecrets" -}}
{{- $root := .root -}}
{{- $data := dict -}}
{{- range $component := .components -}}
{{- $traits := include "cruvero.traits" (dict "component" $component) | fromJson -}}
{{- range include "cruvero.keys" (dict "root" $root "program" $traits.program "kind" "secret") | fromJsonArray -}}
{{- $value := (get $root.Values.secrets .name).value -}}
{{- if $value -}}
{{- $_ := set $data .name (b64enc $value) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if $data -}}
{{- toYaml $data -}}
{{- end -}}
{{- end -}}
