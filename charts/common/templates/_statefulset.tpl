{{- /*
StatefulSet of one replica, with its data in the volume `data`.
Args: root (chart context), component, values (settings of the pod), container (text: fields of the container besides
those that every container has), mounts (text: list of where the container has its volumes, besides /tmp), volumes
(optional text: list of volumes besides data), podAnnotations (optional map).
*/ -}}
{{- define "common.statefulSet" -}}
{{- $named := dict "root" .root "component" .component -}}
{{- $values := .values -}}
{{- /* Argo CD asks before it deletes what the data hangs on. */ -}}
{{- $annotations := dict "argocd.argoproj.io/sync-options" "Prune=confirm,Delete=confirm" -}}
apiVersion: "apps/v1"
kind: "StatefulSet"
metadata:
  {{- include "common.metadata" (merge (dict "annotations" $annotations) $named) | nindent 2 }}
spec:
  replicas: 1
  revisionHistoryLimit: 3
  serviceName: {{ include "common.headlessName" $named | quote }}
  podManagementPolicy: "OrderedReady"
  updateStrategy:
    type: "RollingUpdate"
  {{- if $values.persistence.enabled }}
  persistentVolumeClaimRetentionPolicy:
    whenDeleted: {{ $values.persistence.whenDeleted | quote }}
    whenScaled: {{ $values.persistence.whenScaled | quote }}
  {{- end }}
  selector:
    matchLabels:
      {{- include "common.selectorLabels" $named | nindent 6 }}
  template:
    metadata:
      # Nothing here carries a version, so that a new chart alone restarts no database.
      labels:
        {{- include "common.selectorLabels" $named | nindent 8 }}
        {{- with $values.podLabels }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      {{- with merge (.podAnnotations | default dict) $values.podAnnotations }}
      annotations:
        {{- toYaml . | nindent 8 }}
      {{- end }}
    spec:
      {{- include "common.statefulPod" . | nindent 6 }}
  {{- if $values.persistence.enabled }}
  volumeClaimTemplates:
    {{- include "common.volumeClaimTemplates" . | nindent 4 }}
  {{- end }}
{{- end -}}

{{- /*
Name of the headless Service of a StatefulSet. Names that leave no room for the hash of a revision are refused, not cut:
two services of one release could get the same.
Args: root (chart context), component.
*/ -}}
{{- define "common.headlessName" -}}
{{- $name := include "common.componentName" . -}}
{{- if gt (len $name) 52 -}}
{{- fail (printf "%s: the StatefulSet's name %q has %d characters and may have 52; use a shorter release name, or set fullnameOverride" .root.Chart.Name $name (len $name)) -}}
{{- end -}}
{{- printf "%s-headless" $name -}}
{{- end -}}

{{- /*
Specification of the pod.
Args: as common.statefulSet.
*/ -}}
{{- define "common.statefulPod" -}}
{{- $volumes := compact (list .volumes (include "common.dataVolume" .)) | join "\n" -}}
{{- $values := merge (dict "extraVolumeMounts" (fromYamlArray .mounts)) .values -}}
{{- $containers := include "common.container" (dict "root" .root "component" .component "values" $values "container" .container) -}}
{{- include "common.podSpec" (dict "root" .root "component" .component "values" .values "volumes" $volumes "containers" $containers) -}}
{{- end -}}

{{- /*
Ingress rules of a backing service: its clients, what the values add, and Prometheus while it scrapes.
Args: root (chart context), ports (numbers of the client ports), metricsPort (optional number of the port with metrics).
*/ -}}
{{- define "common.clientIngress" -}}
{{- $root := .root -}}
{{- $policy := .root.Values.networkPolicy -}}
{{- if $policy.clients }}
- from:
    {{- range $client := sortAlpha $policy.clients }}
    - podSelector:
        matchLabels:
          {{- include "common.peerLabels" (dict "root" $root "component" $client) | nindent 10 }}
    {{- end }}
  ports:
    {{- range .ports }}
    - port: {{ . }}
      protocol: "TCP"
    {{- end }}
{{- end }}
{{- with .metricsPort }}
{{- with $root.Values.metrics.serviceMonitor }}
{{- if .enabled }}
- from:
    {{- toYaml .from | nindent 4 }}
  ports:
    - port: {{ $.metricsPort }}
      protocol: "TCP"
{{- end }}
{{- end }}
{{- end }}
{{- with $policy.extraIngress }}
{{ toYaml . }}
{{- end }}
{{- end -}}
