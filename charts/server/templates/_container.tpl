{{- /*
Fields of the server's container besides those that every container has.
Args: root (chart context).
*/ -}}
{{- define "server.container" -}}
{{- $values := .root.Values -}}
{{- $server := $values.server -}}
command: ["cleveragents", "server", "serve"]
args:
  - "--host"
  - {{ $server.host | quote }}
  - "--port"
  - {{ $server.port | int | quote }}
  - "--log-level"
  - {{ $server.logLevel | quote }}
env:
  - name: "CLEVERAGENTS_READY_TIMEOUT_SECONDS"
    value: {{ $server.readyTimeoutSeconds | int | quote }}
  - name: "CLEVERAGENTS_SERVER_SHUTDOWN_TIMEOUT_SECONDS"
    value: {{ $server.shutdownTimeoutSeconds | int | quote }}
  {{- include "server.databaseVariables" . | nindent 2 }}
  {{- with include "server.redisVariables" . }}
  {{- . | nindent 2 }}
  {{- end }}
  {{- with $values.extraEnv }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
envFrom:
  - configMapRef:
      name: {{ include "server.fullname" . | quote }}
  {{- with $values.extraEnvFrom }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- if gt (int $values.preStopSleepSeconds) 0 }}
lifecycle:
  preStop:
    # Proxies learn late that the pod leaves; until then it still answers.
    sleep:
      seconds: {{ int $values.preStopSleepSeconds }}
{{- end }}
ports:
  - name: "http"
    containerPort: {{ $server.port | int }}
    protocol: "TCP"
{{- include "server.probes" . }}
{{- end -}}

{{- /*
The three probes. Liveness and startup ask whether the process serves, readiness asks the database and Redis, too.
Args: root (chart context).
*/ -}}
{{- define "server.probes" -}}
{{- $probes := .root.Values.probes -}}
{{- range $name := list "startup" "readiness" "liveness" }}
{{- $probe := get $probes $name }}
{{- if $probe.enabled }}
{{ $name }}Probe:
  httpGet:
    path: {{ ternary "/ready" "/live" (eq $name "readiness") | quote }}
    port: "http"
  {{- omit $probe "enabled" | toYaml | nindent 2 }}
{{- end }}
{{- end }}
{{- end -}}
