{{- /*
Arguments of `common` for the test pod, as YAML without `root`; empty where there is nothing to ask. It runs the image of
the frontend, or of the API where there is no frontend: each of these programs can ask an address.
Args: root (chart context).
*/ -}}
{{- define "cruvero.testArguments" -}}
{{- $values := .root.Values -}}
{{- if and $values.test.enabled (or $values.api.enabled $values.ui.enabled) -}}
{{- $runner := ternary "ui" "api" $values.ui.enabled -}}
component: "test"
key: {{ $runner | quote }}
values:
  {{- $settings := include "cruvero.values" (dict "root" .root "component" $runner) | fromJson }}
  {{- $settings | merge (dict "serviceAccount" (dict "create" true)) | toYaml | nindent 2 }}
{{- end -}}
{{- end -}}

{{- /*
Containers of the test pod, as a list: each asks one Service whether it is ready.
Args: root (chart context).
*/ -}}
{{- define "cruvero.testContainers" -}}
{{- $root := .root -}}
{{- $arguments := include "cruvero.testArguments" . | fromYaml -}}
{{- range $name := list "api" "ui" }}
{{- $asked := get $root.Values $name }}
{{- if $asked.enabled }}
{{- $address := printf "http://%s:%d/readyz" (include "common.componentName" (dict "root" $root "component" $name)) (int $asked.service.port) }}
{{- $fields := dict "args" (list "probe" $address) | toYaml }}
{{- include "common.container" (dict "root" $root "component" $name "key" $arguments.key "values" (omit $arguments.values "extraVolumeMounts") "container" $fields) | nindent 0 }}
{{- end }}
{{- end }}
{{- end -}}
