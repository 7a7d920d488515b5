{{- /*
Pod of `helm test` of a chart that is one component: it runs the component's image with the program that its
files/component.yaml names under `test`, and asks the Service what the readiness probe asks the pods.
*/ -}}

{{- /*
Arguments of `common` for an object of the test, as YAML without `root`; empty where it is off.
Args: root (chart context).
*/ -}}
{{- define "common.appTestArguments" -}}
{{- if and .root.Values.enabled .root.Values.test.enabled -}}
{{- $values := (include "common.appArguments" . | fromYaml).values -}}
component: "test"
key: {{ .root.Chart.Name | quote }}
values:
  {{- merge (dict "serviceAccount" (dict "create" true "name" "" "annotations" dict)) (omit $values "serviceAccount" "extraVolumes" "extraVolumeMounts") | toYaml | nindent 2 }}
{{- end -}}
{{- end -}}

{{- /*
The pod.
Args: root (chart context).
*/ -}}
{{- define "common.appTestPod" -}}
{{- $values := .root.Values -}}
{{- $traits := include "common.appTraits" . | fromYaml -}}
{{- $arguments := merge (dict "root" .root) (include "common.appTestArguments" . | fromYaml) -}}
{{- $service := include "common.componentName" (dict "root" .root "component" $traits.component) -}}
{{- $address := printf "http://%s:%d%s" $service (int $values.service.port) $values.probes.readiness.path -}}
{{- $fields := dict "command" (append $traits.test $address) | toYaml -}}
{{- $containers := include "common.container" (merge (dict "container" $fields) $arguments) -}}
apiVersion: "v1"
kind: "Pod"
metadata:
  {{- include "common.metadata" (merge (dict "annotations" (dict "helm.sh/hook" "test" "helm.sh/hook-delete-policy" "before-hook-creation")) $arguments) | nindent 2 }}
spec:
  {{- include "common.podSpec" (merge (dict "containers" $containers "restartPolicy" "Never" "placement" "none" "activeDeadlineSeconds" $values.test.activeDeadlineSeconds) $arguments) | nindent 2 }}
{{- end -}}

{{- /*
NetworkPolicy of the pod: names, and the component.
Args: root (chart context).
*/ -}}
{{- define "common.appTestNetworkPolicy" -}}
{{- $traits := include "common.appTraits" . | fromYaml -}}
{{- $peer := dict "podSelector" (dict "matchLabels" (include "common.peerLabels" (dict "root" .root "component" $traits.component) | fromYaml)) -}}
{{- $port := dict "port" (include "common.appPort" . | int) "protocol" "TCP" -}}
{{- $egress := list (include "common.dnsEgress" . | fromYaml) (dict "to" (list $peer) "ports" (list $port)) -}}
{{- include "common.networkPolicy" (merge (dict "root" .root "ingress" list "egress" $egress) (include "common.appTestArguments" . | fromYaml)) -}}
{{- end -}}
