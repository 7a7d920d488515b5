{{- /*
Arguments of `common` for the test pod, as YAML without `root`: the server's image and settings, an account of its own.
Args: root (chart context).
*/ -}}
{{- define "server.testArguments" -}}
{{- $settings := omit (include "server.values" . | fromYaml) "extraVolumes" "extraVolumeMounts" -}}
component: "test"
key: "server"
values:
  {{- merge (dict "serviceAccount" (dict "create" true "name" "" "annotations" dict)) (omit $settings "serviceAccount") | toYaml | nindent 2 }}
{{- end -}}

{{- /*
The container of the test pod, as a list: it asks the Service whether the server is ready.
Args: root (chart context).
*/ -}}
{{- define "server.testContainer" -}}
{{- $arguments := include "server.testArguments" . | fromYaml -}}
{{- $address := printf "http://%s:%d/ready" (include "server.fullname" .) (int .root.Values.service.port) -}}
{{- $program := .root.Files.Get "files/ask-until-ready.py" -}}
{{- $fields := dict "command" (list "python" "-c" $program $address) | toYaml -}}
{{- include "common.container" (merge (dict "root" .root "container" $fields) $arguments) -}}
{{- end -}}
