{{- /*
Labels that select the pods of a component. None carries a version: a selector can never change.
Args: root (chart context), component.
*/ -}}
{{- define "common.selectorLabels" -}}
app.kubernetes.io/name: {{ include "common.name" (dict "root" .root) | quote }}
{{ include "common.peerLabels" . }}
{{- end -}}

{{- /*
Labels by which network policies know the pods of a component, across the charts of a release.
Args: root (chart context), component.
*/ -}}
{{- define "common.peerLabels" -}}
app.kubernetes.io/instance: {{ .root.Release.Name | quote }}
app.kubernetes.io/component: {{ .component | quote }}
{{- end -}}

{{- /*
Labels of an object: those that select it, and those that say where it comes from.
Args: root (chart context), component.
*/ -}}
{{- define "common.labels" -}}
{{ include "common.selectorLabels" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | default .root.Chart.Version | quote }}
app.kubernetes.io/part-of: {{ .root.Values.partOf | default .root.Release.Name | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service | quote }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" | quote }}
{{- end -}}

{{- /*
Labels of a pod: those that select it, and what the values add. No version: a new chart alone restarts nothing.
Args: root (chart context), component, values (with podLabels).
*/ -}}
{{- define "common.podLabels" -}}
{{- $own := include "common.selectorLabels" (dict "root" .root "component" .component) | fromYaml -}}
{{- merge $own (.values.podLabels | default dict) | toYaml -}}
{{- end -}}

{{- /*
Metadata of an object: name, namespace, labels and annotations. No key is written twice: the chart's own labels win over
commonLabels, and given annotations over commonAnnotations.
Args: root (chart context), component, name (optional: default the component's name), labels (optional map),
annotations (optional map).
*/ -}}
{{- define "common.metadata" -}}
{{- $values := .root.Values -}}
{{- $own := include "common.labels" . | fromYaml -}}
name: {{ .name | default (include "common.componentName" (dict "root" .root "component" .component)) | quote }}
namespace: {{ .root.Release.Namespace | quote }}
labels:
  {{- merge $own (.labels | default dict) ($values.commonLabels | default dict) | toYaml | nindent 2 }}
{{- with merge dict (.annotations | default dict) ($values.commonAnnotations | default dict) }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}
