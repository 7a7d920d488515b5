{{- /*
Name of the chart, which is the label app.kubernetes.io/name.
Args: root (chart context).
*/ -}}
{{- define "common.name" -}}
{{- .root.Values.nameOverride | default .root.Chart.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- /*
Name that all objects of a chart start with: the release's, with the chart's behind it unless it is in it.
Args: root (chart context).
*/ -}}
{{- define "common.fullname" -}}
{{- $name := include "common.name" . -}}
{{- if .root.Values.fullnameOverride -}}
{{- .root.Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else if contains $name .root.Release.Name -}}
{{- .root.Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .root.Release.Name $name | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- /*
Name of a component's objects: `<fullname>-<component>`; the fullname alone where the component is the whole chart. The
fullname is cut where both would be too long, so that names of two components never become the same.
Args: root (chart context), component, max (optional: most characters; a StatefulSet has 52, default 63).
*/ -}}
{{- define "common.componentName" -}}
{{- $max := .max | default 63 | int -}}
{{- $fullname := include "common.fullname" (dict "root" .root) -}}
{{- if eq .component .root.Chart.Name -}}
{{- $fullname | trunc $max | trimSuffix "-" -}}
{{- else -}}
{{- $room := sub $max (add1 (len .component)) | int -}}
{{- if lt $room 1 -}}
{{- fail (printf "%s: the component name %q leaves no room for the release's name; use one of at most %d characters" .root.Chart.Name .component (sub $max 2 | int)) -}}
{{- end -}}
{{- printf "%s-%s" ($fullname | trunc $room | trimSuffix "-") .component -}}
{{- end -}}
{{- end -}}
