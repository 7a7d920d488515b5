{{- /*
Environment of the API: its ConfigMap, its Secret, and the address of a bundled database.
Args: root (chart context).
*/ -}}
{{- define "api.environment" -}}
{{- $values := .root.Values -}}
{{- if $values.postgresql.enabled }}
env:
  {{- include "api.databaseEnv" . | trim | nindent 2 }}
{{- end }}
envFrom:
  - configMapRef:
      name: {{ $values.configMapName | quote }}
  - secretRef:
      name: {{ $values.existingSecret | quote }}
{{- end -}}

{{- /*
Variables with the address of the database: from the Secret, or put together by the kubelet from the password in the
bundled database's own.
Args: root (chart context).
*/ -}}
{{- define "api.databaseEnv" -}}
{{- $values := .root.Values -}}
{{- if $values.postgresql.enabled }}
{{- $auth := $values.postgresql.auth }}
{{- $host := include "common.componentName" (dict "root" .root.Subcharts.postgresql "component" "postgresql") }}
- name: "DATABASE_PASSWORD"
  valueFrom:
    secretKeyRef:
      name: {{ $auth.existingSecret | quote }}
      key: {{ $auth.existingSecretKey | quote }}
- name: "DATABASE_URL"
  value: {{ printf "postgresql://%s:$(DATABASE_PASSWORD)@%s:5432/%s" $auth.username $host $auth.database | quote }}
{{- else }}
- name: "DATABASE_URL"
  valueFrom:
    secretKeyRef:
      name: {{ $values.existingSecret | quote }}
      key: "DATABASE_URL"
{{- end }}
{{- end -}}

{{- /*
Egress rules, as a list: names, and what is used.
Args: root (chart context), uses (optional list: default database and redis).
*/ -}}
{{- define "api.egress" -}}
{{- $root := .root -}}
{{- $values := .root.Values -}}
- {{ include "common.dnsEgress" . | nindent 2 | trim }}
{{- range $name := .uses | default (list "database" "redis") }}
{{- $external := get $values.external $name }}
{{- if and (eq $name "database") $values.postgresql.enabled }}
- ports:
    - port: 5432
      protocol: "TCP"
  to:
    - podSelector:
        matchLabels:
          {{- include "common.peerLabels" (dict "root" $root "component" "postgresql") | nindent 10 }}
{{- else }}
- ports:
    - port: {{ int $external.port }}
      protocol: "TCP"
  {{- with $external.peers }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{- /*
Renders nothing: fails where the values contradict each other or the environment.
Args: root (chart context).
*/ -}}
{{- define "api.validate" -}}
{{- $values := .root.Values -}}
{{- $known := list -}}
{{- range .root.Files.Get "files/config-keys.yaml" | fromYamlArray -}}
{{- if and (has "api" .components) (eq .kind "config") -}}
{{- $known = append $known .name -}}
{{- end -}}
{{- end -}}
{{- range $name := keys $values.config | sortAlpha -}}
{{- if not (has $name $known) -}}
{{- fail (printf "api: config.%s is no configuration key; the keys are %s, and secrets stand in existingSecret" $name (join ", " $known)) -}}
{{- end -}}
{{- end -}}
{{- if contains ":" (toString $values.config.GUNICORN_BIND) -}}
{{- fail "api: config.GUNICORN_BIND has a port, which Service and probes would not know; set it to the address alone, and config.GUNICORN_PORT" -}}
{{- end -}}
{{- if has $values.environment (list "staging" "prod") -}}
{{- range $name := list "database" "redis" -}}
{{- if and $values.networkPolicy.enabled (not (get $values.external $name).peers) (not (and (eq $name "database") $values.postgresql.enabled)) -}}
{{- fail (printf "api: external.%s.peers is empty, and %s refuses a network policy that is open to every address; list where it is" $name $values.environment) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and (eq $values.environment "prod") $values.postgresql.enabled -}}
{{- fail "api: postgresql.enabled is set, and prod refuses a bundled database, which is one replica without a backup; turn it off and use an external one" -}}
{{- end -}}
{{- end -}}
