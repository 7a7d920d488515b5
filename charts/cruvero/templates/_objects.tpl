{{- /*
Objects that several components have. Each is empty where the component is disabled or the values ask for none of it.
Args of all: root (chart context), component.
*/ -}}

{{- define "cruvero.isEnabled" -}}
{{- if (include "cruvero.values" . | fromJson).enabled -}}yes{{- end -}}
{{- end -}}

{{- /* ConfigMap with exactly the configuration keys of the component. */ -}}
{{- define "cruvero.configMap" -}}
{{- if include "cruvero.isEnabled" . -}}
apiVersion: "v1"
kind: "ConfigMap"
metadata:
  {{- include "common.metadata" . | nindent 2 }}
data:
  {{- include "cruvero.config" . | trim | nindent 2 }}
{{- end -}}
{{- end -}}

{{- /* Deployment of the component. */ -}}
{{- define "cruvero.deployment" -}}
{{- if include "cruvero.isEnabled" . -}}
{{- $annotations := dict "checksum/config" (include "cruvero.checksum" .) -}}
{{- include "common.deployment" (merge (dict "root" .root "container" (include "cruvero.container" .) "podAnnotations" $annotations) (include "cruvero.arguments" . | fromJson)) -}}
{{- end -}}
{{- end -}}

{{- /* HorizontalPodAutoscaler, where autoscaling is on. */ -}}
{{- define "cruvero.horizontalPodAutoscaler" -}}
{{- $arguments := include "cruvero.arguments" . | fromJson -}}
{{- if and $arguments.values.enabled $arguments.values.autoscaling.enabled -}}
{{- include "common.horizontalPodAutoscaler" (merge (dict "root" .root) $arguments) -}}
{{- end -}}
{{- end -}}

{{- /* PodDisruptionBudget, where there is always more than one pod: of one alone, none could ever be moved. */ -}}
{{- define "cruvero.podDisruptionBudget" -}}
{{- $arguments := include "cruvero.arguments" . | fromJson -}}
{{- $replicas := include "common.fewestReplicas" $arguments | int -}}
{{- if and $arguments.values.enabled $arguments.values.podDisruptionBudget.enabled (gt $replicas 1) -}}
{{- include "common.podDisruptionBudget" (merge (dict "root" .root) $arguments) -}}
{{- end -}}
{{- end -}}

{{- /* ServiceAccount without a token, where the values name none that exists. */ -}}
{{- define "cruvero.serviceAccount" -}}
{{- $arguments := include "cruvero.arguments" . | fromJson -}}
{{- if and $arguments.values.enabled $arguments.values.serviceAccount.create -}}
{{- include "common.serviceAccount" (merge (dict "root" .root) $arguments) -}}
{{- end -}}
{{- end -}}

{{- /* NetworkPolicy with the edges of the component and no other. */ -}}
{{- define "cruvero.networkPolicy" -}}
{{- $values := include "cruvero.values" . | fromJson -}}
{{- if and $values.enabled .root.Values.networkPolicy.enabled -}}
{{- $ingress := concat (include "cruvero.ingress" . | fromYamlArray) $values.networkPolicy.extraIngress -}}
{{- $egress := concat (include "cruvero.egress" . | fromYamlArray) $values.networkPolicy.extraEgress -}}
{{- include "common.networkPolicy" (dict "root" .root "component" .component "ingress" $ingress "egress" $egress) -}}
{{- end -}}
{{- end -}}

{{- /* Service of the component, inside the cluster. */ -}}
{{- define "cruvero.service" -}}
{{- $values := include "cruvero.values" . | fromJson -}}
{{- if $values.enabled -}}
{{- $port := (include "cruvero.traits" . | fromJson).port -}}
{{- include "common.service" (dict "root" .root "component" .component "values" $values "ports" (list (dict "name" $port "port" $values.service.port "targetPort" $port))) -}}
{{- end -}}
{{- end -}}

{{- /* ServiceMonitor of the component's Service, where the values ask for one. */ -}}
{{- define "cruvero.serviceMonitor" -}}
{{- $monitor := .root.Values.monitoring.serviceMonitor -}}
{{- if and $monitor.enabled (include "cruvero.isEnabled" .) -}}
{{- include "common.serviceMonitor" (dict "root" .root "component" .component "values" $monitor "port" (include "cruvero.traits" . | fromJson).port) -}}
{{- end -}}
{{- end -}}
