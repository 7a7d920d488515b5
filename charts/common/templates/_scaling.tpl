{{- /*
Fewest replicas that a component runs: one for a StatefulSet of this library, which has no replicas to set.
Args: values (with autoscaling and replicas, if it has any).
*/ -}}
{{- define "common.fewestReplicas" -}}
{{- if dig "autoscaling" "enabled" false .values -}}
{{- .values.autoscaling.minReplicas | int -}}
{{- else if hasKey .values "replicas" -}}
{{- .values.replicas | int -}}
{{- else -}}
1
{{- end -}}
{{- end -}}

{{- /*
PodDisruptionBudget of a component: as the values say, or at most one pod away. With one replica, a minimum of one would
stop every drain of a node; whoever renders this for a Deployment asks common.fewestReplicas first.
Args: root (chart context), component, values (with podDisruptionBudget), key (optional: where the values are, for messages).
*/ -}}
{{- define "common.podDisruptionBudget" -}}
{{- $budget := .values.podDisruptionBudget -}}
{{- $hasMinimum := not (kindIs "invalid" $budget.minAvailable) -}}
{{- $hasMaximum := not (kindIs "invalid" $budget.maxUnavailable) -}}
{{- if and $hasMinimum $hasMaximum -}}
{{- fail (printf "%s: %s.podDisruptionBudget.minAvailable and maxUnavailable are both set; keep one of them" .root.Chart.Name (.key | default .component)) -}}
{{- end -}}
apiVersion: "policy/v1"
kind: "PodDisruptionBudget"
metadata:
  {{- include "common.metadata" (dict "root" .root "component" .component) | nindent 2 }}
spec:
  {{- if $hasMinimum }}
  minAvailable: {{ toYaml $budget.minAvailable }}
  {{- else }}
  maxUnavailable: {{ toYaml (ternary $budget.maxUnavailable 1 $hasMaximum) }}
  {{- end }}
  # A pod that is not healthy anyway must not keep a node from being drained.
  unhealthyPodEvictionPolicy: "AlwaysAllow"
  selector:
    matchLabels:
      {{- include "common.selectorLabels" (dict "root" .root "component" .component) | nindent 6 }}
{{- end -}}

{{- /*
HorizontalPodAutoscaler of a component's Deployment, by processor use.
Args: root (chart context), component, values (with autoscaling), key (optional: where the values are, for messages).
*/ -}}
{{- define "common.horizontalPodAutoscaler" -}}
{{- $scaling := .values.autoscaling -}}
{{- if gt (int $scaling.minReplicas) (int $scaling.maxReplicas) -}}
{{- fail (printf "%s: %s.autoscaling.minReplicas is %d and maxReplicas %d; raise maxReplicas" .root.Chart.Name (.key | default .component) (int $scaling.minReplicas) (int $scaling.maxReplicas)) -}}
{{- end -}}
apiVersion: "autoscaling/v2"
kind: "HorizontalPodAutoscaler"
metadata:
  {{- include "common.metadata" (dict "root" .root "component" .component) | nindent 2 }}
spec:
  scaleTargetRef:
    apiVersion: "apps/v1"
    kind: "Deployment"
    name: {{ include "common.componentName" (dict "root" .root "component" .component) | quote }}
  minReplicas: {{ $scaling.minReplicas | int }}
  maxReplicas: {{ $scaling.maxReplicas | int }}
  metrics:
    - type: "Resource"
      resource:
        name: "cpu"
        target:
          type: "Utilization"
          averageUtilization: {{ $scaling.targetCPUUtilizationPercentage | int }}
{{- end -}}
