{{- /*
Fields of a component's container besides those that every container has.
Args: root (chart context), component.
*/ -}}
{{- define "cruvero.container" -}}
{{- $traits := include "cruvero.traits" . | fromJson -}}
{{- $values := include "cruvero.values" . | fromJson -}}
{{- include "cruvero.environment" . }}
{{- if gt (int $values.preStopSleepSeconds) 0 }}
lifecycle:
  preStop:
    # Proxies learn late that the pod leaves; until then it still answers.
    sleep:
      seconds: {{ int $values.preStopSleepSeconds }}
{{- end }}
ports:
  - name: {{ $traits.port | quote }}
    containerPort: {{ include "cruvero.port" . }}
    protocol: "TCP"
  {{- with $values.extraPorts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- include "cruvero.probes" . }}
{{- end -}}

{{- /*
Environment of a component: its ConfigMap, its secrets, and what the values add.
Args: root (chart context), component.
*/ -}}
{{- define "cruvero.environment" -}}
{{- $values := include "cruvero.values" . | fromJson -}}
{{- $secrets := include "cruvero.secretEnv" . | trim -}}
{{- if or $secrets $values.extraEnv -}}
env:
  {{- with $secrets }}
  {{- . | nindent 2 }}
  {{- end }}
  {{- with $values.extraEnv }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}
envFrom:
  - configMapRef:
      name: {{ include "common.componentName" . | quote }}
  {{- with $values.extraEnvFrom }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}

{{- /*
The three probes of a component. Liveness and startup ask whether the process serves, readiness asks its dependencies.
None of them depends on the schema of the database: the services start and become ready before the migrator has run and
answer 503 until then, so that no init container has to wait for it.
Args: root (chart context), component.
*/ -}}
{{- define "cruvero.probes" -}}
{{- $traits := include "cruvero.traits" . | fromJson -}}
{{- $probes := (include "cruvero.values" . | fromJson).probes -}}
{{- range $name := list "startup" "readiness" "liveness" }}
{{- $probe := get $probes $name }}
{{- if $probe.enabled }}
{{- $path := ternary "readyz" "livez" (eq $name "readiness") }}
{{ $name }}Probe:
  {{- if eq $traits.probe "http" }}
  httpGet:
    path: {{ printf "/%s" $path | quote }}
    port: {{ $traits.port | quote }}
  {{- else }}
  exec:
    command: [{{ printf "/usr/bin/%s" $traits.program | quote }}, "probe", {{ $path | quote }}]
  {{- end }}
  {{- omit $probe "enabled" | toYaml | nindent 2 }}
{{- end }}
{{- end }}
{{- end -}}

{{- /*
Digest of all that a component reads when it starts, so that its pods are made anew when that changes.
Args: root (chart context), component.
*/ -}}
{{- define "cruvero.checksum" -}}
{{- $inline := include "cruvero.inlineSecrets" (dict "root" .root "components" (list .component)) -}}
{{- list (include "cruvero.config" .) $inline | join "\n" | sha256sum -}}
{{- end -}}
