{{- /*
Deployment of a component. Under an autoscaler it names no number of replicas: two owners of one field would fight.
Args: root (chart context), component, values (settings of the component), container (text: fields of the container
besides those that every container has), podAnnotations (optional map), key (optional: where the values are, for messages).
*/ -}}
{{- define "common.deployment" -}}
{{- $named := dict "root" .root "component" .component -}}
{{- $values := .values -}}
{{- $volumes := ternary "" (toYaml $values.extraVolumes) (empty $values.extraVolumes) -}}
apiVersion: "apps/v1"
kind: "Deployment"
metadata:
  {{- include "common.metadata" $named | nindent 2 }}
spec:
  {{- if not $values.autoscaling.enabled }}
  replicas: {{ $values.replicas | int }}
  {{- end }}
  revisionHistoryLimit: 3
  strategy:
    type: "RollingUpdate"
    rollingUpdate:
      maxSurge: 1
      maxUnavailable: 0
  selector:
    matchLabels:
      {{- include "common.selectorLabels" $named | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "common.podLabels" . | nindent 8 }}
      {{- with merge dict (.podAnnotations | default dict) ($values.podAnnotations | default dict) }}
      annotations:
        {{- toYaml . | nindent 8 }}
      {{- end }}
    spec:
      {{- include "common.podSpec" (merge (dict "values" $values "volumes" $volumes "containers" (include "common.container" .) "revisionKey" "pod-template-hash" "key" .key) $named) | nindent 6 }}
{{- end -}}
