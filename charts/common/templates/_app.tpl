{{- /*
A chart that is one component: Deployment, Service, Ingress and what goes with them, all gated by `enabled`. What the
component is, apart from what the values say, stands in the chart's files/component.yaml: component, portName, port,
portKey, probes, configFile, test.
*/ -}}

{{- /*
What the component is, as YAML.
Args: root (chart context).
*/ -}}
{{- define "common.appTraits" -}}
{{- .root.Files.Get "files/component.yaml" -}}
{{- end -}}

{{- /*
Arguments that the templates for one component take, as a YAML map without `root`: component and values.
Args: root (chart context).
*/ -}}
{{- define "common.appArguments" -}}
{{- $values := deepCopy .root.Values -}}
{{- $traits := include "common.appTraits" . | fromYaml -}}
{{- $_ := set $values "replicas" (int $values.replicaCount) -}}
{{- $_ := set $values "podLabels" (merge (dict "app.kubernetes.io/part-of" $values.partOf) $values.podLabels) -}}
{{- range $kind := list "requests" "limits" -}}
{{- $_ := set (get $values.resources $kind) "ephemeral-storage" $values.ephemeralStorage -}}
{{- end -}}
{{- if $traits.configFile -}}
{{- $_ := set $values "extraVolumes" (append $values.extraVolumes (dict "name" "config" "configMap" (dict "name" $values.configMapName))) -}}
{{- $_ := set $values "extraVolumeMounts" (append $values.extraVolumeMounts (dict "name" "config" "mountPath" $traits.configFile.folder "readOnly" true)) -}}
{{- end -}}
component: {{ $traits.component | quote }}
values:
  {{- toYaml $values | nindent 2 }}
{{- end -}}

{{- /*
Data of the component's ConfigMap, as a YAML map of texts: a script that a browser reads, or exactly the configuration keys
that files/config-keys.yaml lists for it.
Args: root (chart context).
*/ -}}
{{- define "common.appConfig" -}}
{{- $traits := include "common.appTraits" . | fromYaml -}}
{{- $config := .root.Values.config -}}
{{- with $traits.configFile }}
{{ .name }}: {{ printf "window.runtimeConfig = %s;\n" (toJson $config) | quote }}
{{- else }}
{{- range .root.Files.Get "files/config-keys.yaml" | fromYamlArray }}
{{- if and (has $traits.component .components) (eq .kind "config") }}
{{- $value := get $config .name }}
{{ .name }}: {{ ternary $value (toJson $value) (kindIs "string" $value) | default .default | default "" | quote }}
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{- /*
Number of the port that the component serves.
Args: root (chart context).
*/ -}}
{{- define "common.appPort" -}}
{{- $traits := include "common.appTraits" . | fromYaml -}}
{{- if $traits.portKey -}}
{{- get (include "common.appConfig" . | fromYaml) $traits.portKey -}}
{{- else -}}
{{- $traits.port -}}
{{- end -}}
{{- end -}}

{{- /*
Fields of the container besides those that every container has.
Args: root (chart context), environment (optional text: env and envFrom).
*/ -}}
{{- define "common.appContainer" -}}
{{- $traits := include "common.appTraits" . | fromYaml -}}
{{- $values := .root.Values -}}
{{- with .environment -}}
{{- . }}
{{ end -}}
{{- if gt (int $values.preStopSleepSeconds) 0 -}}
lifecycle:
  preStop:
    # Proxies learn late that the pod leaves; until then it still answers.
    sleep:
      seconds: {{ int $values.preStopSleepSeconds }}
{{ end -}}
ports:
  - name: {{ $traits.portName | quote }}
    containerPort: {{ include "common.appPort" . }}
    protocol: "TCP"
{{- range $name := list "startup" "readiness" "liveness" }}
{{- $probe := get $values.probes $name }}
{{- if $probe.enabled }}
{{ $name }}Probe:
  httpGet:
    path: {{ $probe.path | quote }}
    port: {{ $traits.portName | quote }}
  {{- omit $probe "enabled" "path" | toYaml | nindent 2 }}
{{- end }}
{{- end }}
{{- end -}}

{{- /*
Deployment of the component.
Args: root (chart context), environment (optional text: env and envFrom).
*/ -}}
{{- define "common.appDeployment" -}}
{{- $annotations := dict "checksum/config" (include "common.appConfig" . | sha256sum) -}}
{{- include "common.deployment" (merge (dict "root" .root "container" (include "common.appContainer" .) "podAnnotations" $annotations) (include "common.appArguments" . | fromYaml)) -}}
{{- end -}}

{{- /*
ConfigMap of the component, under the name that the values give it.
Args: root (chart context).
*/ -}}
{{- define "common.appConfigMap" -}}
{{- $traits := include "common.appTraits" . | fromYaml -}}
apiVersion: "v1"
kind: "ConfigMap"
metadata:
  {{- include "common.metadata" (dict "root" .root "component" $traits.component "name" .root.Values.configMapName) | nindent 2 }}
data:
  {{- include "common.appConfig" . | trim | nindent 2 }}
{{- end -}}

{{- /*
Service of the component, inside the cluster.
Args: root (chart context).
*/ -}}
{{- define "common.appService" -}}
{{- $traits := include "common.appTraits" . | fromYaml -}}
{{- $port := dict "name" $traits.portName "port" .root.Values.service.port "targetPort" $traits.portName -}}
{{- include "common.service" (dict "root" .root "component" $traits.component "values" (include "common.appArguments" . | fromYaml).values "ports" (list $port)) -}}
{{- end -}}
