{{- /*
ServiceMonitor of a component's Service. It is rendered where a value asks for it, never because the cluster knows the
kind: a render without a cluster must be the same.
Args: root (chart context), component, values (settings of the monitor: interval, scrapeTimeout, labels), port (name of
the Service's port), path (optional), authorization (optional map).
*/ -}}
{{- define "common.serviceMonitor" -}}
apiVersion: "monitoring.coreos.com/v1"
kind: "ServiceMonitor"
metadata:
  {{- include "common.metadata" (dict "root" .root "component" .component "labels" .values.labels) | nindent 2 }}
spec:
  selector:
    matchLabels:
      {{- include "common.selectorLabels" (dict "root" .root "component" .component) | nindent 6 }}
  namespaceSelector:
    matchNames: [{{ .root.Release.Namespace | quote }}]
  endpoints:
    - port: {{ .port | quote }}
      path: {{ .path | default "/metrics" | quote }}
      interval: {{ .values.interval | default "30s" | quote }}
      scrapeTimeout: {{ .values.scrapeTimeout | default "10s" | quote }}
      {{- with .authorization }}
      authorization:
        {{- toYaml . | nindent 8 }}
      {{- end }}
{{- end -}}
