{{- /*
Objects that the values bring, each a map or a text, templates in them rendered.
Args: root (chart context, with .Values.extraObjects).
*/ -}}
{{- define "common.extraObjects" -}}
{{- range .root.Values.extraObjects }}
---
{{ tpl (kindIs "string" . | ternary . (toYaml .)) $.root }}
{{- end }}
{{- end -}}
